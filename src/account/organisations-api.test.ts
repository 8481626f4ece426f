import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AdminStage, adminStage } from '../admin/admin-api.contract.ts'
import type { TestUser } from '../testing/test-credentials.ts'

const path = '/api/account/organisations/'

describe('the API of one’s organisations', () => {
  it('lists them, shows one, and lets its admins look after it', async () => {
    await using at = await open()
    const { call, ada, bob, acme } = at
    const own = (await call(bob, 'GET', path)).json['organisations'] as readonly Readonly<Record<string, unknown>>[]
    assert.deepEqual([own[0]?.['slug'], own[0]?.['standing'], own[0]?.['is_suspended']], ['acme', 'member', false])
    assert.equal((await call(bob, 'GET', acme)).json['name'], 'Acme')
    assert.equal((await call(ada, 'PATCH', acme, { name: 'Acme Two' })).json['name'], 'Acme Two')
    assert.equal((await call(ada, 'PATCH', acme, { allowed_scopes: ['admin'] })).status, 403)
    assert.equal((await call(ada, 'PATCH', acme, { slug: 'mine' })).status, 403)
    const standing = { standing: 'admin' }
    assert.equal((await call(ada, 'PATCH', `${acme}members/${bob.id}/`, standing)).json['standing'], 'admin')
    assert.equal(
      (await call(ada, 'POST', `${acme}roles/`, { name: 'clerk', permissions: ['notes.change'] })).status,
      201,
    )
    assert.equal((await call(ada, 'POST', `${acme}service-accounts/`, { name: 'job' })).status, 201)
  })

  it('reads each thing of it by itself, and switches a service account off and on', async () => {
    await using at = await open()
    const { call, callWith, ada, bob, superuser, acme, acmeId } = at
    assert.equal((await call(ada, 'GET', `${acme}members/${bob.id}/`)).json['username'], 'bob')
    assert.equal((await call(bob, 'GET', `${acme}members/${ada.id}/`)).json['standing'], 'owner')
    const role = await call(ada, 'POST', `${acme}roles/`, { name: 'clerk', permissions: ['notes.change'] })
    assert.deepEqual((await call(ada, 'GET', `${acme}roles/${String(role.json['id'])}/`)).json, role.json)
    assert.equal((await call(ada, 'GET', `${acme}roles/owner/`)).json['name'], 'owner')
    const account = await call(ada, 'POST', `${acme}service-accounts/`, { name: 'job' })
    const job = `${acme}service-accounts/${String(account.json['id'])}/`
    assert.deepEqual((await call(ada, 'GET', job)).json, account.json)
    const made = await call(ada, 'POST', `${job}keys/`, { name: 'build' })
    const keys = (await call(ada, 'GET', `${job}keys/`)).json['keys'] as readonly Readonly<Record<string, unknown>>[]
    assert.deepEqual([keys.length, keys[0]?.['id'], keys[0]?.['name']], [1, made.json['id'], 'build'])
    assert.ok(!JSON.stringify(keys).includes(String(made.json['key'])))
    const whoami = async () => (await callWith({ 'x-api-key': String(made.json['key']) }, 'GET', '/api/whoami/')).status
    assert.equal((await call(ada, 'POST', `${job}disable/`)).json['is_active'], false)
    assert.equal(await whoami(), 401)
    assert.equal((await call(ada, 'POST', `${job}enable/`)).json['is_active'], true)
    assert.equal(await whoami(), 200)
    // What whoever runs the server has switched off stays off.
    const ofServer = job.replace(acme, `/api/admin/organisations/${acmeId}/`)
    assert.equal((await call(superuser, 'POST', `${ofServer}disable/`)).json['is_held'], true)
    assert.equal((await call(ada, 'POST', `${job}enable/`)).status, 409)
    assert.equal((await call(superuser, 'POST', `${ofServer}enable/`)).json['is_held'], false)
    for (const missing of ['members/nothing/', 'roles/nothing/', 'service-accounts/nothing/']) {
      assert.equal((await call(ada, 'GET', acme + missing)).status, 404, missing)
    }
  })

  it('switches the default, and takes it away [U11]', async () => {
    await using at = await open()
    const { call, bob, eve, acme, doorward } = at
    const listed = async (): Promise<unknown> =>
      ((await call(bob, 'GET', path)).json['organisations'] as readonly Readonly<Record<string, unknown>>[])[0]?.[
        'is_default'
      ]
    assert.equal(await listed(), false)
    assert.equal((await call(bob, 'DELETE', `${acme}default/`)).status, 409)
    assert.equal((await call(bob, 'PUT', `${acme}default/`)).status, 204)
    assert.equal((await call(bob, 'PUT', `${acme}default/`)).status, 204)
    assert.equal(await listed(), true)
    assert.equal(await doorward.instance.orgs.defaults.of(bob.id), at.acmeId)
    assert.equal((await call(bob, 'DELETE', `${acme}default/`)).status, 204)
    assert.equal(await listed(), false)
    for (const method of ['PUT', 'DELETE'] as const) {
      assert.equal((await call(eve, method, `${acme}default/`)).status, 404)
      assert.equal((await call(bob, method, `${path}nothing/default/`)).status, 404)
    }
  })

  it('lets a member read who is there and do nothing more', async () => {
    await using at = await open()
    const { call, ada, bob, acme } = at
    assert.equal((await call(bob, 'GET', `${acme}members/`)).status, 200)
    for (const [method, below, body] of [
      ['PATCH', '', { name: 'Mine' }],
      ['DELETE', '?slug=acme', undefined],
      ['POST', 'transfer/', { from: ada.id, to: bob.id }],
      ['PATCH', `members/${bob.id}/`, { standing: 'owner' }],
      ['DELETE', `members/${ada.id}/`, undefined],
      ['GET', 'invitations/', undefined],
      ['POST', 'invitations/', { email: 'x@example.org' }],
      ['GET', 'roles/', undefined],
      ['POST', 'roles/', { name: 'x' }],
      ['GET', 'service-accounts/', undefined],
      ['POST', 'service-accounts/', { name: 'x' }],
      ['GET', 'roles/owner/', undefined],
    ] as const) {
      assert.equal((await call(bob, method, acme + below, body)).status, 403, `${method} ${below}`)
    }
  })

  it('is not there for anybody else, whatever they ask (AD01)', async () => {
    await using at = await open()
    const { call, eve, bob, acme, doorward } = at
    const organisation = at.acmeId
    const { roles, invitations } = doorward.instance.orgs
    const role = await roles.create({ name: 'clerk', organisationId: organisation })
    const invitation = await invitations.create({ organisationId: organisation, email: 'x@example.org' })
    const by = { actor: 'system' }
    const account = await doorward.instance.serviceAccounts.create(
      { name: 'job', organisationId: organisation },
      { by },
    )
    // Her own organisation, in which she is the owner.
    const other = `${path}${at.otherId}/`
    for (const place of [acme, other]) {
      for (const [method, below, body] of [
        ...(place === acme
          ? ([
              ['GET', '', undefined],
              ['PATCH', '', { name: 'x' }],
              ['DELETE', '?slug=acme', undefined],
              ['POST', 'leave/', undefined],
              ['POST', 'transfer/', { from: 'x', to: 'y' }],
              ['GET', 'members/', undefined],
              ['GET', 'invitations/', undefined],
              ['POST', 'invitations/', { email: 'y@example.org' }],
              ['GET', 'roles/', undefined],
              ['POST', 'roles/', { name: 'y' }],
              ['GET', 'service-accounts/', undefined],
              ['POST', 'service-accounts/', { name: 'y' }],
            ] as const)
          : []),
        ['GET', `members/${bob.id}/`, undefined],
        ['PATCH', `members/${bob.id}/`, { standing: 'owner' }],
        ['DELETE', `members/${bob.id}/`, undefined],
        ['PUT', `members/${eve.id}/roles/${role.id}/`, {}],
        ['POST', `invitations/${invitation.id}/resend/`, undefined],
        ['DELETE', `invitations/${invitation.id}/`, undefined],
        ['GET', `roles/${role.id}/`, undefined],
        ['PATCH', `roles/${role.id}/`, { name: 'x' }],
        ['DELETE', `roles/${role.id}/`, undefined],
        ['GET', `service-accounts/${account.id}/`, undefined],
        ['GET', `service-accounts/${account.id}/keys/`, undefined],
        ['POST', `service-accounts/${account.id}/disable/`, undefined],
        ['POST', `service-accounts/${account.id}/enable/`, undefined],
        ['DELETE', `service-accounts/${account.id}/`, undefined],
        ['POST', `service-accounts/${account.id}/keys/`, { name: 'x' }],
      ] as const) {
        assert.equal((await call(eve, method, place + below, body)).status, 404, `${method} ${place}${below}`)
      }
    }
  })

  it('accepts an invitation once, for whoever it is for, and leaves', async () => {
    await using at = await open()
    const { call, ada, bob, eve, acme } = at
    const sent = await call(ada, 'POST', `${acme}invitations/`, { email: 'eve@example.org' })
    const token = String(sent.json['link']).split('/').at(-2)
    const accept = '/api/account/invitations/accept/'
    assert.equal((await call(bob, 'POST', accept, { token })).status, 403)
    assert.equal((await call(eve, 'POST', accept, { token: 'x' })).status, 404)
    assert.deepEqual((await call(eve, 'POST', accept, { token })).json, { organisation: at.acmeId })
    assert.equal((await call(eve, 'POST', accept, { token })).status, 409)
    assert.equal((await call(eve, 'POST', `${acme}leave/`)).status, 204)
    assert.equal((await call(eve, 'POST', `${acme}leave/`)).status, 404)
    assert.equal((await call(ada, 'POST', `${acme}leave/`)).status, 409)
  })

  it('asks sessions for a fresh sign-in before what cannot be undone, and other credentials for a scope', async () => {
    await using at = await open()
    const { call, callWith, ada, acme, doorward } = at
    const narrow = await doorward.as(ada, 'apiKey', { scopes: ['read'] })
    assert.equal((await callWith(narrow, 'GET', acme)).status, 403)
    const wide = await doorward.as(ada, 'apiKey', { scopes: ['account'] })
    assert.equal((await callWith(wide, 'GET', acme)).status, 200)
    assert.equal((await callWith({}, 'GET', acme)).status, 401)
    assert.equal((await call(ada, 'GET', acme)).status, 200)
    await doorward.clock.advance('11m')
    for (const [method, below, body] of [
      ['DELETE', '?slug=acme', undefined],
      ['PATCH', `members/${at.bob.id}/`, { standing: 'owner' }],
      ['POST', 'transfer/', { from: ada.id, to: at.bob.id }],
    ] as const) {
      const late = await call(ada, method, `${acme}${below}`, body)
      assert.deepEqual([late.status, late.json['code']], [401, 'insufficient_user_authentication'], below)
    }
    assert.equal((await callWith(wide, 'DELETE', `${acme}?slug=acme`)).status, 204)
  })
})

interface Opened extends AdminStage {
  readonly ada: TestUser
  readonly bob: TestUser
  readonly eve: TestUser
  readonly acme: string
  readonly acmeId: string
  readonly otherId: string
}

/** Ada owns Acme, Bob is a member of it, and Eve owns another organisation. */
async function open(): Promise<Opened> {
  const stage = await adminStage()
  const { users, instance } = stage.doorward
  const make = async (username: string): Promise<TestUser> =>
    users.create({ username, email: `${username}@example.net`, emailVerified: true })
  const [ada, bob] = [await make('anna'), await make('bob')]
  const eve = await users.create({ username: 'eve', email: 'eve@example.org', emailVerified: true })
  const { organisations, members } = instance.orgs
  const allowedPermissions = ['notes.change']
  const acme = await organisations.create({ name: 'Acme', slug: 'acme', ownerId: ada.id, allowedPermissions })
  const other = await organisations.create({ name: 'Other', slug: 'other', ownerId: eve.id })
  await members.add(acme.id, bob.id, 'member')
  return { ...stage, ada, bob, eve, acme: `${path}${acme.id}/`, acmeId: acme.id, otherId: other.id }
}
