import assert from 'node:assert/strict'
import { once, EventEmitter } from 'node:events'
import { it } from 'node:test'
import { describeDatabases, describeStoredDatabases } from './databases.contract.ts'
import { createIdSource } from './id.ts'
import { watchRevocations } from './revocations.ts'
import type { Revocation } from './revocations.ts'
import { withDatabase } from './with-database.contract.ts'

const hour = 3_600_000
const expiresAt = Date.now() + hour

describeDatabases('watchRevocations', (start) => {
  it('knows what was revoked before it began, and not what has expired since', async () => {
    await withDatabase(start, async (database) => {
      const row = { not_before: 0, expires_at: expiresAt }
      await database.append({
        revocations: [
          { ...row, id: database.newId(), kind: 'user', subject_id: 1n, not_before: 500 },
          { ...row, id: database.newId(), kind: 'user', subject_id: 1n, not_before: 400 },
          { ...row, id: database.newId(), kind: 'family', subject_id: 2n },
          { ...row, id: database.newId(), kind: 'token', subject_id: 3n, expires_at: Date.now() - 1 },
        ],
      })
      const revocations = await watchRevocations(database)
      assert.equal(revocations.notBefore('user', 1n), 500)
      assert.equal(revocations.notBefore('user', 2n), undefined)
      assert.equal(revocations.revoked('family', 2n), true)
      assert.equal(revocations.revoked('token', 2n), false)
      assert.equal(revocations.revoked('token', 3n), false)
      assert.equal(revocations.stale(), false)
      await revocations.close()
    })
  })

  it('knows what this process revokes as soon as that is durable, and never what was rolled back', async () => {
    await withDatabase(start, async (database) => {
      const revocations = await watchRevocations(database, { interval: hour })
      const heard: Revocation[] = []
      const stop = revocations.onChange((revocation) => heard.push(revocation))
      const user: Revocation = { kind: 'user', subjectId: 9n, notBefore: 1000, expiresAt }
      await database.write(async (transaction) => revocations.revoke(transaction, user))
      assert.equal(revocations.notBefore('user', 9n), 1000)
      const rolledBack = database.write(async (transaction) => {
        await revocations.revoke(transaction, { kind: 'token', subjectId: 10n, expiresAt })
        throw new Error('changed my mind')
      })
      await assert.rejects(rolledBack, /changed my mind/)
      assert.equal(revocations.revoked('token', 10n), false)
      assert.deepEqual(heard, [user])
      stop()
      await database.write(async (transaction) =>
        revocations.revoke(transaction, { kind: 'token', subjectId: 11n, expiresAt }),
      )
      assert.equal(revocations.revoked('token', 11n), true)
      assert.equal(heard.length, 1)
      await revocations.refresh()
      assert.equal(revocations.notBefore('user', 9n), 1000)
      await revocations.close()
    })
  })

  it('only ever moves a time of a user forward', async () => {
    await withDatabase(start, async (database) => {
      const revocations = await watchRevocations(database, { interval: hour })
      for (const notBefore of [500, 300, 700, 600]) {
        const revocation: Revocation = { kind: 'user', subjectId: 1n, notBefore, expiresAt }
        await database.write(async (transaction) => revocations.revoke(transaction, revocation))
      }
      assert.equal(revocations.notBefore('user', 1n), 700)
      await revocations.close()
    })
  })

  it('finds a row whose id is older than one that it has read, because its transaction took longer', async () => {
    await withDatabase(start, async (database) => {
      const revocations = await watchRevocations(database, { interval: hour })
      const row = { kind: 'token', not_before: 0, expires_at: expiresAt }
      await database.append({ revocations: { ...row, id: database.newId(), subject_id: 1n } })
      await revocations.refresh()
      const late = createIdSource({ node: 5, clock: () => Date.now() - 30_000 })()
      await database.append({ revocations: { ...row, id: late, subject_id: 2n } })
      await revocations.refresh()
      assert.deepEqual([revocations.revoked('token', 1n), revocations.revoked('token', 2n)], [true, true])
      await revocations.close()
    })
  })

  it('says that it is stale when it could not look for too long', async () => {
    await withDatabase(start, async (database) => {
      let time = Date.now()
      const revocations = await watchRevocations(database, { interval: hour, staleAfter: 1000, clock: () => time })
      time += 1000
      assert.equal(revocations.stale(), false)
      time += 1
      assert.equal(revocations.stale(), true)
      await revocations.refresh()
      assert.equal(revocations.stale(), false)
      await revocations.close()
    })
  })

  it('rejects where it cannot read at all', async () => {
    const fixture = await start()
    const database = await fixture.open()
    await assert.rejects(watchRevocations(database), /revocations/)
    await database.close()
    await fixture.remove()
  })
})

describeStoredDatabases('watchRevocations', (start) => {
  it('hears of what another process revokes by itself', async () => {
    await withDatabase(start, async (database, { open }) => {
      const revocations = await watchRevocations(database)
      const ears = new EventEmitter()
      revocations.onChange((revocation) => ears.emit('revoked', revocation))
      const heard = once(ears, 'revoked')
      const other = await open()
      const theirs = await watchRevocations(other)
      const revocation: Revocation = { kind: 'family', subjectId: 42n, expiresAt }
      await other.write(async (transaction) => theirs.revoke(transaction, revocation))
      assert.deepEqual(await heard, [revocation])
      assert.equal(revocations.revoked('family', 42n), true)
      await theirs.close()
      await other.close()
      await revocations.close()
    })
  })
})
