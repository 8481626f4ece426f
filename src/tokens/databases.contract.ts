import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import { sql } from 'kysely'
import { patient, sharedPostgres, withoutPostgres } from '../../test/services/shared-postgres.ts'
import { columns } from '../storage/columns.ts'
import type { Database } from '../storage/database.ts'
import { userRow } from '../storage/databases.contract.ts'
import { openPostgres } from '../storage/postgres.ts'
import type { ServiceAccountRow, UserRow } from '../storage/schema.ts'
import { openSqlite } from '../storage/sqlite.ts'

/** A database with a clock that stands still, and a second way to it, as another node has it. */
export interface Stage {
  readonly database: Database
  /** The same database, opened once more. */
  readonly second: Database
  /** The time that both go by. Written to by tests. */
  readonly time: { now: number }
  readonly clock: () => number
  readonly addUser: (user?: Partial<UserRow>) => Promise<UserRow>
  readonly addServiceAccount: (account?: Partial<ServiceAccountRow>) => Promise<ServiceAccountRow>
  /** Adds a group with these permissions and puts the user in it. */
  readonly addToGroup: (user: bigint, permissions: string) => Promise<void>
  readonly setUser: (id: bigint, columns: Partial<UserRow>) => Promise<void>
}

/** Runs the same tests on a SQLite file and on PostgreSQL, with nothing in the database at each call of `stage`. */
export function onEachDatabase(subject: string, tests: (stage: () => Promise<Stage>) => void): void {
  describe(`${subject}, on SQLite`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'doorward-tokens-'))
    const opened: Database[] = []
    let files = 0
    after(async () => {
      await Promise.all(opened.map((database) => database.close()))
      rmSync(folder, { recursive: true, force: true })
    })
    tests(async () => {
      files += 1
      const path = join(folder, `${files}.sqlite3`)
      const time = { now: start }
      const clock = () => time.now
      const database = await openSqlite({ path, clock })
      await database.migrate()
      const second = await openSqlite({ path, clock })
      opened.push(database, second)
      return stageOf({ database, second, time, clock })
    })
  })

  if (withoutPostgres) return
  describe(`${subject}, on PostgreSQL`, () => {
    let place: Place
    before(async () => {
      const url = await (await sharedPostgres()).createDatabase()
      const time = { now: start }
      const clock = () => time.now
      const database = await openPostgres({ url, clock, poolSize: 4, ...patient })
      await database.migrate()
      place = { database, second: await openPostgres({ url, clock, poolSize: 4, ...patient }), time, clock }
    })
    after(async () => {
      await Promise.all([place.database.close(), place.second.close()])
    })
    tests(async () => {
      // One database for all, since a new one takes a second. Ids never go back, so time must not either.
      place.time.now = (Math.floor(place.time.now / day) + 1) * day
      await place.database.write(async (unit) => {
        // On a machine that has much else to do, it takes longer than a request may.
        await sql`set local statement_timeout = 0`.execute(unit)
        // For a few rows this is faster than to truncate, which makes new files for each table, part and index.
        for (const table of emptied) await sql`delete from ${sql.table(table)}`.execute(unit)
      })
      return stageOf(place)
    })
  })
}

const day = 86_400_000
const start = Date.UTC(2026, 5, 1, 12)

/** All but the numbers of the nodes, which are in use; what refers to others first. */
const emptied = Object.keys(columns)
  .filter((table) => table !== 'nodes')
  .toReversed()

type Place = Pick<Stage, 'database' | 'second' | 'time' | 'clock'>

function stageOf(place: Place): Stage {
  const { database, time } = place
  let names = 0

  return {
    ...place,
    addUser: async (columns = {}) => {
      names += 1
      const username = columns.username ?? `user${names}`
      const row = userRow(database.newId(), username, { created_at: time.now, ...columns })
      await database.append({ users: row })
      return row
    },
    addServiceAccount: async (columns = {}) => {
      names += 1
      const row: ServiceAccountRow = {
        id: database.newId(),
        name: `service${names}`,
        owner_id: null,
        scopes: '',
        permissions: '',
        is_active: 1,
        created_at: time.now,
        organisation_id: null,
        organisation_suspended: 0,
        held: 0,
        ...columns,
      }
      await database.append({ service_accounts: row })
      return row
    },
    addToGroup: async (user_id, permissions) => {
      const group_id = database.newId()
      await database.write(async (unit) => {
        await unit
          .insertInto('groups')
          .values({ id: group_id, name: `group${group_id}`, permissions })
          .execute()
        await unit.insertInto('memberships').values({ user_id, group_id }).execute()
      })
    },
    setUser: async (id, columns) => {
      await database.write(async (unit) => {
        await unit.updateTable('users').set(columns).where('id', '=', id).execute()
      })
    },
  }
}
