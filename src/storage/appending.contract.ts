import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Database } from './database.ts'
import { addUser, apiTokenRow, userRow, type StartDatabase } from './databases.contract.ts'
import { beforeAll } from './opened-database.contract.ts'

/** What appending to every database has to hold, as tests. */
export function appendingContract(start: StartDatabase): void {
  let database: Database
  beforeAll(start, (opened) => (database = opened))

  describe('append', () => {
    it('adds to several tables, parents first or not', async () => {
      const id = database.newId()
      const token = database.newId()
      await database.append({ api_tokens: apiTokenRow(token, id), users: userRow(id, 'parent') })
      assert.equal(await count(database, 'api_tokens', id), 1)
    })

    it('adds all of a call or none', async () => {
      const [id, other] = [database.newId(), database.newId()]
      const twice = [userRow(id, 'all or none'), userRow(other, 'ALL or none')]
      await assert.rejects(database.append({ users: twice, audit: { event: 'a', actor: 'b', subject: 'all or none' } }))
      const found = database.read.selectFrom('users').select('id').where('id', 'in', [id, other])
      assert.deepEqual(await found.execute(), [])
      const events = database.read.selectFrom('audit_events').select('id').where('subject', '=', 'all or none')
      assert.deepEqual(await events.execute(), [])
    })

    it('rejects only the faulty calls of a turn', async () => {
      const user = await addUser(database, 'faulty turn')
      const ids = Array.from({ length: 60 }, () => database.newId())
      const calls = ids.map(async (id, index) =>
        database.append({ api_tokens: apiTokenRow(id, [0, 31, 59].includes(index) ? 4n : user) }),
      )
      const outcomes = await Promise.allSettled(calls)
      const rejected = outcomes.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))
      assert.deepEqual(rejected, [0, 31, 59])
      assert.equal(await count(database, 'api_tokens', user), 57)
    })

    it('takes nothing at all', async () => {
      await database.append({})
      await database.append({ users: [] })
    })

    it('refuses an incomplete row and an unknown table, naming them', async () => {
      const { username: _, ...rest } = userRow(database.newId(), 'incomplete')
      await assert.rejects(database.append({ users: rest as never }), /TypeError|users lacks username/)
      await assert.rejects(database.append({ visitors: [] } as never), /visitors/)
    })

    it('writes texts as texts, whatever they say', async () => {
      const texts = ["'); drop table users; --", '{1,2}', '"', '\\', 'NULL', '', ' ', '{', ',', '\n\t', '$1']
      const user = await addUser(database, 'texts')
      const rows = texts.map((name) => apiTokenRow(database.newId(), user, { name }))
      await Promise.all(rows.map(async (row) => database.append({ api_tokens: row })))
      const found = await database.read
        .selectFrom('api_tokens')
        .select('name')
        .where('user_id', '=', user)
        .orderBy('id')
        .execute()
      assert.deepEqual(
        found.map(({ name }) => name),
        texts,
      )
    })
  })

  describe('appendIf', () => {
    const guardOf = (id: bigint) =>
      database.read.updateTable('users').set({ is_active: 0 }).where('id', '=', id).where('is_active', '=', 1).compile()

    it('adds rows and events where the guard changes a row, once', async () => {
      const user = await addUser(database, 'guarded')
      const attempt = async (name: string): Promise<boolean> =>
        database.appendIf({
          guard: guardOf(user),
          rows: {
            api_tokens: apiTokenRow(database.newId(), user, { name }),
            audit: { event: 'a', actor: 'b', subject: `guarded ${name}` },
          },
        })
      const outcomes = await Promise.all(Array.from({ length: 50 }, async (_, index) => attempt(`${index}`)))
      assert.equal(outcomes.filter(Boolean).length, 1)
      const name = `${outcomes.indexOf(true)}`
      const tokens = database.read.selectFrom('api_tokens').select('name').where('user_id', '=', user)
      assert.deepEqual(await tokens.execute(), [{ name }])
      const events = database.read.selectFrom('audit_events').select('subject').where('subject', 'like', 'guarded %')
      assert.deepEqual(await events.execute(), [{ subject: `guarded ${name}` }])
    })

    it('takes nothing of the guard where a row cannot be added, and harms no other call of its turn', async () => {
      const [one, other] = [await addUser(database, 'guarded one'), await addUser(database, 'guarded other')]
      const outcomes = await Promise.allSettled([
        database.appendIf({ guard: guardOf(one), rows: { api_tokens: apiTokenRow(database.newId(), 4n) } }),
        database.appendIf({ guard: guardOf(other), rows: { api_tokens: apiTokenRow(database.newId(), other) } }),
      ])
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ['rejected', 'fulfilled'],
      )
      const active = database.read.selectFrom('users').select(['id', 'is_active']).where('id', 'in', [one, other])
      assert.deepEqual(await active.orderBy('id').execute(), [
        { id: one, is_active: 1 },
        { id: other, is_active: 0 },
      ])
    })
  })
}

async function count({ read }: Database, table: 'api_tokens', user: bigint): Promise<number> {
  return (await read.selectFrom(table).select('id').where('user_id', '=', user).execute()).length
}
