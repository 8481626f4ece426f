import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import type { PostgresServer } from '../../test/services/postgres.ts'
import { startPostgres } from '../../test/services/postgres.ts'
import type { Database } from '../storage/database.ts'
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

/** Runs the same tests on a SQLite file and on PostgreSQL, on a new database for each call of `stage`. */
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
      return stageOf((clock) => openSqlite({ path, clock }), opened)
    })
  })

  describe(`${subject}, on PostgreSQL`, () => {
    let server: PostgresServer
    const opened: Database[] = []
    before(async () => {
      server = await startPostgres()
    })
    after(async () => {
      await Promise.all(opened.map((database) => database.close()))
      await server.close()
    })
    tests(async () => {
      const url = await server.createDatabase()
      return stageOf((clock) => openPostgres({ url, clock, poolSize: 4 }), opened)
    })
  })
}

async function stageOf(open: (clock: () => number) => Promise<Database>, opened: Database[]): Promise<Stage> {
  const time = { now: Date.UTC(2026, 5, 1, 12) }
  const clock = () => time.now
  const database = await open(clock)
  await database.migrate()
  const second = await open(clock)
  opened.push(database, second)
  let names = 0

  return {
    database,
    second,
    time,
    clock,
    addUser: async (columns = {}) => {
      names += 1
      const username = columns.username ?? `user${names}`
      const row: UserRow = {
        id: database.newId(),
        username,
        username_key: username.toLowerCase(),
        email: null,
        email_key: null,
        email_verified: 0,
        password_hash: null,
        is_active: 1,
        is_staff: 0,
        is_superuser: 0,
        permissions: '',
        created_at: time.now,
        last_login_at: null,
        password_changed_at: null,
        signed_out_at: null,
        ...columns,
      }
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
