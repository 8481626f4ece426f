import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertGuarded, auditRoutes } from './audit-routes.ts'
import { hasScope } from './has-scope.ts'
import { isStaff } from './is-staff.ts'

const routes = [
  { method: 'POST', path: '/notes', policy: hasScope('write') },
  { method: 'GET', path: '/admin', policy: isStaff },
  { method: 'GET', path: '/livez', policy: null },
]

describe('auditRoutes', () => {
  it('lists every route with its policy, by path', () => {
    assert.equal(
      auditRoutes(routes).text,
      ['GET   /admin  isStaff', 'GET   /livez  UNGUARDED', "POST  /notes  hasScope('write')"].join('\n'),
    )
  })
})

describe('assertGuarded', () => {
  it('fails on a route without a policy, and names it [B-PERM-18]', () => {
    assert.throws(() => assertGuarded(routes), /GET \/livez/)
    assert.doesNotThrow(() => assertGuarded(routes, { allow: ['GET /livez'] }))
  })
})
