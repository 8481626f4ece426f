import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AdminStage, adminStage } from './admin-api.contract.ts'

describe('what is done in administration with a key, or by an application', () => {
  it('makes no administrator, and opens no account of one: that would outlive the key', async () => {
    await using stage = await adminStage()
    const { callWith, superuser, staff, user, doorward } = stage
    const { users, apiKeys, oauth } = doorward.instance
    const { key } = await apiKeys.create({ owner: superuser, name: 'job', scopes: ['admin'] })
    const trusted = await oauth.clients.create(
      { name: 'Shop', redirectUris: ['https://shop.example/cb'], scopes: ['openid'], consent: 'never' },
      { by: { actor: 'system' } },
    )
    const leaked = await apiKeys.create({ owner: superuser, name: 'leaked', scopes: ['admin'] })
    await apiKeys.disable(leaked.record.id, { by: { actor: 'system' } })
    const off = await users.create({ username: 'off', isStaff: true })
    await users.disable(off.id)
    const { id: plain } = await users.create({ username: 'plain' })
    const client = `clients/${trusted.client.id}/`
    for (const headers of [{ 'x-api-key': key }, await doorward.as(superuser, 'token')]) {
      for (const [method, path, body] of [
        ['POST', 'users/', { username: 'eve', is_superuser: true }],
        ['POST', 'users/', { username: 'eve', is_staff: true }],
        ['PATCH', `users/${user.id}/`, { is_staff: true }],
        ['PATCH', `users/${staff.id}/`, { email: 'eve@example.org' }],
        ['PATCH', `users/${superuser.id}/`, { email: 'eve@example.org' }],
        ['POST', `users/${staff.id}/reset-factors/`, undefined],
        ['POST', `users/${plain}/reset-link/`, undefined],
        ['POST', `users/${user.id}/merge/`, { other: staff.id, dry_run: true }],
        ['POST', `users/${off.id}/enable/`, undefined],
        ['POST', `keys/${leaked.record.id}/enable/`, undefined],
        ['POST', 'clients/', { client_name: 'Web', redirect_uris: ['https://eve.example/cb'], consent: 'never' }],
        ['PATCH', client, { redirect_uris: ['https://eve.example/cb'] }],
        ['POST', `${client}rotate-secret/`, {}],
      ] as const) {
        const { status, json } = await callWith(headers, method, path, body)
        assert.deepEqual([status, json['code']], [403, 'permission_denied'], `${method} ${path}`)
        assert.match(String(json['detail']), /Sign in for that/, `${method} ${path}`)
      }
      // Ordinary work goes on, and so does what stops harm.
      assert.equal((await callWith(headers, 'PATCH', `users/${user.id}/`, { email: 'ada@example.net' })).status, 200)
      assert.equal((await callWith(headers, 'POST', `users/${staff.id}/end-sessions/`)).status, 204)
      const many = { action: 'enable', ids: [off.id, plain] }
      const { json } = await callWith(headers, 'POST', 'users/bulk/', many)
      assert.match(JSON.stringify(json['left_out']), /An administrator: sign in/)
      await callWith(headers, 'POST', `users/${plain}/disable/`)
    }
    assert.equal((await users.find(staff.id))?.email, staff.email ?? null)
    assert.equal((await users.findByLogin('eve')) ?? null, null)
  })

  it('stands in the log with what it was done with, by which all of it is found', async () => {
    await using stage = await adminStage()
    const { callWith, call, superuser, doorward } = stage
    const { apiKeys } = doorward.instance
    const { key, record } = await apiKeys.create({ owner: superuser, name: 'job', scopes: ['admin'] })
    const made = await callWith({ 'x-api-key': key }, 'POST', 'service-accounts/', { name: 'robot' })
    assert.equal(made.status, 201)
    await callWith({ 'x-api-key': key }, 'POST', 'users/', { username: 'eve' })
    await call(superuser, 'POST', 'users/', { username: 'bob' })
    const root = await openedPage(stage, `/admin/keys/${record.id}/`)
    assert.match(root, new RegExp(`href="/admin/audit/\\?text=api_key%3A${record.id}" id="done-through"`))
    const { json } = await call(superuser, 'GET', `audit/?text=api_key:${record.id}`)
    const entries = json['entries'] as readonly { readonly event: string; readonly detail: { through?: string } }[]
    assert.deepEqual(
      entries.map(({ event, detail }) => [event, detail.through]),
      [
        ['user.created', `api_key:${record.id}`],
        ['service_account.created', `api_key:${record.id}`],
      ],
    )
  })
})

async function openedPage({ base, doorward, superuser }: AdminStage, path: string): Promise<string> {
  return (await fetch(base + path, { headers: await doorward.as(superuser) })).text()
}
