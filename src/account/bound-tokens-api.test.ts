import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseId } from '../storage/id.ts'
import { createTestDoorward } from '../testing/test-doorward.ts'

describe('a token for one organisation, at the API of the account', () => {
  it('acts in that one alone: of the others it sees and changes nothing', async () => {
    await using at = await open()
    const { call, acme, umbrella, doorward } = at
    const listed = await call('GET', '/api/account/organisations/')
    assert.deepEqual(
      (listed.json['organisations'] as { slug: string }[]).map(({ slug }) => slug),
      ['acme'],
    )
    const ofAcme = `/api/account/organisations/${acme}/`
    const ofUmbrella = `/api/account/organisations/${umbrella}/`
    assert.equal((await call('GET', ofAcme)).status, 200)
    assert.equal((await call('PATCH', ofAcme, { name: 'Acme Ltd' })).status, 200)
    for (const [method, below, body] of [
      ['GET', '', undefined],
      ['PATCH', '', { name: 'Mine' }],
      ['DELETE', '?slug=umbrella', undefined],
      ['PUT', 'default/', undefined],
      ['DELETE', 'default/', undefined],
      ['POST', 'leave/', undefined],
      ['GET', 'members/', undefined],
      ['POST', 'invitations/', { email: 'x@example.org' }],
      ['POST', 'roles/', { name: 'chief' }],
      ['POST', 'service-accounts/', { name: 'job' }],
      ['POST', 'transfer/', { from: at.ada.id, to: at.ada.id }],
    ] as const) {
      assert.equal((await call(method, `${ofUmbrella}${below}`, body)).status, 404, `${method} ${below}`)
    }
    assert.equal((await doorward.instance.orgs.organisations.find(umbrella))?.name, 'Umbrella')
  })

  it('joins no other organisation, and the invitation is not used up', async () => {
    await using at = await open()
    const { call, doorward, ada } = at
    const { organisations, invitations, members } = doorward.instance.orgs
    const { id: third } = await organisations.create({ name: 'Zeta', slug: 'zeta', ownerId: at.bob.id })
    const { token } = await invitations.create({ organisationId: third, email: ada.email ?? '' })
    const refused = await call('POST', '/api/account/invitations/accept/', { token })
    assert.deepEqual([refused.status, refused.json['code']], [403, 'permission_denied'])
    assert.match(String(refused.json['detail']), /for one organisation, and joins no other/)
    assert.equal(await members.find(third, ada.id), null)
    await invitations.accept(token, ada.id)
    // Nor has it become good for that one.
    assert.equal((await call('GET', `/api/account/organisations/${third}/`)).status, 404)
  })

  it('makes and changes none of the keys that act in all of them', async () => {
    await using at = await open()
    const { call, doorward, ada } = at
    const { record } = await doorward.instance.apiKeys.create({ owner: ada, name: 'hers', scopes: ['account'] })
    const { client, account } = await answeredFor(at)
    const one = `/api/account/keys/${record.id}/`
    for (const [method, path, body] of [
      ['POST', `/api/account/apps/${client.id}/finish/`, undefined],
      ['POST', `/api/account/apps/${client.id}/disable/`, undefined],
      ['PATCH', `/api/account/service-accounts/${account.id}/`, { scopes: [] }],
      ['POST', `/api/account/service-accounts/${account.id}/disable/`, undefined],
      ['PATCH', one, { name: 'mine' }],
      ['PATCH', one, { allowed_addresses: [] }],
      ['POST', `${one}finish/`, undefined],
      ['POST', `${one}cancel/`, undefined],
      ['POST', `${one}disable/`, undefined],
      ['POST', `${one}enable/`, undefined],
      ['POST', `${one}revoke/`, undefined],
    ] as const) {
      const refused = await call(method, path, body)
      assert.deepEqual([refused.status, refused.json['code']], [403, 'permission_denied'], `${method} ${path}`)
      assert.match(String(refused.json['detail']), /for one organisation, and an? [a-z ]+ is (?:for all of them|yours)/)
    }
    const [kept, ...more] = await doorward.instance.apiKeys.list(ada)
    assert.deepEqual(
      [more, kept?.name, kept?.revokedAt, kept?.disabledAt, kept?.rotation],
      [[], 'hers', null, null, null],
    )
  })

  it('makes none, as no token of an application does: what it made would outlive its being taken out', async () => {
    for (const isBound of [true, false]) {
      await using at = await open(isBound)
      const { call, doorward, ada } = at
      const { record } = await doorward.instance.apiKeys.create({ owner: ada, name: 'hers', scopes: ['account'] })
      const { client, account } = await answeredFor(at)
      const one = `/api/account/keys/${record.id}/`
      for (const [path, body] of [
        ['/api/account/keys/', { name: 'more', scopes: ['account'] }],
        ['/api/account/keys/', { name: 'more' }],
        [`${one}roll/`, {}],
        ['/api/account/apps/', { kind: 'browser', client_name: 'More', redirect_uris: ['https://more.example/cb'] }],
        [`/api/account/apps/${client.id}/roll/`, {}],
        ['/api/account/service-accounts/', { name: 'more' }],
        [`/api/account/service-accounts/${account.id}/keys/`, { name: 'more' }],
      ] as const) {
        const refused = await call('POST', path, body)
        assert.deepEqual([refused.status, refused.json['code']], [403, 'permission_denied'], path)
      }
      for (const path of [`/api/account/apps/${client.id}/`, `/api/account/service-accounts/${account.id}/`])
        assert.equal((await call('DELETE', path)).status, 403, path)
      assert.equal((await doorward.instance.apiKeys.list(ada)).length, 1)
      assert.equal((await call('GET', '/api/account/keys/')).status, 200)
      if (isBound) continue
      // It looks after those that are there, and neither opens one nor switches one on again.
      assert.equal((await call('PATCH', one, { allowed_addresses: [] })).status, 403)
      assert.equal((await call('POST', `${one}disable/`)).status, 200)
      assert.equal((await call('POST', `${one}enable/`)).status, 403)
      const owned = { name: 'nightly', organisationId: at.acme }
      const ofAcme = await doorward.instance.serviceAccounts.create(owned, { by: { actor: 'system' } })
      for (const place of [
        `/api/account/service-accounts/${account.id}/`,
        `/api/account/organisations/${at.acme}/service-accounts/${ofAcme.id}/`,
        `/api/account/apps/${client.id}/`,
      ]) {
        assert.equal((await call('POST', `${place}disable/`)).status, 200, place)
        const refused = await call('POST', `${place}enable/`)
        assert.deepEqual([refused.status, refused.json['code']], [403, 'permission_denied'], place)
      }
      assert.equal((await call('POST', `${one}revoke/`)).status, 200)
    }
  })

  it('makes no key of a service account either, and neither does an API key', async () => {
    for (const isBound of [true, false]) {
      await using at = await open(isBound)
      const { call, acme, ada, doorward } = at
      const { orgs, serviceAccounts, apiKeys } = doorward.instance
      await orgs.organisations.update(acme, { allowedScopes: ['account', 'read'] })
      const account = await serviceAccounts.create(
        { name: 'job', organisationId: acme, scopes: ['account', 'read'] },
        { by: { actor: 'system' } },
      )
      const path = `/api/account/organisations/${acme}/service-accounts/${account.id}/keys/`
      for (const scopes of [['read'], ['account'], []]) {
        const refused = await call('POST', path, { name: 'by an application', scopes })
        assert.deepEqual([refused.status, refused.json['code']], [403, 'permission_denied'])
      }
      // One that leaked would live on in those that it made.
      const headers = await doorward.as(ada, 'apiKey', { scopes: ['account', 'read'] })
      const made = await at.callWith(headers, 'POST', path, { name: 'by a key', scopes: ['read'] })
      assert.deepEqual([made.status, made.json['code']], [403, 'permission_denied'])
      // A session has no such bounds.
      const session = await doorward.as(ada, 'session')
      assert.equal((await at.callWith(session, 'POST', path, { name: 'by hand', scopes: ['read'] })).status, 201)
      const keys = await apiKeys.list({ kind: 'service_account', id: account.id })
      assert.deepEqual(
        keys.map(({ name }) => name),
        ['by hand'],
      )
    }
  })

  it('makes nobody an owner or admin, as no key does: they would stay so once it is taken out', async () => {
    await using at = await open()
    const { call, callWith, acme, ada, bob, doorward } = at
    const { members, invitations } = doorward.instance.orgs
    await members.add(acme, bob.id, 'member')
    const place = `/api/account/organisations/${acme}/`
    const key = await doorward.as(ada, 'apiKey', { scopes: ['account'] })
    const token = await doorward.as(ada, 'token')
    const others = [key, token].map(
      (headers): typeof call =>
        async (method, path, body) =>
          callWith(headers, method, path, body),
    )
    const { id } = await invitations.create(
      { organisationId: acme, email: 'owner@example.org', standing: 'owner', inviterId: ada.id },
      { actor: `user:${ada.id}`, allowedBy: ada.id },
    )
    const chief = await doorward.instance.orgs.roles.create({
      organisationId: acme,
      name: 'chief',
      permissions: ['members.add', 'members.change'],
    })
    const helper = await doorward.instance.orgs.roles.create({ organisationId: acme, name: 'helper' })
    await doorward.clock.advance('2m')
    for (const ask of [call, ...others]) {
      for (const [method, path, body] of [
        ['POST', 'invitations/', { email: 'eve@example.org', standing: 'owner' }],
        ['POST', 'invitations/', { email: 'eve@example.org', standing: 'admin' }],
        ['POST', `invitations/${id}/resend/`, undefined],
        ['PATCH', `members/${bob.id}/`, { standing: 'admin' }],
        ['PUT', `members/${bob.id}/roles/${chief.id}/`, {}],
        ['POST', 'roles/', { name: 'boss', permissions: ['members.change'] }],
        ['PATCH', `roles/${helper.id}/`, { permissions: ['members.change'] }],
        ['POST', 'transfer/', { from: ada.id, to: bob.id }],
      ] as const) {
        const refused = await ask(method, `${place}${path}`, body)
        assert.deepEqual([refused.status, refused.json['code']], [403, 'permission_denied'], `${method} ${path}`)
      }
    }
    assert.equal((await call('PUT', `${place}members/${bob.id}/roles/${helper.id}/`, {})).status, 200)
    assert.equal((await call('PATCH', `${place}roles/${helper.id}/`, { description: 'Helps.' })).status, 200)
    // Ordinary members come and go by it, and somebody who is too much becomes less.
    const invited = await call('POST', `${place}invitations/`, { email: 'new@example.org' })
    assert.equal(invited.status, 201)
    await members.setStanding(acme, bob.id, 'admin')
    assert.equal((await call('PATCH', `${place}members/${bob.id}/`, { standing: 'member' })).status, 200)
    const session = await doorward.as(ada, 'session')
    const raised = await callWith(session, 'PATCH', `${place}members/${bob.id}/`, { standing: 'admin' })
    assert.equal(raised.status, 200)
  })

  it('is a token of the user too, that keys are not made with: it may be found by somebody else as well', async () => {
    await using at = await open()
    const { callWith, doorward, ada } = at
    const token = await doorward.as(ada, 'token')
    const { client, account } = await answeredFor(at)
    for (const [path, body] of [
      ['/api/account/keys/', { name: 'more' }],
      ['/api/account/apps/', { kind: 'browser', client_name: 'More', redirect_uris: ['https://more.example/cb'] }],
      [`/api/account/apps/${client.id}/roll/`, {}],
      [`/api/account/service-accounts/${account.id}/keys/`, { name: 'more' }],
    ] as const) {
      const refused = await callWith(token, 'POST', path, body)
      assert.deepEqual([refused.status, refused.json['code']], [403, 'permission_denied'], path)
    }
    assert.deepEqual(await doorward.instance.apiKeys.list(ada), [])
  })

  it('administers nothing, whoever its user is: that is for all organisations', async () => {
    for (const isBound of [true, false]) {
      await using at = await open(isBound)
      const { call, doorward, ada, bob } = at
      await doorward.instance.users.update(ada.id, { isStaff: true, isSuperuser: true })
      for (const [method, path] of [
        ['GET', '/api/admin/users/'],
        ['GET', `/api/admin/users/${bob.id}/`],
        ['OPTIONS', '/api/admin/users/'],
        ['POST', `/api/admin/users/${bob.id}/disable/`],
      ] as const) {
        const { status, json } = await call(method, path)
        assert.equal(status === 403, isBound, path)
        if (isBound) assert.match(String(json['detail']), /for one organisation, and administration is for all/)
      }
      assert.equal((await doorward.instance.users.find(bob.id))?.isActive, isBound)
    }
  })

  it('takes no way to sign in away', async () => {
    await using at = await open()
    const { call, doorward, ada } = at
    const row = { provider: 'acme', issuer: '', subject: '1', email: null, name: null, created_at: 0 }
    const { database, social } = doorward.instance
    const rest = { id: database.newId(), user_id: parseId(ada.id) ?? 0n, last_used_at: null, refreshing_until: null }
    await database.append({ linked_accounts: { ...row, ...rest, tokens: null } })
    const [linked] = await social.linked.list(ada.id)
    const refused = await call('DELETE', `/api/account/linked-sign-ins/${linked?.id}/`)
    assert.equal(refused.status, 403)
    assert.match(String(refused.json['detail']), /for one organisation, and a sign-in is for all of them/)
    assert.equal((await social.linked.list(ada.id)).length, 1)
  })

  it('is dead once its user has left, and stays so when they come back', async () => {
    await using at = await open()
    const { call, doorward, acme, ada, bob } = at
    const { members } = doorward.instance.orgs
    await members.add(acme, bob.id, 'owner')
    await members.remove(acme, ada.id)
    assert.equal((await call('GET', '/api/account/organisations/')).status, 401)
    await members.add(acme, ada.id, 'owner')
    assert.equal((await call('GET', '/api/account/organisations/')).status, 401)
  })
})

