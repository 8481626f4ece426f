import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openSqlite } from '../storage/sqlite.ts'
import { countedDatabase } from './counted-database.ts'

describe('countedDatabase', () => {
  it('counts no background work, nor what that starts later', async () => {
    const { database, counts, uncounted } = countedDatabase(await openSqlite({ path: ':memory:' }))
    await uncounted(async () => database.migrate())
    const find = database.lookup((read, match) => read.selectFrom('groups').selectAll().where(match('id')))
    const work = async (): Promise<void> => {
      const id = database.newId()
      await database.append({ groups: { id, name: `group ${id}`, permissions: '' } })
      await find(id)
      await database.read.selectFrom('groups').selectAll().execute()
      await database.write(async (unit) => unit.deleteFrom('groups').where('id', '=', id).execute())
    }
    await uncounted(async () => {
      await work()
      await new Promise<void>((resolve, reject) => setImmediate(() => void work().then(resolve, reject)))
    })
    assert.deepEqual(counts, { reads: 0, writes: 0 })
    // Units of one turn share a commit, and each is still counted or not for itself.
    await Promise.all([uncounted(work), work(), uncounted(work)])
    assert.deepEqual(counts, { reads: 2, writes: 2 })
    await database.close()
  })

  it('counts a unit again that was run again, and rolls back as ever', async () => {
    const { database, counts, uncounted } = countedDatabase(await openSqlite({ path: ':memory:' }))
    await uncounted(async () => database.migrate())
    const row = { id: database.newId(), name: 'staff', permissions: '' }
    const fine = database.write(async (unit) => unit.insertInto('groups').values(row).execute())
    const broken = database.write(async (unit) => {
      await unit.deleteFrom('groups').execute()
      throw new Error('mistake')
    })
    await assert.rejects(broken, /mistake/)
    await fine
    assert.equal(counts.writes, 4)
    assert.equal((await database.read.selectFrom('groups').selectAll().execute()).length, 1)
    await database.close()
  })
})
