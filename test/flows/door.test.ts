import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { isAuthenticated } from '../../src/permissions/is-authenticated.ts'
import { jsonAnswer } from '../../src/http/exchange.ts'
import { parseBody } from '../../src/http/parse-body.ts'
import { createLog } from '../../src/server/log.ts'
import { readSettings } from '../../src/server/settings.ts'
import { serve, type RunningServer } from '../../src/server/serve.ts'

const folder = mkdtempSync(join(tmpdir(), 'doorward-door-'))
const password = 'correct horse battery'
let server: RunningServer
let logged = ''
let now = Date.now()

before(async () => {
  server = await serve(readSettings({ data: folder, port: 0, logLevel: 'debug' }), {
    clock: () => now,
    log: createLog({ level: 'debug', to: { write: (line) => (logged += line) } }),
    routes: (auth) => [
      {
        path: '/api/echo/',
        guard: async (request) => auth.require(request, isAuthenticated),
        methods: {
          GET: async () => jsonAnswer({ ok: true }),
          POST: async (request) =>
            jsonAnswer(await parseBody(request.headers.get('content-type'), await request.body())),
        },
      },
      {
        path: '/api/broken/',
        methods: {
          GET: async () => {
            throw new Error('select secret from a table that is not there')
          },
        },
      },
    ],
  })
  await server.instance.users.create({ username: 'ada', email: 'ada@example.com', password })
  await server.instance.users.create({ username: 'bob', password })
})

after(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

describe('the refresh token', () => {
  it('used fifty times at once gives one family and identical answers inside the window [B-JRF-19]', async () => {
    const { refresh } = await pair()
    const answers = await Promise.all(Array.from({ length: 50 }, async () => post('/api/token/refresh/', { refresh })))
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1)
    assert.equal((await post('/api/token/refresh/', { refresh: answers[0]?.json['refresh'] })).status, 200)
  })

  it('shown again after the window ends the family, access tokens included [B-JRF-20 RF02]', async () => {
    const first = await pair()
    const second = (await post('/api/token/refresh/', { refresh: first.refresh })).json
    now += 11_000
    const reused = await Promise.all(
      Array.from({ length: 50 }, async () => post('/api/token/refresh/', { refresh: first.refresh })),
    )
    assert.deepEqual(
      [...new Set(reused.map(({ status, json }) => `${status} ${String(json['code'])}`))],
      ['401 token_not_valid'],
    )
    assert.equal((await post('/api/token/refresh/', { refresh: second['refresh'] })).status, 401)
    assert.equal((await get({ authorization: `Bearer ${String(second['access'])}` })).status, 401)
  })

  it('never passes as an access token, nor the reverse [B-JAU-06]', async () => {
    const { access, refresh } = await pair()
    assert.equal((await get({ authorization: `Bearer ${access}` })).status, 200)
    assert.equal((await get({ authorization: `Bearer ${refresh}` })).status, 401)
    assert.equal((await post('/api/token/refresh/', { refresh: access })).status, 401)
  })

  it('is dead once it was blacklisted, twice without harm; verify says so [B-JRF-12 B-JRF-13]', async () => {
    const { refresh, access } = await pair()
    assert.deepEqual(
      [
        (await post('/api/token/verify/', { token: access })).text,
        (await post('/api/token/verify/', { token: refresh })).text,
      ],
      ['{}', '{}'],
    )
    for (let time = 0; time < 2; time++) {
      const { status, text } = await post('/api/token/blacklist/', { refresh })
      assert.deepEqual([status, text], [200, '{}'])
    }
    assert.equal((await post('/api/token/refresh/', { refresh })).status, 401)
    assert.equal((await post('/api/token/verify/', { token: refresh })).status, 401)
    assert.equal((await post('/api/token/verify/', {})).status, 400)
  })
})

describe('a user who is disabled', () => {
  it('is refused by every credential at the next request, and at refresh [SE05 B-JRF-07 B-KEY-19]', async () => {
    const { users, apiTokens, apiKeys, sessions } = server.instance
    const { id } = await users.create({ username: 'carol', password })
    const owner = { kind: 'user', id } as const
    const { access, refresh } = await pair('carol')
    const ways = [
      { authorization: `Bearer ${access}` },
      { authorization: `Token ${(await apiTokens.issue({ owner, name: 'x' })).text}` },
      { 'x-api-key': (await apiKeys.create({ owner, name: 'x', scopes: ['read'] })).key },
      { cookie: `${sessions.cookieName}=${(await sessions.create({ userId: id })).value}` },
      { authorization: `Basic ${btoa(`carol:${password}`)}` },
    ]
    for (const headers of ways) assert.equal((await get(headers)).status, 200, JSON.stringify(Object.keys(headers)))
    await users.disable(id)
    for (const headers of ways) assert.equal((await get(headers)).status, 401, JSON.stringify(Object.keys(headers)))
    const refused = await post('/api/token/refresh/', { refresh })
    assert.equal(refused.status, 401)
    assert.ok(refused.headers.get('www-authenticate'))
  })
})

