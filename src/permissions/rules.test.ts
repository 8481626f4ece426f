import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Identity, User } from '../core/identity.ts'
import type { Check } from '../core/permission.ts'
import { allowAny } from './allow-any.ts'
import { freshLogin } from './fresh-login.ts'
import { hasAnyScope, hasScope, hasScopeByMethod } from './has-scope.ts'
import { hasPermission } from './has-permission.ts'
import { isAuthenticatedOrReadOnly } from './is-authenticated-or-read-only.ts'
import { isAuthenticated } from './is-authenticated.ts'
import { isOwner } from './is-owner.ts'
import { isReadOnly } from './is-read-only.ts'
import { isStaff } from './is-staff.ts'
import { isSuperuser } from './is-superuser.ts'
import { isUser } from './is-user.ts'
import { isVia } from './is-via.ts'
import { modelPermissions } from './model-permissions.ts'
import { objectPermissions } from './object-permissions.ts'

const user = (more: Partial<User> = {}, auth: unknown = null, via = 'session'): Identity => ({
  via,
  principal: { kind: 'user', id: 'ada', name: 'ada', ...more },
  auth,
})
const machine = (scopes: readonly string[], auth: unknown = {}): Identity => ({
  via: 'apiKey',
  principal: { kind: 'service_account', id: 's1', name: 'reporting', ownerId: null, scopes },
  auth,
})
const client: Identity = {
  via: 'oauth2',
  principal: { kind: 'client', id: 'c1', name: 'partner' },
  auth: { scopes: ['read'] },
}
const check = (identity: Identity | null, method = 'GET', resource?: unknown): Check => ({
  request: { method, url: '/', headers: { get: () => null } },
  identity,
  resource,
})

describe('the simple rules', () => {
  it('tell strangers, people, machines and clients apart', async () => {
    const table = [
      [allowAny, true, true, true, true],
      [isAuthenticated, false, true, true, true],
      [isUser, false, true, false, false],
    ] as const
    for (const [rule, ...expected] of table) {
      const answers = await Promise.all([null, user(), machine([]), client].map((identity) => rule(check(identity))))
      assert.deepEqual(answers, expected, rule.rule?.name)
    }
  })

  it('ask for is_staff and nothing else, as IsAdminUser does [B-PERM-14]', async () => {
    assert.equal(await isStaff(check(user({ isStaff: true }))), true)
    assert.equal(await isStaff(check(user({ isSuperuser: true }))), false)
    assert.equal(await isStaff(check(null)), false)
    assert.equal(await isSuperuser(check(user({ isStaff: true }))), false)
    assert.equal(await isSuperuser(check(user({ isSuperuser: true }))), true)
  })

  it('open GET, HEAD and OPTIONS to everybody, and nothing else [B-PERM-13]', async () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      assert.equal(await isReadOnly(check(null, method)), true)
      assert.equal(await isAuthenticatedOrReadOnly(check(null, method)), true)
    }
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'get']) {
      assert.equal(await isReadOnly(check(user(), method)), false)
      assert.equal(await isAuthenticatedOrReadOnly(check(null, method)), false)
      assert.equal(await isAuthenticatedOrReadOnly(check(user(), method)), true)
    }
  })

  it('know by which authenticator somebody came', async () => {
    assert.equal(await isVia('session', 'jwt')(check(user())), true)
    assert.equal(await isVia('jwt')(check(user())), false)
    assert.equal(await isVia('jwt')(check(null)), false)
  })
})

describe('hasScope', () => {
  it("bounds a credential by its own scopes, a machine by its account's, and a session by nothing", async () => {
    assert.equal(await hasScope('read')(check(user({}, { scopes: ['read'] }))), true)
    assert.equal(await hasScope('read')(check(machine(['read'], {}))), true)
    assert.equal(await hasScope('read', 'write')(check(user())), true)
    assert.equal(await hasScope('read')(check(null)), false)
  })

  it('names what is missing, and never crashes on a credential without scopes [B-PERM-15 B-KEY-15]', async () => {
    const lacking = [
      user({}, { scopes: [] }),
      user({}, { scopes: 'write' }),
      user({}, { scopes: new Set(['write']) }),
      user({}, { scopes: ['readwrite', 'Write'] }),
      machine([], {}),
    ]
    for (const identity of lacking) {
      await assert.rejects(hasScope('write')(check(identity)), {
        status: 403,
        code: 'insufficient_scope',
        challenge: { error: 'insufficient_scope', scope: 'write' },
      })
    }
  })

  it('has a form for any of several, and one by method', async () => {
    assert.equal(await hasAnyScope('write', 'read')(check(client)), true)
    await assert.rejects(hasAnyScope('a', 'b')(check(client)), {
      challenge: { error: 'insufficient_scope', scope: 'a b' },
    })
    const byMethod = hasScopeByMethod({ read: 'read', write: 'write' })
    assert.equal(await byMethod(check(client, 'GET')), true)
    await assert.rejects(byMethod(check(client, 'POST')), { code: 'insufficient_scope' })
  })

  it('refuses what is no scope at construction (RFC 6749, section 3.3)', () => {
    for (const scope of ['', 'a b', 'a"b', 'é']) assert.throws(() => hasScope(scope), TypeError)
    assert.throws(() => hasScope(), TypeError)
  })
})

