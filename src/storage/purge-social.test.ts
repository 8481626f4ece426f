import assert from 'node:assert/strict'
import { it } from 'node:test'
import { describeDatabases, userRow } from './databases.contract.ts'
import { purge } from './purge.ts'
import { withDatabase } from './with-database.contract.ts'

const now = Date.UTC(2026, 10, 24)

describeDatabases('purge of what signing in at other providers leaves', (start) => {
  it('deletes what is over, and keeps links', async () => {
    await withDatabase(start, async (database) => {
      const user_id = database.newId()
      const bytes = (first: number) => new Uint8Array(32).fill(first)
      const ends = [now - 1, now]
      const link = {
        provider: 'google',
        issuer: '',
        email: null,
        name: null,
        last_used_at: 0,
        refreshing_until: null,
        tokens: null,
      }
      const app = { redirect_uri: '', code_challenge: '', app_state: '', code_digest: null, browser: bytes(0) }
      const row = (expires_at: number) => ({ id: database.newId(), user_id, created_at: 0, expires_at })
      const over = { digest: bytes(0), browser: bytes(0), provider: 'google', details: bytes(0) }
      await database.append({
        users: userRow(user_id, 'ann'),
        linked_accounts: { ...link, id: database.newId(), user_id, subject: '1', created_at: 0 },
        provider_sign_ins: ends.map((end) => ({ ...over, ...row(end) })),
        pending_links: ends.map((end, index) => ({ ...row(end), browser: bytes(index), details: bytes(0) })),
        app_sign_ins: ends.map((end) => ({ ...app, ...row(end) })),
      })
      const { provider_sign_ins, pending_links, app_sign_ins } = await purge(database, { now })
      assert.deepEqual([provider_sign_ins, pending_links, app_sign_ins], [1, 1, 1])
      const left = await database.read.selectFrom('linked_accounts').select('subject').execute()
      assert.deepEqual(left, [{ subject: '1' }])
    })
  })
})
