import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Database } from './database.ts'
import { apiTokenRow, describeDatabases, describeStoredDatabases, userRow } from './databases.contract.ts'
import { createTouches } from './touch.ts'
import { withDatabase } from './with-database.contract.ts'

describeDatabases('createTouches', (start) => {
  it('writes nothing until it is flushed, then everything, the last word of each row', async () => {
    await withDatabase(start, async (database) => {
      const tokens = await addTokens(database, 450)
      const touches = createTouches(database, { interval: 3_600_000 })
      for (const [index, id] of tokens.entries()) {
        touches.touch('api_tokens', id, { last_used_at: 1 })
        touches.touch('api_tokens', id, { last_used_at: 1000 + index })
      }
      assert.deepEqual(new Set(await lastUsed(database)), new Set([null]))
      await touches.flush()
      assert.deepEqual(
        await lastUsed(database),
        tokens.map((_, index) => 1000 + index),
      )
      await touches.close()
    })
  })

  it('writes different columns of different tables, and nulls', async () => {
    await withDatabase(start, async (database) => {
      const [token] = (await addTokens(database, 1)) as [bigint]
      const { user_id } = await database.read.selectFrom('api_tokens').select('user_id').executeTakeFirstOrThrow()
      const touches = createTouches(database)
      touches.touch('api_tokens', token, { last_used_at: 5 })
      touches.touch('api_tokens', token, { name: "O'Neil ❤" })
      touches.touch('users', user_id ?? 0n, { last_login_at: null })
      touches.touch('users', 17n, { last_login_at: 3 })
      await touches.close()
      const found = await database.read.selectFrom('api_tokens').select(['last_used_at', 'name']).execute()
      assert.deepEqual(found, [{ last_used_at: 5, name: "O'Neil ❤" }])
    })
  })

  it('remembers so many rows and no more, the newest', async () => {
    await withDatabase(start, async (database) => {
      const tokens = await addTokens(database, 5)
      const touches = createTouches(database, { limit: 3 })
      for (const id of tokens) touches.touch('api_tokens', id, { last_used_at: 7 })
      await touches.close()
      assert.deepEqual(await lastUsed(database), [null, null, 7, 7, 7])
    })
  })

  it('refuses a column that the table does not have', async () => {
    await withDatabase(start, async (database) => {
      const touches = createTouches(database)
      touches.touch('users', 1n, { 'is_active = 0 --': 1 } as never)
      await assert.rejects(touches.close(), TypeError)
    })
  })
})

describeStoredDatabases('createTouches', (start) => {
  it('writes later what it could not write', async () => {
    await withDatabase(start, async (database, { open }) => {
      const [token] = (await addTokens(database, 1)) as [bigint]
      const gone = await open()
      let target = gone
      const touches = createTouches({ ...gone, write: async (work) => target.write(work) })
      await gone.close()
      touches.touch('api_tokens', token, { last_used_at: 1, name: 'first' })
      await assert.rejects(touches.flush())
      touches.touch('api_tokens', token, { last_used_at: 2 })
      target = database
      await touches.close()
      const found = await database.read.selectFrom('api_tokens').select(['last_used_at', 'name']).execute()
      assert.deepEqual(found, [{ last_used_at: 2, name: 'first' }])
    })
  })
})

async function addTokens(database: Database, count: number): Promise<readonly bigint[]> {
  const user = database.newId()
  const ids = Array.from({ length: count }, () => database.newId())
  await database.append({ users: userRow(user, 'ann'), api_tokens: ids.map((id) => apiTokenRow(id, user)) })
  return ids
}

async function lastUsed({ read }: Database): Promise<readonly (number | null)[]> {
  const rows = await read.selectFrom('api_tokens').select('last_used_at').orderBy('id').execute()
  return rows.map((row) => row.last_used_at)
}
