import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { matches } from '../core/filter.ts'
import type { Identity, Principal } from '../core/identity.ts'
import type { Check } from '../core/permission.ts'
import { filterFor } from './combination.ts'
import { isOwner } from './is-owner.ts'

const ada = came({ kind: 'user', id: '1', name: 'ada' })
const partner = came({ kind: 'client', id: '1', name: 'partner' })
const job = came({ kind: 'service_account', id: '1', name: 'job', ownerId: null, scopes: [] })
const mine = { ownerId: '1' }

describe('isOwner', () => {
  it('takes no client and no service account for the user of the same id, nor lists their things [B-THR-13]', async () => {
    for (const rule of [isOwner('ownerId'), isOwner((note: typeof mine | undefined) => note?.ownerId ?? null)]) {
      assert.equal(await rule(check(ada, mine)), true)
      assert.equal(await rule(check(partner, mine)), false)
      assert.equal(await rule(check(job, mine)), false)
    }
    assert.equal(matches(filterFor(isOwner('ownerId'), ada), mine), true)
    assert.equal(matches(filterFor(isOwner('ownerId'), partner), mine), false)
    assert.equal(matches(filterFor(isOwner('ownerId'), null), { ownerId: null }), false)
  })

  it('lets other kinds own things where it is told that they do', async () => {
    const rule = isOwner('ownerId', { kinds: ['user', 'service_account'] })
    assert.equal(await rule(check(job, mine)), true)
    assert.equal(await rule(check(partner, mine)), false)
    assert.equal(matches(filterFor(rule, job), mine), true)
  })

  it('compares texts only, and only fields that the resource has itself', async () => {
    const rule = isOwner('ownerId')
    for (const resource of [
      { ownerId: 1 },
      { ownerId: ['1'] },
      { ownerId: null },
      {},
      null,
      '1',
      Object.create(mine),
    ]) {
      assert.equal(await rule(check(ada, resource as typeof mine)), false)
    }
    const later = isOwner((async () => '1') as unknown as () => string)
    assert.equal(await later(check(ada, mine)), false, 'a promise is no id')
  })

  it('refuses what names no field and no kind, at construction', () => {
    assert.throws(() => isOwner(''), /name of the field/)
    assert.throws(() => isOwner(undefined as unknown as string), /name of the field/)
    assert.throws(() => isOwner('ownerId', { kinds: [] }), /at least one kind/)
  })
})

function came(principal: Principal): Identity {
  return { via: 'session', principal, auth: null }
}

function check<Resource>(identity: Identity | null, resource: Resource): Check<Identity | null, Resource> {
  return { request: { method: 'GET', url: '/', headers: { get: () => null } }, identity, resource }
}
