import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { matches } from '../core/filter.ts'
import type { Identity, Membership, Principal, User } from '../core/identity.ts'
import type { Check } from '../core/permission.ts'
import { allOf } from './all-of.ts'
import { anyOf } from './any-of.ts'
import { filterFor } from './combination.ts'
import { hasRole } from './has-role.ts'
import { memberOf } from './member-of.ts'
import { not } from './not.ts'
import { objectPermissions } from './object-permissions.ts'

const acme: Membership = {
  id: '00000000001',
  slug: 'acme',
  roles: new Set(['member', 'editor']),
  permissions: new Set(['notes.change']),
}
const other: Membership = { id: '00000000002', slug: 'other', roles: new Set(['owner']), permissions: new Set(['all']) }
const ada = user({ roles: new Set(['support', 'auditor']), organisations: [acme, other] })
const bob = user({})
const root = user({ isSuperuser: true })
const job = came({
  kind: 'service_account',
  id: 's',
  name: 's',
  ownerId: null,
  scopes: [],
  organisation: { id: acme.id, slug: 'acme' },
})
const client = came({ kind: 'client', id: 'c', name: 'c', organisation: { id: acme.id, slug: 'acme' } })
const stranger = came({ kind: 'client', id: 'd', name: 'd' })

describe('hasRole', () => {
  it('lets people in who have every one of the roles, everywhere', async () => {
    assert.equal(await hasRole('support')(check(ada)), true)
    assert.equal(await hasRole('support', 'auditor')(check(ada)), true)
    assert.equal(await hasRole('support', 'boss')(check(ada)), false)
    for (const identity of [null, bob, root, job, client])
      assert.equal(await hasRole('support')(check(identity)), false)
  })

  it('asks for no role that counts in an organisation only', async () => {
    assert.equal(await hasRole('editor')(check(ada)), false)
    assert.equal(await hasRole('owner')(check(ada)), false)
  })

  it('filters lists, and is shown as it is written', () => {
    assert.equal(filterFor(hasRole('support'), ada), true)
    assert.equal(filterFor(hasRole('support'), bob), false)
    assert.equal(hasRole('support', 'auditor').rule?.name, "hasRole('support', 'auditor')")
  })

  it('refuses what is no role, at construction', () => {
    assert.throws(() => hasRole(), /at least one role/)
    for (const name of ['', 'a b', "it's", 7 as unknown as string]) assert.throws(() => hasRole(name), /one word/)
  })
})

