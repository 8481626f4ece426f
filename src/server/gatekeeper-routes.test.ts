import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { importPublicJwk, type Jwk } from '../crypto/jwk.ts'
import { keysFrom } from '../crypto/jwt.ts'
import { gatekeeper } from '../gatekeeper/gatekeeper.ts'
import { createLog } from './log.ts'
import { serve, type RunningServer } from './serve.ts'
import { readSettings, SettingsInvalid } from './settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'doorward-gatekeeper-'))
const secret = 'a-secret-of-the-proxy-alone'
const password = 'correct horse battery'
const host = 'notes.example'
const routes = [
  { name: 'open', host, path: '/open', policy: 'allowAny' },
  { name: 'api', host, path: '/api/*', policy: 'hasScope:write', api: true },
  { name: 'admin', host, path: '/admin/*', policy: 'isStaff' },
  { name: 'notes', host, path: '/*', policy: 'isAuthenticated' },
]
const common = { publicUrl: 'https://id.example', secret: 'x'.repeat(40), port: 0, gatekeeperRoutes: routes }

let server: RunningServer
let logged = ''
let cookie = ''
let staffCookie = ''
let keys: Readonly<Record<'read' | 'write' | 'job', string>>
let adaId = ''

before(async () => {
  server = await serve(
    readSettings({ ...common, data: folder, gatekeeperPeers: '127.0.0.1', gatekeeperSecret: secret }),
    {
      log: createLog({ level: 'debug', to: { write: (line) => (logged += line) } }),
    },
  )
  const { users, sessions, apiKeys, serviceAccounts, groups } = server.instance
  const ada = await users.create({ username: 'ada', email: 'ada@example.com', emailVerified: true, password })
  const staff = await users.create({ username: 'zoë', email: 'ceo@example.com', password, isStaff: true })
  adaId = ada.id
  const { id: group } = await groups.create({ name: 'the editors, all' })
  await groups.add(group, ada.id)
  cookie = `${sessions.cookieName}=${(await sessions.create({ userId: ada.id })).value}`
  staffCookie = `${sessions.cookieName}=${(await sessions.create({ userId: staff.id })).value}`
  const owner = { kind: 'user', id: ada.id } as const
  const job = await serviceAccounts.create({ name: 'ada', scopes: ['write'] }, { by: { actor: 'system' } })
  keys = {
    read: (await apiKeys.create({ owner, name: 'r', scopes: ['read'] })).key,
    write: (await apiKeys.create({ owner, name: 'w', scopes: ['write'], allowedAddresses: ['203.0.113.7'] })).key,
    job: (await apiKeys.create({ owner: { kind: 'service_account', id: job.id }, name: 'j', scopes: ['write'] })).key,
  }
})

