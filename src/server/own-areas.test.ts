import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { unaskedActions as unaskedOfAccount, unaskedOperations } from '../account/unasked.ts'
import { unaskedActions as unaskedOfPortal } from '../portal/unasked.ts'
import { createTestDoorward } from '../testing/test-doorward.ts'
import { accountArea } from './account-area.ts'
import { portalArea } from './portal-area.ts'

describe('every action of the account and the portal', () => {
  it('asks for a fresh proof of who does it, or is known not to', async () => {
    await using doorward = await createTestDoorward()
    const { instance, auth } = doorward
    for (const [{ screens }, unasked] of [
      [accountArea(instance), unaskedOfAccount],
      [portalArea(instance, { auth, door: auth }), unaskedOfPortal],
    ] as const) {
      const actions = screens.flatMap((screen) =>
        Object.entries(screen.actions ?? {}).map(([name, action]) => ({
          name: `${screen.path} ${name}`,
          asks: screen.isSensitive === true || action.isSensitive === true,
        })),
      )
      assert.ok(actions.length > 20, 'all screens are there')
      const names = actions.map(({ name }) => name)
      for (const name of unasked) assert.ok(names.includes(name), `there is no ${name}`)
      for (const { name, asks } of actions) assert.equal(asks, !unasked.has(name), name)
    }
  })

  it('goes by the same rule under /api/account/', async () => {
    await using doorward = await createTestDoorward()
    const base = await doorward.listen()
    const { paths } = (await (await fetch(`${base}/api/openapi.json`)).json()) as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly 'x-permission': string }>>>>
    }
    const changing = Object.entries(paths)
      .filter(([path]) => path.startsWith('/api/account/'))
      .flatMap(([path, methods]) =>
        Object.entries(methods)
          .filter(([method]) => method !== 'get')
          .map(([method, operation]) => ({
            name: `${method.toUpperCase()} ${path}`,
            policy: operation['x-permission'],
          })),
      )
    const names = changing.map(({ name }) => name)
    assert.ok(names.length > 30, 'all operations are there')
    for (const name of unaskedOperations) assert.ok(names.includes(name), `there is no ${name}`)
    for (const { name, policy } of changing) {
      assert.equal(policy.includes('freshLogin'), !unaskedOperations.has(name), name)
    }
  })

  it('is not done by a browser that was left open: nobody becomes an owner, is invited, or has a key back that was switched off', async () => {
    await using doorward = await createTestDoorward()
    const base = await doorward.listen()
    const ada = await doorward.users.create({ username: 'ada' })
    const { id } = ada
    const { orgs, users, apiKeys } = doorward.instance
    const by = { actor: `user:${id}`, address: null }
    const eve = await users.create({ username: 'eve', email: 'eve@example.org' })
    const acme = await orgs.organisations.create({ name: 'Acme', slug: 'acme', ownerId: id }, by)
    await orgs.members.add(acme.id, eve.id, 'member', by)
    const { record: key } = await apiKeys.create({ owner: { kind: 'user', id }, name: 'leaked' })
    await apiKeys.disable(key.id, { by })
    const session = { ...(await doorward.as(ada)), 'content-type': 'application/json' }
    const call = async (method: string, path: string, body?: unknown) =>
      fetch(base + path, { method, headers: session, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    await doorward.clock.advance('11m')
    const place = `/api/account/organisations/${acme.id}/`
    for (const [method, path, body] of [
      ['PATCH', `${place}members/${eve.id}/`, { standing: 'owner' }],
      ['DELETE', `${place}members/${eve.id}/`, undefined],
      ['POST', `${place}invitations/`, { email: 'mallory@example.org', standing: 'admin' }],
      ['POST', `${place}roles/`, { name: 'editor', permissions: ['notes.change'] }],
      ['PATCH', place, { name: 'Ours' }],
      ['POST', `${place}leave/`, undefined],
      ['POST', `/api/account/keys/${key.id}/enable/`, undefined],
    ] as const) {
      const refused = await call(method, path, body)
      const { code } = (await refused.json()) as { readonly code?: string }
      assert.deepEqual([refused.status, code], [401, 'insufficient_user_authentication'], path)
    }
    assert.equal((await call('POST', `/api/account/keys/${key.id}/revoke/`)).status, 200)
  })
})
