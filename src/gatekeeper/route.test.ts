import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PermissionDenied } from '../core/errors.ts'
import { nameOf } from '../core/permission.ts'
import { isStaff } from '../permissions/is-staff.ts'
import { createRouteFinder, readRoutes } from './route.ts'

const plain = { name: 'notes', host: 'notes.example', path: '/*', policy: 'isAuthenticated' }

describe('readRoutes', () => {
  it('reads policies by name and as permissions', () => {
    const policies = [
      'allowAny',
      'isUser',
      'isSuperuser',
      'isAuthenticatedOrReadOnly',
      'hasScope:write',
      'hasScope:notes.read notes:write',
      'hasAnyScope:read write',
      'hasPermission:notes.change',
      'isVia:session',
      isStaff,
    ]
    const read = readRoutes(policies.map((policy) => ({ ...plain, policy })))
    assert.deepEqual(
      read.map(({ policy }) => nameOf(policy)),
      [
        'allowAny',
        'isUser',
        'isSuperuser',
        'isAuthenticatedOrReadOnly',
        "hasScope('write')",
        "hasScope('notes.read', 'notes:write')",
        "hasAnyScope('read', 'write')",
        "hasPermission('notes.change')",
        "isVia('session')",
        'isStaff',
      ],
    )
  })

  for (const [given, fault] of [
    ['all', /a list/],
    [[null], /route 1: it is an object/],
    [[plain, 1], /route 2: it is an object/],
    [[{}], /name is such as/],
    [[{ ...plain, polices: [] }], /it has no polices/],
    [[{ ...plain, name: 'two words' }], /name is such as/],
    [[{ ...plain, name: 5 }], /name is such as/],
    [[{ ...plain, host: 'https://notes.example' }], /host is such as notes\.example\.com, without scheme/],
    [[{ ...plain, host: '*.example' }], /host is such as/],
    [[{ ...plain, host: 'a.example, b.example' }], /host is such as/],
    [[{ ...plain, host: '' }], /host is such as/],
    [[{ ...plain, path: 'admin' }], /path is such as/],
    [[{ ...plain, path: '/admin/' }], /write \/admin\/\* for all below \/admin\/, or \/admin for that one path/],
    [[{ ...plain, path: '/a/*/b' }], /path is such as/],
    [[{ ...plain, path: '/a*' }], /path is such as/],
    [[{ ...plain, path: '/a//b' }], /path is such as/],
    [[{ ...plain, path: '/a%2fb' }], /path is such as/],
    [[{ ...plain, path: '/a?b' }], /path is such as/],
    [[{ ...plain, methods: [] }], /methods is a list/],
    [[{ ...plain, methods: ['get'] }], /methods is a list/],
    [[{ ...plain, methods: 'GET' }], /methods is a list/],
    [[{ ...plain, api: 'yes' }], /api is true or false/],
    [[{ ...plain, policy: 'isadmin' }], /"isadmin" is no policy\. It is one of allowAny, /],
    [[{ ...plain, policy: 'constructor' }], /is no policy/],
    [[{ ...plain, policy: 'hasScope' }], /is no policy/],
    [[{ ...plain, policy: 'hasScope:' }], /at least one scope/],
    [[{ ...plain, policy: 'hasScope:"' }], /is not a scope/],
    [[{ ...plain, policy: 'toString:x' }], /is no policy/],
    [[{ ...plain, policy: undefined }], /policy is a permission, or the name of one/],
    [[{ ...plain, policy: true }], /policy is a permission, or the name of one/],
  ] as const) {
    it(`refuses ${JSON.stringify(given).slice(0, 90)}, saying what is needed`, () => {
      assert.throws(() => readRoutes(given), fault)
    })
  }
})

describe('createRouteFinder', () => {
  it('lets the first route that fits by host, path and method decide', () => {
    const find = finderOf([
      { name: 'health', path: '/health', policy: 'allowAny' },
      { name: 'reads', path: '/notes/*', methods: ['GET', 'HEAD'] },
      { name: 'admin', path: '/admin/*', policy: 'isStaff' },
      { name: 'rest', path: '/*' },
      { name: 'never', path: '/admin/secret' },
      { name: 'other', host: 'other.example:8443', path: '/*' },
    ])
    assert.equal(find('/health'), 'health')
    assert.equal(find('/health/'), 'health')
    assert.equal(find('/health/more'), 'rest')
    assert.equal(find('/healthy'), 'rest')
    assert.equal(find('/notes'), 'reads')
    assert.equal(find('/notes/'), 'reads')
    assert.equal(find('/notes/1/2'), 'reads')
    assert.equal(find('/notes/1', 'POST'), 'rest')
    assert.equal(find('/notebook'), 'rest')
    assert.equal(find('/admin'), 'admin')
    assert.equal(find('/admin/secret'), 'admin')
    assert.equal(find('/'), 'rest')
    assert.equal(find('/', 'GET', 'other.example:8443'), 'other')
  })

  it('refuses what no route fits: the host, its port, the path, the method', () => {
    const find = finderOf([{ path: '/a', methods: ['GET'] }])
    assert.equal(find('/a'), 'notes')
    assert.throws(() => find('/b'), refusal(/No route fits this path and method/))
    assert.throws(() => find('/a', 'HEAD'), refusal(/No route fits this path and method/))
    assert.throws(() => find('/a', 'GET', 'evil.example'), refusal(/No route has this host/))
    assert.throws(() => find('/a', 'GET', 'notes.example:8443'), refusal(/No route has this host/))
    assert.throws(() => find('/a', 'GET', 'notes.example.'), refusal(/No route has this host/))
    assert.throws(() => find('/a', 'GET', ''), refusal(/No route has this host/))
    assert.throws(() => find('/a', 'GET', '__proto__'), refusal(/No route has this host/))
  })

  it('refuses everything where there are no routes', () => {
    assert.throws(() => finderOf([])('/'), PermissionDenied)
  })

  it('refuses a path that gets by a rule only because its letters are in another case', () => {
    const find = finderOf([
      { name: 'admin', path: '/admin/*', policy: 'isStaff' },
      { name: 'rest', path: '/*' },
    ])
    assert.equal(find('/Reports'), 'rest')
    for (const path of ['/ADMIN/users', '/Admin', '/admiN/']) {
      assert.throws(() => find(path), refusal(/if upper and lower case were the same/), path)
    }
  })

  it('takes a host with its default port for the one without', () => {
    assert.equal(finderOf([{ host: 'notes.example:443', path: '/*' }])('/'), 'notes')
  })

  it('matches an escaped route against the decoded path', () => {
    assert.equal(finderOf([{ path: '/caf%C3%A9' }])('/café'), 'notes')
  })
})

function finderOf(routes: readonly object[]): (path: string, method?: string, host?: string) => string {
  const find = createRouteFinder(readRoutes(routes.map((route) => ({ ...plain, ...route }))), { secure: true })
  return (path, method = 'GET', host = 'notes.example') => find({ path, method, host }).name
}

function refusal(reason: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof PermissionDenied)
    assert.match((error.cause as Error).message, reason)
    return true
  }
}