after(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

const gateways = ['nginx', 'forward', 'envoy'] as const

for (const gateway of gateways) {
  describe(`/verify/${gateway}`, () => {
    it('lets a signed-in person through, with all headers and the signed one', async () => {
      const { status, headers, body } = await ask(gateway, '/notes/1?all', { cookie })
      assert.equal(status, 200)
      assert.equal(body, '')
      assert.equal(headers['remote-user'], 'ada')
      assert.equal(headers['remote-groups'], 'the editors%2C all')
      assert.equal(headers['remote-name'], 'ada')
      assert.equal(headers['remote-email'], 'ada@example.com')
      assert.equal(headers['cache-control'], 'no-store')
      const found = await backend('notes', String(headers['doorward-identity']), 'GET', '/notes/1')
      assert.deepEqual([found?.principal.kind, found?.principal.id, found?.auth.via], ['user', adaId, 'session'])
      assert.equal(emailOf(found), 'ada@example.com')
    })

    it('tells no service of an address that nobody has shown to be theirs [RP05]', async () => {
      const { status, headers } = await ask(gateway, '/admin/', { cookie: staffCookie })
      assert.deepEqual([status, headers['remote-email']], [200, ''])
      const found = await backend('admin', String(headers['doorward-identity']), 'GET', '/admin/')
      assert.deepEqual([found?.principal.name, emailOf(found)], ['zoë', null])
    })

    it('encodes a name beyond ASCII', async () => {
      const { headers } = await ask(gateway, '/admin/', { cookie: staffCookie })
      assert.equal(headers['remote-user'], 'zo%C3%AB')
    })

    it('answers a stranger on an open route with every header, empty', async () => {
      const { status, headers } = await ask(gateway, '/open')
      assert.equal(status, 200)
      for (const name of ['remote-user', 'remote-groups', 'remote-name', 'remote-email', 'doorward-identity']) {
        assert.equal(headers[name], '', name)
      }
    })

    it('names no program as a user, even where it is called like one', async () => {
      const { status, headers } = await ask(gateway, '/api/notes', { 'x-api-key': keys.job })
      assert.equal(status, 200)
      assert.equal(headers['remote-user'], '')
      const found = await backend('api', String(headers['doorward-identity']), 'GET', '/api/notes')
      assert.equal(found?.principal.kind, 'service_account')
    })

    it('leads a page load of a stranger to sign in, and back', async () => {
      const { status, headers } = await ask(gateway, '/notes/1?a=b&c', page)
      assert.equal(status, gateway === 'nginx' ? 401 : 302)
      assert.equal(headers.location, 'https://notes.example/accounts/login/?next=%2Fnotes%2F1%3Fa%3Db%26c')
      assert.equal(headers['cache-control'], 'no-store')
    })

    it('tells calls 401 with the challenges, and leads nobody away from an API', async () => {
      for (const [path, headers] of [
        ['/notes/1', {}],
        ['/notes/1', { ...page, 'sec-fetch-mode': 'cors' }],
        ['/notes/1', { accept: 'application/json' }],
        ['/api/notes', page],
      ] as const) {
        const answer = await ask(gateway, path, headers)
        assert.equal(answer.status, 401, path)
        assert.equal(answer.headers.location, undefined)
        assert.match(String(answer.headers['www-authenticate']), /Bearer realm="api"/)
      }
    })

    it('tells 403 those who may not', async () => {
      assert.equal((await ask(gateway, '/admin/', { ...page, cookie })).status, 403)
      const { status, headers } = await ask(gateway, '/api/notes', { 'x-api-key': keys.read })
      assert.equal(status, 403)
      assert.equal(headers['remote-user'], undefined)
      assert.equal(headers['doorward-identity'], undefined)
    })

    it('refuses a bad credential wherever it goes, and never falls back to another [AK01]', async () => {
      for (const headers of [
        { authorization: 'Bearer nonsense', cookie: 'a=b' },
        { authorization: 'Token nonsense' },
        { authorization: 'Basic nonsense' },
        { authorization: 'Bearer a, Bearer b' },
        { 'x-api-key': 'nonsense' },
      ]) {
        for (const path of ['/open', '/notes']) {
          const { status } = await ask(gateway, path, headers)
          assert.equal(status === 401 || status === 403, true, `${path} ${JSON.stringify(headers)} ${status}`)
        }
      }
    })

    it('refuses a malformed cookie, never with a 2xx', async () => {
      const name = server.instance.sessions.cookieName
      const value = cookie.slice(name.length + 1)
      for (const broken of [
        `${name}=`,
        `${name}=x`,
        `${name}="${value}"`,
        `${name}=${value}x`,
        `${name}=${value.slice(0, -1)}`,
        `${name}=${value.toUpperCase()}`,
        `${name}=${value}; ${name}=x`,
        `${name}=%00`,
        `${name}=${'a'.repeat(4000)}`,
        `=${value}`,
        `x${name}=${value}`,
        '\u00ff\u00fe',
        ';;;',
      ]) {
        const { status, headers } = await ask(gateway, '/notes', { cookie: broken })
        assert.equal([400, 401, 403].includes(status), true, `${broken.slice(0, 60)} ${status}`)
        assert.equal(headers['doorward-identity'], undefined)
      }
    })

    it('holds what a cookie decides to the origin, where the method changes something', async () => {
      const post = async (headers: Headers) => (await ask(gateway, '/notes', { cookie, ...headers }, 'POST')).status
      assert.equal(await post({ origin: 'https://notes.example' }), 200)
      assert.equal(await post({ 'sec-fetch-site': 'same-origin' }), 200)
      assert.equal(await post({}), 403)
      assert.equal(await post({ origin: 'https://evil.example' }), 403)
      assert.equal(await post({ origin: 'https://id.example' }), 403)
      assert.equal(await post({ 'sec-fetch-site': 'cross-site' }), 403)
      // A key is not sent by a browser of itself.
      assert.equal((await ask(gateway, '/api/x', { 'x-api-key': keys.job }, 'DELETE')).status, 200)
    })

    it('refuses a WebSocket that the page of another site opens', async () => {
      const opening = { cookie, 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13' }
      assert.equal((await ask(gateway, '/notes', { ...opening, origin: 'https://notes.example' })).status, 200)
      assert.equal((await ask(gateway, '/notes', { ...opening, origin: 'https://evil.example' })).status, 403)
    })

    it('answers nobody but its peers with the secret [AK09 B-REM-03]', async () => {
      for (const shown of [null, '', 'wrong', `${secret}x`, `${secret}, ${secret}`]) {
        logged = ''
        const answer = await ask(gateway, '/open', { 'x-gatekeeper-secret': shown })
        assert.equal(answer.status, 403, String(shown))
        assert.doesNotMatch(answer.body, /peer|secret/)
        assert.match(logged, /The peer is not a trusted one, or lacks the secret/)
        assert.equal(logged.includes(secret), false)
      }
      const twice = await ask(gateway, '/open', {}, 'GET', [['X-Gatekeeper-Secret', secret]])
      assert.equal(twice.status, 403)
    })

    it('says why only in the log', async () => {
      logged = ''
      const { status, body } = await ask(gateway, '/a%2fb', { cookie })
      assert.equal(status, 403)
      assert.deepEqual(JSON.parse(body), {
        detail: 'You do not have permission to perform this action.',
        code: 'permission_denied',
      })
      assert.match(logged, /could be read in more than one way/)
    })

    it('refuses what the metadata leaves open: hosts, paths, doubled and foreign headers [AK09]', async () => {
      const foreign = gateway === 'nginx' ? 'X-Forwarded-Uri' : 'X-Original-URL'
      const refusedHeaders: [string, string][] = [
        [foreign, '/open'],
        ['Remote_User', 'root'],
        ['Remote.User', 'root'],
        ['Doorward_Identity', 'x'],
        ['X_Forwarded_Proto', 'https'],
        ['X-Forwarded_Host', host],
        ['X_Gatekeeper_Secret', secret],
        ['X-HTTP-Method-Override', 'DELETE'],
        ['X-Rewrite-URL', '/admin/'],
      ]
      for (const header of refusedHeaders) {
        assert.equal((await ask(gateway, '/open', {}, 'GET', [header])).status, 403, header[0])
      }
      for (const path of ['/ADMIN/', '/open/../admin//', '/%2e%2e/x', '/open;x', '/open%00', '/open%23', '/OPEN']) {
        assert.notEqual((await ask(gateway, path)).status, 200, path)
      }
    })

    it('lets no header of the caller answer for the gateway: what it sets wins or is refused', async () => {
      const { status, headers } = await ask(gateway, '/notes', {
        cookie,
        'remote-user': 'root',
        'remote-groups': 'wheel',
      })
      assert.equal(status, 200)
      assert.equal(headers['remote-user'], 'ada')
      assert.equal(headers['remote-groups'], 'the editors%2C all')
      // The way in by Remote-User is for the server's own proxies, not for callers of the gateway.
      assert.equal((await ask(gateway, '/notes', { 'remote-user': 'ada' })).status, 401)
    })

    it('knows the caller by the right-most address that is no proxy', async () => {
      const asked = async (forwarded: string | null) =>
        (await ask(gateway, '/api/x', { 'x-api-key': keys.write, 'x-forwarded-for': forwarded })).status
      assert.equal(await asked('203.0.113.7'), 200)
      assert.equal(await asked('198.51.100.1, 203.0.113.7'), 200)
      assert.equal(await asked('203.0.113.7, 127.0.0.1'), 200)
      assert.equal(await asked('203.0.113.7, 198.51.100.1'), 401)
      assert.equal(await asked('203.0.113.7, nonsense'), 401)
      assert.equal(await asked(null), 401)
    })

    it('takes made-up metadata and cookies without a 2xx or a 500', async () => {
      const next = generator()
      const parts = [
        '/',
        'admin',
        '..',
        '%2e',
        '%2f',
        '%00',
        ';',
        '?',
        '#',
        '//',
        ',',
        ' ',
        'https://',
        host,
        '@',
        'GET',
        '\u00e9',
      ]
      const made = (): string => Array.from({ length: 1 + next(5) }, () => parts[next(parts.length)]).join('')
      for (let round = 0; round < 150; round += 1) {
        const fields = { ...metadata[gateway]('/admin/', 'GET'), cookie: made() }
        const names = Object.keys(fields)
        const name = names[next(names.length)] as string
        const path = gateway === 'envoy' ? `/verify/envoy/${encodeURI(made())}` : `/verify/${gateway}`
        const { status } = await send(path, { ...fields, [name]: name === 'host' ? host : made() })
        assert.equal([400, 401, 403].includes(status), true, `${status}`)
      }
    })
  })
}

describe('/verify/forward', () => {
  it('leads a form whose session is over to sign in by 303', async () => {
    const { status } = await ask('forward', '/notes', { ...page, origin: 'https://notes.example' }, 'POST')
    assert.equal(status, 303)
  })

  it('leads nobody from the sign-in page to the sign-in page', async () => {
    const { status, headers } = await ask('forward', '/accounts/login/?next=%2F', page)
    assert.deepEqual([status, headers.location], [401, undefined])
  })

  it('leaves out an address that is too long for a header', async () => {
    const { headers } = await ask('forward', `/notes?${'a'.repeat(2000)}`, page)
    assert.equal(headers.location, 'https://notes.example/accounts/login/?next=%2F')
  })

  it('keeps the scheme, host and port of the site whatever is claimed', async () => {
    for (const fields of [
      { 'x-forwarded-host': 'evil.example' },
      { 'x-forwarded-host': 'notes.example, evil.example' },
      { 'x-forwarded-host': 'notes.example:8443' },
      { 'x-forwarded-proto': 'http' },
      { 'x-forwarded-proto': 'https, http' },
    ]) {
      const { status, headers } = await ask('forward', '/notes', { ...page, ...fields })
      assert.deepEqual([status, headers.location], [403, undefined], JSON.stringify(fields))
    }
  })
})

describe('a caller who tries too much', () => {
  it('is told so by gateways that pass it on, and 403 by nginx, which would make 500 of it', async () => {
    const given = { ...common, databaseUrl: 'sqlite::memory:', logLevel: 'silent', gatekeeperPeers: '127.0.0.1' }
    const strict = await serve(readSettings({ ...given, failuresPerAddress: '2/min' }))
    try {
      const guess = async (gateway: 'nginx' | 'forward', address: string) => {
        const headers = { authorization: 'Bearer nonsense', 'x-forwarded-for': address }
        return send(`/verify/${gateway}`, { ...metadata[gateway]('/notes', 'GET'), ...headers }, 'GET', [], strict.url)
      }
      assert.equal((await guess('forward', '203.0.113.1')).status, 401)
      assert.equal((await guess('forward', '203.0.113.1')).status, 401)
      const refused = await guess('forward', '203.0.113.1')
      assert.equal(refused.status, 429)
      assert.match(String(refused.headers['retry-after']), /^\d+$/)
      assert.equal((await guess('nginx', '203.0.113.1')).status, 403)
      // Nobody else pays for it, though all come through one proxy.
      assert.equal((await guess('forward', '203.0.113.2')).status, 401)
    } finally {
      await strict.stop()
    }
  })
})

describe('the keys of the gatekeeper', () => {
  it('are published for backends, who may keep them for a while', async () => {
    const { status, headers, body } = await send('/.well-known/doorward/jwks.json', { host: 'id.example' })
    assert.equal(status, 200)
    assert.equal(headers['access-control-allow-origin'], '*')
    assert.equal(body.includes('"d"'), false)
    const known = await send('/.well-known/doorward/jwks.json', {
      host: 'id.example',
      'if-none-match': String(headers.etag),
    })
    assert.deepEqual([known.status, known.headers['content-length']], [304, undefined])
  })

  it('sign nothing that the server itself takes for an access token', async () => {
    const { headers } = await ask('forward', '/notes', { cookie })
    const authorization = `Bearer ${String(headers['doorward-identity'])}`
    assert.equal((await ask('forward', '/notes', { authorization })).status, 401)
  })
})

describe('the settings of the gatekeeper', () => {
  it('keep it closed without peers or a secret', async () => {
    const { gatekeeperRoutes: none, ...rest } = common
    assert.equal(none.length > 0, true)
    const closed = await serve(readSettings({ ...rest, databaseUrl: 'sqlite::memory:', logLevel: 'silent' }))
    try {
      for (const gateway of gateways) {
        const { status } = await send(`/verify/${gateway}/`, { host: 'id.example' }, 'GET', [], closed.url)
        assert.equal(status, 404)
      }
    } finally {
      await closed.stop()
    }
  })

  it('refuse routes that nobody could ask about, peers that are none, and a short secret', async () => {
    for (const given of [{}, { gatekeeperPeers: 'proxy.example' }, { gatekeeperSecret: 'short' }]) {
      const settings = readSettings({ ...common, ...given, databaseUrl: 'sqlite::memory:', logLevel: 'silent' })
      await assert.rejects(serve(settings), SettingsInvalid)
    }
    assert.throws(
      () => readSettings({ gatekeeperRoutes: [{ name: 'x' }] }),
      /gatekeeperRoutes: route 1: host is such as/,
    )
    assert.throws(() => readSettings({ gatekeeperRoutes: 'nonsense' }), /gatekeeperRoutes: /)
    assert.throws(() => readSettings({ gatekeeperSignIn: '//evil.example/' }), /gatekeeperSignIn/)
    assert.throws(() => readSettings({ gatekeeperMaxAge: '1h' }), /gatekeeperMaxAge/)
  })

  it('read routes from the environment as JSON', () => {
    const [route] = readSettings({ gatekeeperRoutes: JSON.stringify(routes) }).gatekeeperRoutes
    assert.equal(route?.name, 'open')
  })

  it('let answers be kept, lead to another sign-in, and name headers as backends expect them', async () => {
    const other = await serve(
      readSettings({
        ...common,
        databaseUrl: 'sqlite::memory:',
        logLevel: 'silent',
        gatekeeperSecret: secret,
        gatekeeperMaxAge: 10,
        gatekeeperHeaders: 'oauth2-proxy',
        gatekeeperSignIn: 'https://id.example/accounts/login/',
      }),
    )
    try {
      const asked = async (path: string, headers: Headers, method = 'GET') =>
        send('/verify/forward', { ...metadata.forward(path, method), ...headers }, 'GET', [], other.url)
      const open = await asked('/open', {})
      assert.equal(open.headers['cache-control'], 'private, max-age=10')
      assert.match(String(open.headers.vary), /^x-forwarded-method, x-forwarded-proto, .*cookie, authorization/)
      assert.equal(open.headers['x-forwarded-preferred-username'], '')
      assert.equal(open.headers['remote-user'], undefined)
      assert.equal((await asked('/open', {}, 'POST')).headers['cache-control'], 'no-store')
      assert.equal((await asked('/notes', {})).headers['cache-control'], 'no-store')
      const { headers } = await asked('/notes?a', page)
      assert.equal(headers.location, 'https://id.example/accounts/login/?next=https%3A%2F%2Fnotes.example%2Fnotes%3Fa')
      // The sign-in page keeps an address that leads back to a protected host, and no other.
      const form = await send(
        `/accounts/login/?next=${encodeURIComponent('https://notes.example/notes?a')}`,
        { host: 'id.example' },
        'GET',
        [],
        other.url,
      )
      assert.match(form.body, /value="https:\/\/notes\.example\/notes\?a"/)
      const evil = await send(
        `/accounts/login/?next=${encodeURIComponent('https://evil.example/')}`,
        { host: 'id.example' },
        'GET',
        [],
        other.url,
      )
      assert.equal(evil.body.includes('evil'), false)
    } finally {
      await other.stop()
    }
  })
})

type Headers = Readonly<Record<string, string | null>>

const page = { accept: 'text/html,application/xhtml+xml', 'sec-fetch-mode': 'navigate' }

const metadata: Readonly<Record<(typeof gateways)[number], (path: string, method: string) => Record<string, string>>> =
  {
    nginx: (path, method) => ({
      host: 'id.example',
      'x-gatekeeper-secret': secret,
      'x-original-url': `https://${host}${path}`,
      'x-original-method': method,
    }),
    forward: (path, method) => ({
      host: 'id.example',
      'x-gatekeeper-secret': secret,
      'x-forwarded-method': method,
      'x-forwarded-proto': 'https',
      'x-forwarded-host': host,
      'x-forwarded-uri': path,
    }),
    envoy: () => ({ host, 'x-gatekeeper-secret': secret }),
  }

async function ask(
  gateway: (typeof gateways)[number],
  path: string,
  headers: Headers = {},
  method = 'GET',
  more: readonly (readonly [string, string])[] = [],
): ReturnType<typeof send> {
  const fields = { ...metadata[gateway](path, method), ...headers }
  if (gateway === 'envoy') return send(`/verify/envoy${path}`, fields, method, more)
  return send(`/verify/${gateway}`, fields, 'GET', more)
}

async function send(
  path: string,
  fields: Headers,
  method = 'GET',
  more: readonly (readonly [string, string])[] = [],
  to = server.url,
): Promise<{ readonly status: number; readonly headers: IncomingMessage['headers']; readonly body: string }> {
  const { hostname, port } = new URL(to)
  const named = Object.entries(fields).filter((field): field is [string, string] => field[1] !== null)
  const headers = [...named, ...more].flat()
  const asked = httpRequest({ hostname, port, path, method, headers, setHost: false, agent: false })
  asked.end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  let body = ''
  for await (const chunk of answer.setEncoding('utf8')) body += chunk as string
  return { status: answer.statusCode ?? 0, headers: answer.headers, body }
}

/** What a backend makes of the signed header. */
async function backend(
  audience: string,
  token: string,
  method: string,
  url: string,
): ReturnType<ReturnType<typeof gatekeeper>['authenticate']> {
  const { body } = await send('/.well-known/doorward/jwks.json', { host: 'id.example' })
  const set = (JSON.parse(body) as { readonly keys: readonly Jwk[] }).keys
  const check = gatekeeper({
    keys: keysFrom(set.map((jwk) => importPublicJwk(jwk))),
    audience,
    issuer: 'https://id.example',
  })
  return check.authenticate({ method, url, headers: { get: () => token } })
}

function emailOf(found: Awaited<ReturnType<typeof backend>>): string | null | undefined {
  return found?.principal.kind === 'user' ? found.principal.email : undefined
}

/** The same numbers each time (mulberry32). */
function generator(): (below: number) => number {
  let state = 20_261_124
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
