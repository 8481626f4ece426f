import assert from 'node:assert/strict'
import { it } from 'node:test'
import { adminStage } from '../admin-api.contract.ts'
import { openConsole } from '../console.contract.ts'

it('shows of each service account how many keys it has, and when any was last used', async () => {
  await using stage = await adminStage()
  const { doorward, call, callWith, staff } = stage
  const account = await doorward.serviceAccounts.create({ name: 'sync', scopes: ['read'] })
  await doorward.serviceAccounts.create({ name: 'idle' })
  const { apiKeys } = doorward.instance
  const owner = { kind: 'service_account', id: account.id } as const
  const gone = await apiKeys.create({ owner, name: 'gone', scopes: ['read'] })
  await apiKeys.revoke(gone.record.id, { by: { actor: 'system' } })
  const over = await apiKeys.create({ owner, name: 'over', scopes: ['read'], expiresAt: doorward.clock.now() + 60_000 })
  const headers = await doorward.as(account, 'apiKey')
  assert.equal((await callWith(headers, 'GET', '/api/whoami/')).status, 200)
  assert.ok(over.record.expiresAt)
  await doorward.clock.advance('2h')
  const { json } = await call(staff, 'GET', 'service-accounts/')
  const listed = (json['service_accounts'] as readonly Readonly<Record<string, unknown>>[]).map(
    ({ name, keys, last_used_at: at }) => [name, keys, at === null],
  )
  assert.deepEqual(listed, [
    ['idle', 0, true],
    ['sync', 1, false],
  ])
})

it('shows the same in the console', async () => {
  await using at = await openConsole()
  const account = await at.doorward.serviceAccounts.create({ name: 'sync', scopes: ['read'] })
  await at.doorward.as(account, 'apiKey')
  const { text } = await at.staff.get('/admin/service-accounts/')
  assert.match(text, /data-label="Keys"[^>]*>1</)
  assert.match(text, /data-label="Last used"[^>]*><span class="quiet">never</)
})
