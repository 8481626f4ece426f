import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isConflict } from './conflict.ts'
import { apiTokenRow, describeDatabases, userRow } from './databases.contract.ts'
import { withDatabase } from './with-database.contract.ts'

describeDatabases('isConflict', (start) => {
  it('tells a value that is there already from other faults', async () => {
    await withDatabase(start, async (database) => {
      const id = database.newId()
      await database.append({ users: userRow(id, 'ann', { email: 'a@example.com', email_key: 'a@example.com' }) })
      const conflicts = [userRow(id, 'bob'), userRow(database.newId(), 'ANN')]
      for (const users of conflicts) await assert.rejects(database.append({ users }), isConflict)
      const dangling = database.append({ api_tokens: apiTokenRow(database.newId(), 1n) })
      await assert.rejects(dangling, (error) => !isConflict(error))
      const missing = database.append({
        users: { ...userRow(database.newId(), 'x'), username: null as unknown as string },
      })
      await assert.rejects(missing, (error) => !isConflict(error))
      for (const other of [null, undefined, 'x', new Error('x'), {}]) assert.equal(isConflict(other), false)
    })
  })
})
