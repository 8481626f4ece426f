import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Identity } from '../core/identity.ts'
import { hasPermission } from '../permissions/has-permission.ts'
import { hasRole } from '../permissions/has-role.ts'
import { memberOf } from '../permissions/member-of.ts'
import { createTestDoorward, type TestDoorward } from '../testing/test-doorward.ts'
import type { CredentialKind, TestUser } from '../testing/test-credentials.ts'

const kinds: readonly CredentialKind[] = ['session', 'basic', 'token', 'jwt', 'apiKey']
const by = { actor: 'system' }

describe('roles and organisations, at the door of the server', () => {
  it('are there by every way in', async () => {
    await using door = await createTestDoorward()
    const { ada, acme } = await open(door)
    for (const kind of kinds) {
      const request = door.request('GET', '/', await door.as(ada, kind))
      const { principal } = await door.auth.require(request, hasRole('support'))
      await door.auth.require(request, hasPermission('tickets.view'))
      await door.auth.require(request, memberOf('acme', { role: 'clerk', permission: 'notes.change' }))
      await door.auth.require(request, memberOf({ organisation: () => acme, role: 'owner' }))
      await assert.rejects(door.auth.require(request, hasPermission('notes.change')), { status: 403 }, kind)
      await assert.rejects(door.auth.require(request, memberOf('other')), { status: 403 }, kind)
      assert.ok(principal.kind === 'user')
      assert.deepEqual([...(principal.roles ?? [])], ['support'], kind)
    }
  })

  it('cost no read more, for whoever has none and for whoever has some', async () => {
    await using door = await createTestDoorward()
    const { ada } = await open(door)
    const nobody = await door.users.create()
    const credentials = await Promise.all(
      [ada, nobody].flatMap((user) => kinds.map(async (kind) => [kind, await door.as(user, kind)] as const)),
    )
    for (const [kind, headers] of credentials) {
      await door.auth.identify(door.request('GET', '/', headers))
      await door.queries.reset()
      await door.auth.identify(door.request('GET', '/', headers))
      assert.ok(door.queries.reads <= 1, `${kind}: ${door.queries.reads}`)
      assert.equal(kind === 'jwt' ? door.queries.reads : 0, 0)
    }
  })

  it('are gone with the next request once they are taken, from JWTs too', async () => {
    await using door = await createTestDoorward()
    const { ada, support, acme } = await open(door)
    const { members, roleGrants } = door.instance.orgs
    const headers = new Map<CredentialKind, Readonly<Record<string, string>>>()
    for (const kind of kinds) headers.set(kind, await door.as(ada, kind))
    await door.clock.advance(2)
    await roleGrants.revoke({ roleId: support, userId: ada.id })
    for (const [kind, sent] of headers) {
      const asked = door.auth.require(door.request('GET', '/', sent), hasRole('support'))
      // The JWT is dead; its refresh token gives one that tells the truth.
      await assert.rejects(asked, { status: kind === 'jwt' ? 401 : 403 }, kind)
    }
    const jwt = await door.as(ada, 'jwt')
    await door.auth.require(door.request('GET', '/', jwt), memberOf('acme'))
    const bob = await door.users.create()
    await members.add(acme, bob.id, 'owner')
    await door.clock.advance(2)
    await members.remove(acme, ada.id)
    await assert.rejects(door.auth.require(door.request('GET', '/', jwt), memberOf('acme')), { status: 401 })
    const session = headers.get('session') ?? {}
    await assert.rejects(door.auth.require(door.request('GET', '/', session), memberOf('acme')), { status: 403 })
  })

  it('end by themselves at their time, and no JWT outlives that', async () => {
    await using door = await createTestDoorward()
    const { ada } = await open(door)
    const { roles, roleGrants } = door.instance.orgs
    const auditor = await roles.create({ name: 'auditor', permissions: ['books.view'] })
    const endsAt = Math.floor(door.clock.now() / 1000) * 1000 + 60_000
    await roleGrants.grant({ roleId: auditor.id, userId: ada.id, endsAt })
    const [session, jwt] = [await door.as(ada, 'session'), await door.as(ada, 'jwt')]
    const ask = async (headers: Readonly<Record<string, string>>): Promise<Identity> =>
      door.auth.require(door.request('GET', '/', headers), hasPermission('books.view'))
    await door.clock.advance('55s')
    await ask(session)
    await ask(jwt)
    await door.clock.advance('6s')
    await assert.rejects(ask(session), { status: 403 })
    await assert.rejects(ask(jwt), { status: 401 })
    await assert.rejects(ask(await door.as(ada, 'jwt')), { status: 403 })
  })

  it('are not in JWTs where the setting says so, and are then not there for rules', async () => {
    await using door = await createTestDoorward({ settings: { jwtRoleClaims: ['roles'] } })
    const { ada } = await open(door)
    const request = door.request('GET', '/', await door.as(ada, 'jwt'))
    await door.auth.require(request, hasRole('support'))
    await assert.rejects(door.auth.require(request, memberOf('acme')), { status: 403 })
  })

  it('leave organisations out of a JWT that would be too long for a header', async () => {
    await using door = await createTestDoorward()
    const { ada } = await open(door)
    for (let turn = 0; turn < 20; turn += 1) {
      await door.instance.orgs.organisations.create({ name: 'Many', slug: `many-${turn}`, ownerId: ada.id })
    }
    const request = door.request('GET', '/', await door.as(ada, 'jwt'))
    await door.auth.require(request, hasRole('support'))
    await assert.rejects(door.auth.require(request, memberOf('acme')), { status: 403 })
    await door.auth.require(door.request('GET', '/', await door.as(ada, 'session')), memberOf('acme'))
  })
})

