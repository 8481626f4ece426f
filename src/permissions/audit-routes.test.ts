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

describe('auditRoutes with exceptions', () => {
  it('tells a route that may be open from one that was forgotten [B-PERM-18]', () => {
    const { text, unguarded } = auditRoutes(routes, { allow: ['GET /livez', 'POST /nowhere'] })
    assert.match(text, /GET {3}\/livez {2}no policy, as allowed/)
    assert.deepEqual(unguarded, [])
    assert.deepEqual(
      auditRoutes(routes, { allow: ['POST /livez', '/livez', 'GET /livez/'] }).unguarded.map(({ path }) => path),
      ['/livez'],
    )
  })

  it('lists nothing for an application without routes', () => {
    assert.deepEqual(auditRoutes([]), { routes: [], unguarded: [], text: '' })
  })
})

describe('assertGuarded', () => {
  it('fails on a route without a policy, and names it [B-PERM-18]', () => {
    assert.throws(() => assertGuarded(routes), /GET \/livez/)
    assert.doesNotThrow(() => assertGuarded(routes, { allow: ['GET /livez'] }))
  })
})