describe('guessing', () => {
  it('is stopped over all ways together, in every spelling of the name, and the right password with it [TH01 B-THR-15 B-THR-16]', async () => {
    const spellings = ['bob', 'BOB', 'Bob']
    const ways = [
      async (name: string) => (await get({ authorization: `Basic ${btoa(`${name}:wrong`)}` })).status,
      async (name: string) => (await post('/api/token/', { username: name, password: 'wrong' })).status,
      async (name: string) => (await post('/api/token-auth/', { username: name, password: 'wrong' })).status,
      async (name: string) => (await post('/accounts/login/', { username: name, password: 'wrong' })).status,
    ]
    let tries = 0
    let status = 0
    while (status !== 429 && tries < 80) status = (await ways[tries % 4]?.(spellings[tries++ % 3] ?? 'bob')) ?? 0
    assert.equal(status, 429, `after ${tries} wrong passwords`)
    const right = await post('/api/token/', { username: 'bob', password })
    assert.equal(right.status, 429)
    assert.ok(Number(right.headers.get('retry-after')) > 0)
    assert.equal(right.json['code'], 'too_many_attempts')
    assert.equal((await post('/api/token/', { username: 'ada', password })).status, 200, 'another account is not shut')
    now += 3_600_000
    assert.equal((await post('/api/token/', { username: 'bob', password })).status, 200, 'nor is this one for good')
  })
})

describe('bad input', () => {
  it('is answered 4xx with code and detail at every entry, never 5xx', async () => {
    const bodies: [string | Uint8Array, string | undefined][] = [
      ['', 'application/json'],
      ['{', 'application/json'],
      ['[]', 'application/json'],
      ['null', 'application/json'],
      ['"x"', 'application/json'],
      ['{"username":1,"password":2,"refresh":3,"token":4}', 'application/json'],
      ['{"username":"ada","username":"bob","password":"x"}', 'application/json'],
      [`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`, 'application/json'],
      [`{"username":"${'a'.repeat(60_000)}","password":"x"}`, 'application/json'],
      [new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), 'application/json'],
      ['username=ada&username=bob&password=x', 'application/x-www-form-urlencoded'],
      ['username=%ff%fe&password=%00', 'application/x-www-form-urlencoded'],
      ['username=ada&password=x', 'text/plain'],
      ['username=ada&password=x', undefined],
      ['<xml/>', 'application/xml'],
      ['{}', 'application/json; charset=utf-16'],
      ['--x', 'multipart/form-data'],
    ]
    const paths = [
      '/api/token/',
      '/api/token/refresh/',
      '/api/token/verify/',
      '/api/token/blacklist/',
      '/api/token-auth/',
      '/accounts/login/',
      '/accounts/logout/',
      '/api/token/sliding/',
    ]
    for (const path of paths) {
      for (const [body, type] of bodies) {
        const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type }
        const response = await fetch(server.url + path, {
          method: 'POST',
          headers,
          body: body as BodyInit,
          redirect: 'manual',
        })
        const text = await response.text()
        const shown = `${path} ${type} ${String(body).slice(0, 30)} → ${response.status} ${text.slice(0, 80)}`
        // Signing out when nobody is signed in asks for nothing and does nothing.
        if (path === '/accounts/logout/' && response.status === 200) continue
        assert.ok(response.status >= 400 && response.status < 500 && response.status !== 404, shown)
        if (response.headers.get('content-type')?.startsWith('application/json')) {
          const { detail, code } = JSON.parse(text) as { detail: unknown; code: unknown }
          assert.ok(typeof detail === 'string' && typeof code === 'string', shown)
        }
        if (response.status === 401) assert.ok(response.headers.get('www-authenticate'), shown)
      }
    }
  })

  it('in methods is 405 with Allow, and in paths 404', async () => {
    for (const path of ['/api/token/', '/api/token/refresh/', '/api/token-auth/']) {
      for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
        const response = await fetch(server.url + path, { method })
        assert.equal(response.status, 405, `${method} ${path}`)
        assert.match(response.headers.get('allow') ?? '', /POST/)
      }
    }
    assert.equal((await fetch(`${server.url}/api/nothing/`)).status, 404)
    assert.equal((await fetch(`${server.url}/%2e%2e/etc/passwd`)).status, 404)
  })

  it('in the method of a guarded route tells a stranger 401, and who may come in 405 [B-PIPE-22]', async () => {
    const { access } = await pair()
    const stranger = await fetch(`${server.url}/api/echo/`, { method: 'PUT' })
    assert.equal(stranger.status, 401)
    const headers = { authorization: `Bearer ${access}` }
    const known = await fetch(`${server.url}/api/echo/`, { method: 'PUT', headers })
    assert.deepEqual([known.status, known.headers.get('allow')], [405, 'GET, HEAD, OPTIONS, POST'])
    assert.equal(((await known.json()) as { code: string }).code, 'method_not_allowed')
  })

  it('in credentials: doubled headers and two differing cookies are 4xx', async () => {
    const { apiKeys, users, sessions } = server.instance
    const { id } = await users.create({ username: 'dave', password })
    const { key } = await apiKeys.create({ owner: { kind: 'user', id }, name: 'x', scopes: [] })
    const { value } = await sessions.create({ userId: id })
    const cookie = sessions.cookieName
    const doubled = [
      [`Authorization: Basic ${btoa(`dave:${password}`)}`, `Authorization: Basic ${btoa(`dave:${password}`)}`],
      ['Authorization: Digest a="b"', `Authorization: Token x`],
      [`X-Api-Key: ${key}`, `X-Api-Key: ${key}x`],
      [`Cookie: ${cookie}=${value}; ${cookie}=${value}x`],
    ]
    for (const lines of doubled) {
      const status = Number(
        (await raw(['GET /api/echo/ HTTP/1.1', 'Host: localhost', ...lines, 'Connection: close', '', ''])).slice(9, 12),
      )
      assert.ok(status === 400 || status === 401, `${lines[0]?.slice(0, 24)} → ${status}`)
    }
    assert.equal((await get({ cookie: `${cookie}=${value}` })).status, 200)
    assert.equal((await get({ cookie: `${cookie}=dead` })).status, 401, 'a dead cookie is a stranger')
  })

  it('announced far over the limit is answered before it is sent', async () => {
    const answer = await raw([
      'POST /api/token/ HTTP/1.1',
      'Host: localhost',
      'Content-Type: application/json',
      'Content-Length: 1073741824',
      '',
      '',
    ])
    assert.match(answer, /^HTTP\/1\.1 (413|400) /)
  })

  it('in the Host header is refused, and no address is made from it [B-SESS-18]', async () => {
    assert.match(
      await raw(['GET /livez HTTP/1.1', 'Host: evil.example', 'Connection: close', '', '']),
      /^HTTP\/1\.1 400 [^]*host_not_allowed/,
    )
  })
})