describe('memberOf', () => {
  it('lets members of a named organisation in, with a role or permission there', async () => {
    assert.equal(await memberOf('acme')(check(ada)), true)
    assert.equal(await memberOf('acme', { role: 'editor' })(check(ada)), true)
    assert.equal(await memberOf('acme', { permission: 'notes.change' })(check(ada)), true)
    assert.equal(await memberOf('acme', { role: 'editor', permission: 'notes.change' })(check(ada)), true)
    assert.equal(await memberOf('none')(check(ada)), false)
    for (const identity of [null, bob, root, stranger]) assert.equal(await memberOf('acme')(check(identity)), false)
  })

  it('never lets what somebody is in one organisation count in another (AD01)', async () => {
    assert.equal(await memberOf('acme', { role: 'owner' })(check(ada)), false)
    assert.equal(await memberOf('acme', { permission: 'all' })(check(ada)), false)
    assert.equal(await memberOf('acme', { role: 'editor', permission: 'all' })(check(ada)), false)
    assert.equal(await memberOf('other', { role: 'editor' })(check(ada)), false)
    assert.equal(await memberOf('other', { role: 'owner' })(check(ada)), true)
  })

  it('takes the organisation from the resource, or from what a function finds', async () => {
    const byField = memberOf({ field: 'organisationId', role: 'editor' })
    const byRequest = memberOf({ organisation: ({ request }) => request.url.split('/')[1] ?? null })
    for (const [organisationId, expected] of [
      [acme.id, true],
      ['acme', true],
      [other.id, false],
      [null, false],
      ['', false],
    ] as const) {
      assert.equal(await byField(check(ada, { organisationId })), expected, String(organisationId))
    }
    for (const resource of [undefined, null, {}, 'acme', Object.create({ organisationId: acme.id })]) {
      assert.equal(await byField(check(ada, resource as { organisationId: string })), false)
    }
    assert.equal(await byRequest(check(ada, undefined, '/acme/notes')), true)
    assert.equal(await byRequest(check(ada, undefined, '/nobody/notes')), false)
    assert.equal(await byRequest(check(ada, undefined, '/')), false)
    const lost = memberOf({ organisation: (async () => acme.id) as unknown as () => string })
    assert.equal(await lost(check(ada)), false, 'a promise is no id')
  })

  it('lets service accounts and clients of the organisation in, which have no roles there', async () => {
    for (const identity of [job, client]) {
      assert.equal(await memberOf({ field: 'of' })(check(identity, { of: acme.id })), true)
      assert.equal(await memberOf({ field: 'of' })(check(identity, { of: other.id })), false)
      assert.equal(await memberOf({ field: 'of', role: 'member' })(check(identity, { of: acme.id })), false)
      assert.equal(await memberOf({ field: 'of', permission: 'x' })(check(identity, { of: acme.id })), false)
    }
  })

  it('filters a list to what it allows one by one', async () => {
    const notes = [{ of: acme.id }, { of: 'acme' }, { of: other.id }, { of: 'x' }, { of: null }, { of: '' }]
    const rules = [
      memberOf({ field: 'of' }),
      memberOf({ field: 'of', role: 'editor' }),
      memberOf({ field: 'of', permission: 'all' }),
      memberOf({ field: 'of', role: 'boss' }),
      not(memberOf({ field: 'of' })),
      anyOf(memberOf({ field: 'of', role: 'owner' }), allOf(memberOf({ field: 'of' }), hasRole('support'))),
    ]
    for (const rule of rules) {
      for (const identity of [null, ada, bob, root, job, stranger]) {
        const filter = filterFor(rule, identity)
        for (const note of notes) {
          assert.equal(matches(filter, note), await rule(check(identity, note)), `${rule.rule?.name} ${note.of}`)
        }
      }
    }
    assert.equal(filterFor(memberOf('acme'), ada), true)
    assert.equal(filterFor(memberOf('acme'), job), true)
    assert.equal(filterFor(memberOf('acme', { role: 'boss' }), ada), false)
    assert.throws(() => filterFor(memberOf({ organisation: () => acme.id }), ada), /cannot filter a list/)
  })

  it('hides what is of another organisation where it reads objects: 404, not 403 (AD01)', async () => {
    const policy = objectPermissions({
      read: memberOf({ field: 'of' }),
      change: memberOf({ field: 'of', permission: 'notes.change' }),
    })
    await assert.rejects(policy(check(ada, { of: '00000000003' })), { status: 404 })
    await assert.rejects(policy(check(bob, { of: acme.id })), { status: 404 })
    assert.equal(await policy(check(ada, { of: acme.id })), true)
    assert.equal(await policy(check(ada, { of: other.id }, '/', 'POST')), false)
  })

  it('is shown as it is written', () => {
    const name = (rule: { readonly rule?: { readonly name: string } }): string | undefined => rule.rule?.name
    assert.equal(name(memberOf('acme')), "memberOf('acme')")
    assert.equal(name(memberOf('acme', { role: 'admin' })), "memberOf('acme', { role: 'admin' })")
    assert.equal(name(memberOf({ field: 'of' })), "memberOf({ field: 'of' })")
    assert.equal(
      name(memberOf({ organisation: () => null, role: 'a', permission: 'b.c' })),
      "memberOf({ organisation: …, role: 'a', permission: 'b.c' })",
    )
  })

  it('asks for the organisation that the credential is bound to, and passes nobody whose is bound to none', async () => {
    const bound = user({ organisations: [acme], organisation: { id: acme.id, slug: 'acme' } })
    const [any, editor] = [memberOf({ organisation: 'bound' }), memberOf({ organisation: 'bound', role: 'editor' })]
    for (const [identity, passes] of [
      [bound, [true, true]],
      [ada, [false, false]],
      // Programs belong to one, and have no roles in it.
      [job, [true, false]],
      [client, [true, false]],
      [stranger, [false, false]],
      [null, [false, false]],
    ] as const) {
      assert.deepEqual([await any(check(identity)), await editor(check(identity))], passes)
      assert.equal(filterFor(any, identity), passes[0])
    }
  })

  it('refuses what names no organisation, role or permission, at construction', () => {
    assert.throws(() => memberOf(''), /short name/)
    assert.throws(() => memberOf({ field: '' }), /short name/)
    assert.throws(() => memberOf({ organisation: 'acme' as unknown as () => string }), /must be bound, or a function/)
    assert.throws(() => memberOf('acme', { role: '' }), /one word/)
    assert.throws(() => memberOf('acme', { permission: '' }), /not empty/)
  })
})

function user(more: Partial<User>): Identity {
  return came({ kind: 'user', id: 'ada', name: 'ada', ...more })
}

function came(principal: Principal): Identity {
  return { via: 'session', principal, auth: null }
}

function check<Resource>(
  identity: Identity | null,
  resource?: Resource,
  url = '/',
  method = 'GET',
): Check<Identity | null, Resource> {
  return { request: { method, url, headers: { get: () => null } }, identity, resource: resource as Resource }
}