/** Ada owns Acme and Umbrella; the token is for Acme, or for both. */
async function open(isBound = true) {
  const oauthScopes = { account: 'Use your account', admin: 'Administer this site' }
  const doorward = await createTestDoorward({ settings: { oauthScopes } })
  const base = await doorward.listen()
  const { oauth, orgs, database, clock } = doorward.instance
  const ada = await doorward.users.create({ username: 'ada', email: 'ada@example.org', emailVerified: true })
  const bob = await doorward.users.create({ username: 'bob' })
  const { id: acme } = await orgs.organisations.create({ name: 'Acme', slug: 'acme', ownerId: ada.id })
  const { id: umbrella } = await orgs.organisations.create({ name: 'Umbrella', slug: 'umbrella', ownerId: ada.id })
  const values = {
    name: 'Notes',
    authMethod: 'none',
    redirectUris: ['https://app.example/cb'],
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: ['account', 'admin'],
  } as const
  const made = await oauth.clients.create(values, { by: { actor: 'system' } })
  const client = await oauth.findClient(made.client.id)
  assert.ok(client !== null)
  const row = oauth.grants.make({
    clientKey: client.key,
    userId: parseId(ada.id) ?? 0n,
    ...(isBound ? { organisationId: parseId(acme) } : {}),
    signInId: null,
    scopes: ['account', 'admin'],
    resources: [],
    isOffline: true,
    expiresAt: clock() + 86_400_000,
    detail: { by: 'authorization_code' },
  })
  const grant = { id: row.id, expiresAt: row.expires_at }
  const { text, row: token } = oauth.refreshTokens.first({ grant, client, confirmation: null, now: clock() })
  await database.append({ grants: row, grant_tokens: token })
  const body = new URLSearchParams({ grant_type: 'refresh_token', client_id: client.id, refresh_token: text })
  const given = (await (await fetch(`${base}/o/token/`, { method: 'POST', body })).json()) as Record<string, string>
  const callWith = async (who: Readonly<Record<string, string>>, method: string, path: string, sent?: unknown) => {
    const answer = await fetch(base + path, {
      method,
      headers: { ...who, 'content-type': 'application/json' },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    })
    const answered = await answer.text()
    return { status: answer.status, json: JSON.parse(answered || '{}') as Record<string, unknown> }
  }
  const call = async (...asked: [method: string, path: string, sent?: unknown]) =>
    callWith({ authorization: `Bearer ${given['access_token']}` }, ...asked)
  return {
    callWith,
    doorward,
    ada,
    bob,
    acme,
    umbrella,
    call,
    [Symbol.asyncDispose]: async () => doorward[Symbol.asyncDispose](),
  }
}

/** An application and a service account that Ada answers for. */
async function answeredFor({ doorward, ada }: Awaited<ReturnType<typeof open>>) {
  const { oauth, serviceAccounts } = doorward.instance
  const by = { actor: 'system' }
  const { client } = await oauth.clients.create(
    { name: 'Hers', redirectUris: ['https://hers.example/cb'], grantTypes: ['authorization_code'] },
    { by, owner: ada.id },
  )
  return { client, account: await serviceAccounts.create({ name: 'hers', ownerId: ada.id }, { by }) }
}
