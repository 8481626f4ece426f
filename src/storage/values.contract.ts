import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Unavailable } from '../core/errors.ts'
import { columns, isIdColumn } from './columns.ts'
import type { Database } from './database.ts'
import { addUser, apiTokenRow, userRow } from './databases.contract.ts'
import type { StartDatabase } from './databases.contract.ts'
import { beforeAll } from './opened-database.contract.ts'

const largest = 2n ** 63n - 1n

/** How values get into every database and out of it, as tests. */
export function valuesContract(start: StartDatabase): void {
  let database: Database
  beforeAll(start, (opened) => (database = opened))

  it('come back as they went in: ids as bigint, other integers as number, bytes as bytes', async () => {
    const user = await addUser(database, 'values')
    const digest = Uint8Array.from({ length: 32 }, (_, index) => index * 8)
    const row = apiTokenRow(database.newId(), user, {
      digest,
      expires_at: 2 ** 53 - 1,
      name: 'Zoë 🚪\u{10ffff} \\ " \'',
    })
    await database.append({ api_tokens: row })
    const read = database.read.selectFrom('api_tokens').selectAll().where('id', '=', row.id)
    const found = await read.executeTakeFirstOrThrow()
    assert.deepEqual({ ...found }, row)
    assert.equal(typeof found.id, 'bigint')
    assert.equal(typeof found.created_at, 'number')
    assert.equal(Object.getPrototypeOf(found.digest), Uint8Array.prototype)
  })

  it('keep ids exact beyond what a number can hold', async () => {
    for (const id of [2n ** 53n, 2n ** 53n + 1n, largest - 1n, largest]) {
      await database.append({ users: userRow(id, `exact ${id}`) })
      const found = await database.read.selectFrom('users').select('username').where('id', '=', id).execute()
      assert.deepEqual(found, [{ username: `exact ${id}` }])
    }
    const { id } = await database.read
      .selectFrom('users')
      .select((read) => read.fn.max('id').as('id'))
      .executeTakeFirstOrThrow()
    assert.equal(id, largest)
    await database.write(async (transaction) =>
      transaction
        .deleteFrom('users')
        .where('id', '>=', 2n ** 53n)
        .where('username', 'like', 'exact %')
        .execute(),
    )
  })

  it('are counted and summed as numbers', async () => {
    const read = database.read.selectFrom('users').where('id', '=', await addUser(database, 'counted'))
    const counted = read.select((of) => [
      of.fn.countAll<number>().as('many'),
      of.fn.sum<number>('is_active').as('active'),
    ])
    assert.deepEqual(await counted.executeTakeFirst(), { many: 1, active: 1 })
  })

  it('are refused where the column is of another type', async () => {
    const wrong = { ...userRow(database.newId(), 'wrong'), created_at: 'yesterday' as unknown as number }
    await assert.rejects(database.append({ users: wrong }), (error) => !(error instanceof Unavailable))
  })

  it('are in the tables that the program knows, with the types that it knows', async () => {
    const tables = await database.read.introspection.getTables()
    const found = Object.fromEntries(
      tables.map((table) => [
        table.name,
        Object.fromEntries(table.columns.map(({ name, dataType }) => [name, dataType.toLowerCase()])),
      ]),
    )
    const names = { id: ['integer', 'int8'], integer: ['integer', 'int8'], text: ['text'], bytes: ['blob', 'bytea'] }
    for (const [table, types] of Object.entries(columns)) {
      assert.deepEqual(Object.keys(found[table] ?? {}).sort(), Object.keys(types).sort(), table)
      for (const [column, type] of Object.entries(types) as [string, keyof typeof names][]) {
        assert.ok(names[type].includes(found[table]?.[column] ?? ''), `${table}.${column}`)
        if (type !== 'text' && type !== 'bytes') assert.equal(type === 'id', isIdColumn(column), `${table}.${column}`)
      }
    }
  })
}