describe('a fault of ours', () => {
  it('is answered 500 with a request id and no word about it, which stands in the log under that id [HT02]', async () => {
    const response = await fetch(`${server.url}/api/broken/`)
    assert.equal(response.status, 500)
    const { detail, code } = (await response.json()) as { detail: string; code: string }
    assert.deepEqual([detail, code], ['Something went wrong on our side.', 'internal_error'])
    const id = response.headers.get('x-request-id') ?? ''
    assert.match(id, /^[0-9a-f-]{36}$/)
    const line = logged.split('\n').find((one) => one.includes(id)) ?? ''
    assert.match(line, /a table that is not there/)
  })
})

describe('the log', () => {
  it('held no password, token or cookie through all of this', () => {
    assert.ok(logged.length > 0)
    assert.doesNotMatch(logged, /correct horse|eyJ[\w-]{10}|dw_(pat|live|ses)_\w{11}_\w{20}/)
  })
})

interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: Readonly<Record<string, unknown>>
}

async function post(path: string, body: unknown): Promise<Answered> {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? (JSON.parse(text) as Answered['json']) : {},
  }
}

async function pair(username = 'ada'): Promise<{ access: string; refresh: string }> {
  const { status, json } = await post('/api/token/', { username, password })
  assert.equal(status, 200)
  return json as { access: string; refresh: string }
}

async function get(headers: Record<string, string>): Promise<Response> {
  const response = await fetch(`${server.url}/api/echo/`, { headers })
  await response.arrayBuffer()
  return response
}

/** Sends lines as they are, which no client library would. */
async function raw(lines: readonly string[]): Promise<string> {
  const { port } = new URL(server.url)
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(lines.join('\r\n')))
    socket.setTimeout(5000, () => socket.destroy(new Error('no answer within five seconds')))
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
    socket.once('error', reject)
    socket.once('close', () => resolve(answer))
  })
}
