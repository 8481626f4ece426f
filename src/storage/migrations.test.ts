import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { sql, type TableMetadata } from 'kysely'
import type { Database } from './database.ts'
import { withoutPostgres } from '../../test/services/shared-postgres.ts'
import { describeDatabases, startOnPostgres, userRow } from './databases.contract.ts'
import type { DatabaseFixture } from './databases.contract.ts'
import type { Steps } from './migrations.ts'

const files = globSync('migrations/*.ts', { cwd: import.meta.dirname }).toSorted()
const migrations = await Promise.all(
  files.map(async (file) => {
    const { steps } = (await import(pathToFileURL(`${import.meta.dirname}/${file}`).href)) as { readonly steps: Steps }
    return { name: basename(file, '.ts'), steps }
  }),
)

const touchesRows = /^\s*(?:update|delete|insert|merge|with)\b/i
/** Of these there are as many as somebody makes by hand. */
const onSmallTable = /^update (?:service_accounts|organisations|roles|groups|signing_keys) /

describe('the migrations', () => {
  it('are numbered one after another, so that none stands beside another', () => {
    const numbers = migrations.map(({ name }) => Number(name.slice(0, 4)))
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
    )
  })

  it('touch no row of a table that grows: those are filled in by a program, batch by batch, beside a running server [B-STO-10]', () => {
    assert.ok(migrations.length >= 10)
    for (const { name, steps } of migrations) {
      for (const dialect of ['sqlite', 'postgres'] as const) {
        const wrong = steps(dialect).filter((step) => touchesRows.test(step) && !onSmallTable.test(step))
        assert.deepEqual(wrong, [], `${name} on ${dialect}`)
        const needy = steps(dialect).filter((step) => /add column(?!.*\bdefault\b).*not null/is.test(step))
        assert.deepEqual(needy, [], `${name} on ${dialect}: rows that are there have no value for it`)
      }
    }
  })
})

describeDatabases('A migration', (start) => {
  it('that is interrupted leaves the schema as it was, and is done when it is run again [B-STO-10]', async () => {
    await withEmpty(start, async (database) => {
      // Something that stands in the way of a late one.
      await run(database, 'create table passkeys (id bigint)')
      const before = await database.pendingMigrations()
      await assert.rejects(database.migrate(), /passkeys/)
      assert.deepEqual(await database.pendingMigrations(), before)
      assert.deepEqual(await tables(database), ['passkeys'])
      await run(database, 'drop table passkeys')
      await database.migrate()
      assert.deepEqual(await database.pendingMigrations(), [])
      await database.append({ users: userRow(database.newId(), 'ada') })
    })
  })

  it('keeps the rows of the release before, which still reads and writes beside it [B-STO-10]', async () => {
    await withEmpty(start, async (database) => {
      const [first] = migrations
      for (const step of first?.steps(database.dialect) ?? []) await run(database, step)
      await run(
        database,
        'create table doorward_migrations (name varchar(255) primary key, timestamp varchar(255) not null)',
      )
      await run(database, `insert into doorward_migrations values ('${first?.name}', '2026-01-01T00:00:00.000Z')`)
      const known = await columnsOf(database, 'users')
      const insert = async (id: bigint, username: string): Promise<void> => {
        const row = Object.entries(userRow(id, username)).filter(([column]) => known.includes(column))
        await database.write(async (unit) =>
          unit
            .insertInto('users')
            .values(Object.fromEntries(row) as never)
            .execute(),
        )
      }
      await insert(1n, 'before')
      await database.migrate()
      await insert(2n, 'as the release before writes')
      const rows = await database.read.selectFrom('users').selectAll().orderBy('id').execute()
      assert.deepEqual(
        rows.map(({ username, must_change_password: mustChange, has_roles: hasRoles }) => [
          username,
          mustChange,
          hasRoles,
        ]),
        [
          ['before', 0, 0],
          ['as the release before writes', 0, 0],
        ],
      )
    })
  })

  it('that is missing is named, and nothing is made before it [B-STO-11]', async () => {
    await withEmpty(start, async (database) => {
      assert.throws(() => database.newId(), /migrate/)
      assert.deepEqual(
        await database.pendingMigrations(),
        migrations.map(({ name }) => name),
      )
      assert.deepEqual(await tables(database), [])
    })
  })
})

if (!withoutPostgres) {
  describe('A migration on PostgreSQL, in a schema among others', () => {
    it('makes its tables where its connection is at home, whatever stands elsewhere in the database [B-STO-10]', async () => {
      await withEmpty(startOnPostgres, async (database) => {
        const home = (await sql<{ name: string }>`select current_schema() as name`.execute(database.read)).rows[0]?.name
        const elsewhere = `${home}_elsewhere`
        await run(database, `create schema "${elsewhere}"`)
        await run(database, `create table "${elsewhere}".users (id bigint)`)
        await run(database, `create table "${elsewhere}".doorward_migrations (name text)`)
        await database.migrate()
        await database.append({ users: userRow(database.newId(), 'ada') })
        const count = sql<{ rows: string }>`select count(*)::text as rows from ${sql.table(`${elsewhere}.users`)}`
        assert.equal((await count.execute(database.read)).rows[0]?.rows, '0')
      })
    })
  })
}

async function withEmpty(
  start: () => Promise<DatabaseFixture>,
  use: (database: Database) => Promise<void>,
): Promise<void> {
  const fixture = await start()
  const database = await fixture.open()
  try {
    await use(database)
  } finally {
    await database.close()
    await fixture.remove()
  }
}

async function run(database: Database, statement: string): Promise<void> {
  await database.write(async (unit) => sql.raw(statement).execute(unit))
}

async function tables(database: Database): Promise<readonly string[]> {
  return (await tablesHere(database)).map(({ name }) => name).filter((name) => !name.startsWith('doorward_migrations'))
}

async function columnsOf(database: Database, table: string): Promise<readonly string[]> {
  const found = (await tablesHere(database)).filter(({ name }) => name === table)
  return found.flatMap(({ columns }) => columns.map(({ name }) => name))
}

/** Other tests have schemas of their own in the same PostgreSQL. */
async function tablesHere({ dialect, read }: Database): Promise<readonly TableMetadata[]> {
  const all = await read.introspection.getTables()
  if (dialect === 'sqlite') return all
  const { rows } = await sql<{ name: string }>`select current_schema() as name`.execute(read)
  return all.filter(({ schema }) => schema === rows[0]?.name)
}