describe('an organisation that is suspended', () => {
  it('has its clients refused at the token endpoint and at the door, and goes on afterwards', async () => {
    await using door = await createTestDoorward({ settings: { oauthScopes: { read: 'Read' } } })
    const { acme } = await open(door)
    const base = await door.listen()
    const { organisations } = door.instance.orgs
    const tokens: Readonly<Record<string, string>>[] = []
    const asks: (() => Promise<Response>)[] = []
    for (const accessTokenFormat of ['opaque', 'jwt'] as const) {
      const { client, secret } = await door.instance.oauth.clients.create(
        { name: 'A job', grantTypes: ['client_credentials'], scopes: ['read'], accessTokenFormat },
        { by, organisation: acme },
      )
      assert.equal(client.organisationId, acme)
      const basic = Buffer.from(`${client.id}:${secret}`).toString('base64')
      asks.push(async () =>
        fetch(`${base}/o/token/`, {
          method: 'POST',
          headers: { authorization: `Basic ${basic}` },
          body: new URLSearchParams({ grant_type: 'client_credentials' }),
        }),
      )
      const answer = (await (await asks.at(-1)?.())?.json()) as { access_token: string }
      tokens.push({ authorization: `Bearer ${answer.access_token}` })
    }
    const enter = async (headers: Readonly<Record<string, string>> = {}): Promise<Identity> =>
      door.auth.require(door.request('GET', '/', headers), memberOf('acme'))
    for (const token of tokens) {
      const { principal } = await enter(token)
      assert.deepEqual(principal.kind === 'client' && principal.organisation, { id: acme, slug: 'acme' })
    }
    await door.clock.advance(2)
    await organisations.suspend(acme)
    for (const token of tokens) await assert.rejects(enter(token), { status: 401 })
    for (const ask of asks) assert.equal((await ask()).status, 401)
    await door.clock.advance(2)
    await organisations.resume(acme)
    const [opaque, jwt] = tokens
    await enter(opaque)
    await assert.rejects(enter(jwt), { status: 401 })
    for (const ask of asks) assert.equal((await ask()).status, 200)
    assert.equal((await organisations.counts(acme)).clients, 2)
    await organisations.delete(acme)
    for (const token of tokens) await assert.rejects(enter(token), { status: 401 })
    for (const ask of asks) assert.equal((await ask()).status, 401)
  })

  it('shows its clients to no other organisation (AD01)', async () => {
    await using door = await createTestDoorward()
    const { acme, ada } = await open(door)
    const { clients } = door.instance.oauth
    const { id: other } = await door.instance.orgs.organisations.create({ name: 'O', slug: 'o', ownerId: ada.id })
    const values = { name: 'A job', grantTypes: ['client_credentials'] as const }
    const { client } = await clients.create(values, { by, organisation: acme })
    assert.equal(await clients.find(client.id, { organisation: other }), null)
    assert.equal((await clients.find(client.id, { organisation: acme }))?.id, client.id)
    assert.deepEqual((await clients.list({ organisation: other })).clients, [])
    assert.equal((await clients.list({ organisation: acme })).clients.length, 1)
    await assert.rejects(clients.disable(client.id, { by, organisation: other }), { status: 404 })
    await assert.rejects(clients.create(values, { by, organisation: 'x' }), { status: 400 })
    await assert.rejects(clients.create(values, { by, organisation: '00000000001' }), { status: 400 })
  })
})

interface Opened {
  readonly ada: TestUser
  readonly acme: string
  readonly support: string
}

/** Ada has a role everywhere, owns an organisation and has another role in it. */
async function open({ users, instance }: TestDoorward): Promise<Opened> {
  const { organisations, roles, roleGrants } = instance.orgs
  const ada = await users.create({ username: 'ada' })
  const allowedPermissions = ['notes.change']
  const acme = await organisations.create({ name: 'Acme', slug: 'acme', ownerId: ada.id, allowedPermissions })
  const support = await roles.create({ name: 'support', permissions: ['tickets.view'] })
  const clerk = await roles.create({ name: 'clerk', permissions: ['notes.change'], organisationId: acme.id })
  for (const { id } of [support, clerk]) await roleGrants.grant({ roleId: id, userId: ada.id })
  return { ada, acme: acme.id, support: support.id }
}
