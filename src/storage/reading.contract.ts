import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { addUser, apiTokenRow, userRow, type StartDatabase } from './databases.contract.ts'
import { beforeAll } from './opened-database.contract.ts'

const largest = 2n ** 63n - 1n

/** What reading from every database has to hold, as tests. */
export function readingContract(start: StartDatabase): void {
  let database: Database
  beforeAll(start, (opened) => (database = opened))

  describe('read', () => {
    it('does not write', async () => {
      const insert = database.read.insertInto('users').values(userRow(database.newId(), 'by read'))
      await assert.rejects(insert.execute(), /write\(\)/)
      await assert.rejects(database.read.updateTable('users').set({ is_active: 0 }).execute(), /write\(\)/)
      await assert.rejects(database.read.deleteFrom('users').execute(), /write\(\)/)
      await assert.rejects(
        database.read.transaction().execute(async () => undefined),
        /write\(\)/,
      )
    })

    it('says what is wrong with a statement', async () => {
      await assert.rejects(sql`select * from nowhere`.execute(database.read), /nowhere/)
      assert.deepEqual((await sql`select 1 as one`.execute(database.read)).rows, [{ one: 1 }])
    })
  })

  describe('lookup', () => {
    it('finds the row of an id, and null where there is none', async () => {
      const ids = [await addUser(database, 'first wanted'), await addUser(database, 'second wanted')] as const
      const find = database.lookup((read, match) =>
        read.selectFrom('users').select(['id', 'username']).where(match('id')),
      )
      const wanted = [ids[1], 17n, ids[0], largest, 0n, -1n, ids[1]]
      assert.deepEqual(await Promise.all(wanted.map(find)), [
        { id: ids[1], username: 'second wanted' },
        null,
        { id: ids[0], username: 'first wanted' },
        null,
        null,
        null,
        { id: ids[1], username: 'second wanted' },
      ])
    })

    it('gives every caller of a turn the row', async () => {
      const id = await addUser(database, 'shared')
      const find = database.lookup((read, match) => read.selectFrom('users').selectAll().where(match('id')))
      const [one, other] = await Promise.all([find(id), find(id)])
      assert.deepEqual([one?.id, other?.id], [id, id])
    })

    it('takes joins and conditions of its own', async () => {
      const user = await addUser(database, 'joined')
      const [live, dead] = [database.newId(), database.newId()]
      await database.append({
        api_tokens: [apiTokenRow(live, user, { name: 'live' }), apiTokenRow(dead, user, { name: 'dead' })],
      })
      const find = database.lookup((read, match) =>
        read
          .selectFrom('api_tokens')
          .innerJoin('users', 'users.id', 'api_tokens.user_id')
          .select(['api_tokens.id', 'users.username'])
          .where('api_tokens.name', '=', 'live')
          .where(match('api_tokens.id'))
          .where('users.is_active', '=', 1),
      )
      assert.deepEqual(await Promise.all([find(live), find(dead)]), [{ id: live, username: 'joined' }, null])
    })

    it('sees what was written before it was called', async () => {
      const find = database.lookup((read, match) => read.selectFrom('users').select('id').where(match('id')))
      for (let round = 0; round < 20; round += 1) {
        const id = await addUser(database, `seen ${round}`)
        assert.deepEqual(await find(id), { id })
        await database.write(async (transaction) => transaction.deleteFrom('users').where('id', '=', id).execute())
        assert.equal(await find(id), null)
      }
    })

    it('refuses a query that never compares with the id', () => {
      assert.throws(() => database.lookup((read) => read.selectFrom('users').select('id')), /match\(\)/)
    })
  })
}