describe('hasPermission and modelPermissions', () => {
  const editor = user({ permissions: new Set(['notes.add', 'notes.change']) })

  it('need every permission that is named; superusers have all', async () => {
    assert.equal(await hasPermission('notes.add', 'notes.change')(check(editor)), true)
    assert.equal(await hasPermission('notes.add', 'notes.delete')(check(editor)), false)
    assert.equal(await hasPermission('anything.at-all')(check(user({ isSuperuser: true }))), true)
    assert.equal(await hasPermission('notes.add')(check(client)), false)
    assert.equal(await hasPermission('notes.add')(check(null)), false)
  })

  it('follow the method [B-PERM-06]', async () => {
    const rule = modelPermissions('notes')
    const answers = async (identity: Identity | null) =>
      Promise.all(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => rule(check(identity, method))))
    assert.deepEqual(await answers(editor), [true, true, true, true, false])
    assert.deepEqual(await answers(user()), [true, false, false, false, false])
    assert.deepEqual(await answers(null), [false, false, false, false, false])
  })

  it('answer 405 to a method that they do not know, also one that every object has [B-PERM-07]', async () => {
    for (const method of ['PROPFIND', 'constructor', 'toString']) {
      await assert.rejects(modelPermissions('notes')(check(editor, method)), {
        status: 405,
        headers: { allow: 'GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE' },
      })
    }
    assert.equal(await modelPermissions('notes')(check(null, 'PROPFIND')), false, 'a stranger learns nothing')
  })

  it('refuse to be made without what they need [B-PERM-11]', () => {
    for (const model of ['', ' ', 'notes ', '.', 'a..b', undefined]) {
      assert.throws(() => modelPermissions(model as string), /name of a model/)
    }
    assert.throws(() => hasPermission(), /at least one permission/)
    assert.throws(() => hasPermission('notes.add', ''), /not empty/)
    assert.throws(() => isVia(), /name of an authenticator/)
    for (const within of [0, -1, Number.NaN]) assert.throws(() => freshLogin({ within }), /freshLogin: within/)
  })

  it('can ask for view, or let strangers read', async () => {
    assert.equal(await modelPermissions('notes', { view: true })(check(editor)), false)
    assert.equal(await modelPermissions('notes', { anonymousReads: true })(check(null)), true)
    assert.equal(await modelPermissions('notes', { anonymousReads: true })(check(null, 'POST')), false)
  })

  it('ask for the names that permissions have in Django, where those came from there [B-PERM-06]', async () => {
    const rule = modelPermissions('notes.note', { names: 'django', view: true })
    const answers = async (...held: string[]) =>
      Promise.all(
        ['GET', 'POST', 'PATCH', 'DELETE'].map((method) => rule(check(user({ permissions: new Set(held) }), method))),
      )
    assert.deepEqual(await answers('notes.add_note', 'notes.view_note'), [true, true, false, false])
    assert.deepEqual(await answers('notes.change_note', 'notes.delete_note'), [false, false, true, true])
    assert.deepEqual(await answers('notes.note.add', 'notes.add'), [false, false, false, false])
    for (const model of ['notes', 'shop.notes.note']) {
      assert.throws(() => modelPermissions(model, { names: 'django' }), /needs app and model, such as notes\.note/)
    }
  })
})

describe('isOwner and objectPermissions', () => {
  const mine = { ownerId: 'ada' }
  const theirs = { ownerId: 'bob' }

  it('compare the owner with the principal; null is nobody, and without a resource nothing is theirs', async () => {
    for (const rule of [isOwner('ownerId'), isOwner((note: { ownerId: string | null }) => note.ownerId)]) {
      const ask = async (identity: Identity | null, resource?: { ownerId: string | null }) =>
        rule({ ...check(identity), resource: resource as { ownerId: string | null } })
      assert.equal(await ask(user(), mine), true)
      assert.equal(await ask(user(), theirs), false)
      assert.equal(await ask(user(), { ownerId: null }), false)
      assert.equal(await ask(user()), false)
      assert.equal(await ask(null, { ownerId: null }), false)
    }
  })

  it('can run against an object that is only proposed [B-PERM-17]', async () => {
    assert.equal(await isOwner('ownerId')({ ...check(user(), 'POST'), resource: mine }), true)
  })

  it('hide what may not be read, and refuse what may not be changed [B-PERM-08]', async () => {
    const rule = objectPermissions<{ ownerId: string; shared?: boolean } | undefined>({
      read: async ({ identity, resource }) =>
        identity !== null && (resource?.shared === true || resource?.ownerId === identity.principal.id),
      change: isOwner('ownerId'),
    })
    const ask = async (method: string, resource: { ownerId: string; shared?: boolean }) =>
      rule({ ...check(user(), method), resource })
    assert.equal(await ask('GET', mine), true)
    assert.equal(await ask('PUT', mine), true)
    assert.equal(await ask('PUT', { ownerId: 'bob', shared: true }), false)
    await assert.rejects(ask('GET', theirs), { status: 404 })
    await assert.rejects(ask('PUT', theirs), { status: 404 })
  })
})

describe('freshLogin', () => {
  const rule = freshLogin({ within: 600, clock: () => 1_000_000 })

  it('passes a sign-in of a short while ago', async () => {
    assert.equal(await rule(check(user({}, { authenticatedAt: 400_000 }))), true)
    assert.equal(await rule(check(null)), false)
  })

  it('asks for a newer one otherwise (RFC 9470, section 3)', async () => {
    for (const auth of [
      { authenticatedAt: 399_999 },
      { authenticatedAt: 1_000_001 },
      { authenticatedAt: Number.NaN },
      {},
      null,
    ]) {
      await assert.rejects(rule(check(user({}, auth))), {
        status: 401,
        code: 'insufficient_user_authentication',
        challenge: { error: 'insufficient_user_authentication', max_age: '600' },
      })
    }
  })
})
