import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { nodeRequest } from '../src/adapters/node-request.ts'
import { createAuth } from '../src/core/auth.ts'
import { keysFrom } from '../src/crypto/jwt.ts'
import { importPublicJwk } from '../src/crypto/jwk.ts'
import { gatekeeper } from '../src/gatekeeper/gatekeeper.ts'
import { normalisePath } from '../src/http/path.ts'
import { loadSettings } from '../src/server/configuration.ts'
import { createLog } from '../src/server/log.ts'
import { serve, type RunningServer } from '../src/server/serve.ts'
import { startNginx, type Nginx } from './services/nginx.ts'
import { freePort } from './services/server-process.ts'

// The configuration and the nginx snippets of docs/gatekeeper.md, as they stand there, in front of a small service.

const page = readFileSync('docs/gatekeeper.md', 'utf8')
const [config = '', backendCode = ''] = blocksOf('ts')
const [snippet = '', cacheInHttp = '', cacheInLocation = ''] = blocksOf('nginx')
const password = 'correct horse battery'

interface Arrived {
  readonly method: string
  readonly url: string
  readonly raw: readonly string[]
  /** Whom the signed header names, `null` for a stranger. */
  readonly who: string | null
}

let folder = ''
let server: RunningServer
let service: Server
let arrived: Arrived[] = []
let plain: Proxy
let lax: Proxy
let unguarded: Proxy
let cached: Proxy
let orphaned: Proxy
let cookie = ''
let key = ''

interface Proxy extends Nginx {
  readonly port: number
}

before(async () => {
  mkdirSync('.data', { recursive: true })
  folder = mkdtempSync(join('.data', 'gatekeeper-'))
  const file = join(folder, 'doorward.config.ts')
  writeFileSync(file, config)
  const given = { port: 0, data: folder, secret: 'x'.repeat(40), gatekeeperPeers: '127.0.0.1', gatekeeperMaxAge: 10 }
  const settings = await loadSettings({ file, environment: {}, given })
  server = await serve(settings, { log: createLog({ level: 'silent' }) })
  const { users, groups, sessions, apiKeys, signingKeys } = server.instance
  const { id } = await users.create({ username: 'ada', email: 'ada@example.com', emailVerified: true, password })
  await groups.add((await groups.create({ name: 'editors' })).id, id)
  cookie = `${sessions.cookieName}=${(await sessions.create({ userId: id })).value}`
  key = (await apiKeys.create({ owner: { kind: 'user', id }, name: 'k', scopes: ['read'] })).key

  const keys = keysFrom(signingKeys.jwks().keys.map((jwk) => importPublicJwk(jwk)))
  const auth = createAuth({ authenticators: [gatekeeper({ keys, audience: 'notes' })] })
  service = createServer((incoming, outgoing) => {
    void auth
      .identify(nodeRequest(incoming))
      .then((identity) => identity?.principal.name ?? null)
      .catch(() => 'a forger')
      .then((who) => {
        arrived.push({ method: incoming.method ?? '', url: incoming.url ?? '', raw: incoming.rawHeaders, who })
        outgoing.end('from the service')
      })
  }).listen(0, '127.0.0.1')
  await once(service, 'listening')

  const withUnderscores = snippet.replace('underscores_in_headers off', 'underscores_in_headers on')
  plain = await proxyWith(snippet)
  lax = await proxyWith(withUnderscores.replace('ignore_invalid_headers on', 'ignore_invalid_headers off'))
  unguarded = await proxyWith(withUnderscores.replaceAll(/^ +auth_request .*$/gm, ''))
  cached = await proxyWith(cacheInHttp + snippet.replace('internal;\n', `internal;\n${cacheInLocation}`))
  orphaned = await proxyWith(snippet, { doorward: await freePort() })
})

after(async () => {
  await Promise.all([plain, lax, unguarded, cached, orphaned].map(async ({ close }) => close()))
  service.close()
  await server.stop()
  rmSync(folder, { recursive: true })
})

describe('the nginx snippet of docs/gatekeeper.md', () => {
  it('lets a signed-in person through, and the service knows who it is', async () => {
    const { status, body, got } = await ask(plain, '/notes/1?all=1', { cookie: `theme=dark; ${cookie}; lang=en` })
    assert.deepEqual([status, body], [200, 'from the service'])
    assert.equal(got?.url, '/notes/1?all=1')
    assert.equal(got.who, 'ada')
    const seen = variablesOf(got)
    assert.deepEqual(
      [seen['REMOTE_USER'], seen['REMOTE_GROUPS'], seen['REMOTE_NAME'], seen['REMOTE_EMAIL']],
      ['ada', 'editors', 'ada', 'ada@example.com'],
    )
  })

  it('keeps every credential from the service', async () => {
    for (const sent of [cookie, `${cookie};a=1`, `a=1; ${cookie}`, `a=1;b=2;${cookie}`, `${cookie}; ${cookie}`]) {
      const { got } = await ask(plain, '/notes', { cookie: sent })
      assert.ok(got, sent)
      assert.equal(JSON.stringify(got.raw).includes('sessionid'), false, sent)
    }
    const { got } = await ask(plain, '/notes', { cookie: `a=1; ${cookie}; b=2` })
    assert.equal(got === undefined ? '' : variablesOf(got)['COOKIE'], 'a=1; b=2')
    for (const headers of [{ 'x-api-key': key }, { authorization: `Bearer ${key}` }]) {
      const answer = await ask(plain, '/api/notes', headers)
      assert.equal(answer.got?.who, 'ada')
      assert.equal(JSON.stringify(answer.got.raw).includes(key), false)
    }
  })

  it('leads a stranger to the sign-in page of the same host, signs in there, and comes back', async () => {
    const stranger = await ask(plain, '/notes/1?a=b&c', browser)
    assert.deepEqual([stranger.status, stranger.got], [302, undefined])
    const location = 'https://notes.example.com/accounts/login/?next=%2Fnotes%2F1%3Fa%3Db%26c'
    assert.equal(stranger.headers.location, location)

    const form = await ask(plain, location.slice('https://notes.example.com'.length), browser)
    assert.equal(form.status, 200)
    const style = /href="(\/static\/doorward-[^"]+\.css)"/.exec(form.body)?.[1] ?? ''
    assert.equal((await ask(plain, style)).status, 200)
    const csrfToken = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(form.body)?.[1] ?? ''
    const next = '/notes/1?a=b&c'
    const fields = new URLSearchParams({ csrfmiddlewaretoken: csrfToken, next, username: 'ada', password }).toString()
    const signedIn = await ask(
      plain,
      '/accounts/login/',
      {
        ...browser,
        origin: 'https://notes.example.com',
        cookie: cookiesIn(form.headers),
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': String(fields.length),
      },
      'POST',
      fields,
    )
    assert.deepEqual([signedIn.status, signedIn.headers.location], [303, next])
    const back = await ask(plain, next, { ...browser, cookie: cookiesIn(signedIn.headers) })
    assert.deepEqual([back.status, back.got?.who], [200, 'ada'])
  })

  it('tells a call 401 with the challenges, on API routes a page load too', async () => {
    for (const [path, headers] of [
      ['/notes', {}],
      ['/api/notes', browser],
    ] as const) {
      const { status, headers: answered, got } = await ask(plain, path, headers)
      assert.deepEqual([status, answered.location, got], [401, undefined, undefined])
      assert.match(String(answered['www-authenticate']), /realm="api"/)
    }
  })

  it('tells 403 those who may not, and forged forms', async () => {
    const refused = [
      await ask(plain, '/admin/', { ...browser, cookie }),
      await ask(plain, '/api/notes', { 'x-api-key': key }, 'POST'),
      await ask(plain, '/notes', { cookie, origin: 'https://evil.example' }, 'POST'),
      await ask(plain, '/notes', { cookie }, 'POST'),
    ]
    assert.deepEqual(
      refused.map(({ status, got }) => [status, got]),
      refused.map(() => [403, undefined]),
    )
    const own = await ask(plain, '/notes', { cookie, origin: 'https://notes.example.com' }, 'POST')
    assert.deepEqual([own.status, own.got?.method], [200, 'POST'])
  })

  it('lets nobody through where Doorward cannot be reached', async () => {
    const { status, got } = await ask(orphaned, '/health')
    assert.deepEqual([status, got], [500, undefined])
  })
})

describe('a caller who writes identity headers', () => {
  const names = ['Remote-User', 'Remote-Groups', 'Remote-Name', 'Remote-Email', 'Doorward-Identity']
  const spellings = names.flatMap((name) =>
    ['-', '_', '.'].flatMap((sign) => {
      const spelt = name.replace('-', sign)
      return [spelt, spelt.toUpperCase(), spelt.toLowerCase()]
    }),
  )

  // Too long to come about in what is random, such as a signature.
  const attacker = 'somebody-who-is-root'

  for (const what of ['as the snippet has it', 'with every odd header let in']) {
    it(`is nobody else for it, ${what} [AK09]`, async () => {
      const proxy = what === 'as the snippet has it' ? plain : lax
      for (const spelling of spellings) {
        const attack = [spelling, attacker] as const
        for (const [path, headers] of [
          ['/health', {}],
          ['/notes', { cookie }],
        ] as const) {
          const { status, got } = await ask(proxy, path, headers, 'GET', undefined, [attack, attack])
          if (got === undefined) {
            assert.equal(status, 403, spelling)
            continue
          }
          assert.ok(proxy === plain || !/[_.]/.test(spelling), `${spelling} was let through`)
          assert.equal(JSON.stringify(got.raw).includes(attacker), false, `${path} ${spelling}`)
          assert.equal(got.who, path === '/notes' ? 'ada' : null)
        }
      }
      const honest = await ask(proxy, '/notes', { cookie })
      assert.equal(honest.got?.who, 'ada')
    })
  }

  it('is cleaned by the snippet alone, had Doorward not looked', async () => {
    for (const spelling of spellings) {
      const { got } = await ask(unguarded, '/notes', {}, 'GET', undefined, [[spelling, 'root']])
      assert.ok(got)
      assert.equal(JSON.stringify(got.raw).includes(attacker), false, spelling)
    }
    const others = ['X-Original-URL', 'X-Original-Method', 'X-Rewrite-URL'].map((name) => [name, 'root'] as const)
    const { got } = await ask(
      unguarded,
      '/notes',
      { 'x-forwarded-for': 'root', 'x-forwarded-proto': 'root' },
      'GET',
      undefined,
      others,
    )
    assert.equal(JSON.stringify(got?.raw).includes('root'), false)
  })
})

describe('a caller who writes about the request', () => {
  it('is judged by the request itself: metadata of any gateway changes nothing, or is refused', async () => {
    for (const header of [
      ['X-Original-URL', 'https://notes.example.com/health'],
      ['X-Original-Url', '/health'],
      ['X_Original_URL', 'https://notes.example.com/health'],
      ['X.Original.URL', 'https://notes.example.com/health'],
      ['X-Original-Method', 'GET'],
      ['X-Original-URI', '/health'],
      ['X-Forwarded-Uri', '/health'],
      ['X_Forwarded_Uri', '/health'],
      ['X-Forwarded-Method', 'GET'],
      ['X-Forwarded-Host', 'other.example.com'],
      ['X-Forwarded-Prefix', '/health'],
      ['X-Rewrite-URL', '/health'],
      ['X-HTTP-Method-Override', 'GET'],
      ['Forwarded', 'host=other.example.com'],
      ['X-Gatekeeper-Secret', 'guess'],
      ['X-Forwarded-For', 'nonsense'],
      ['User-Agent', 'GoogleHC/1.0'],
    ] as const) {
      for (const proxy of [plain, lax]) {
        const { status, got } = await ask(proxy, '/notes', {}, 'GET', undefined, [header])
        assert.equal(got, undefined, header[0])
        assert.ok(status === 401 || status === 403, `${header[0]} ${status}`)
      }
    }
  })

  it('cannot choose a laxer method', async () => {
    for (const method of ['POST', 'DELETE', 'PROPFIND', 'HEAD']) {
      const override = [['X-HTTP-Method-Override', 'GET']] as const
      const { got } = await ask(plain, '/api/notes', { 'x-api-key': key }, method, undefined, override)
      assert.equal(got, undefined, method)
    }
    const { status } = await ask(plain, '/api/notes', { 'x-api-key': key }, 'GET', undefined, [
      ['X-HTTP-Method', 'DELETE'],
    ])
    assert.equal(status, 403)
  })

  it('cannot choose the host, by header or by an absolute target', async () => {
    for (const head of [
      'GET http://other.example.com/notes HTTP/1.1\r\nHost: notes.example.com',
      'GET http://notes.example.com/notes HTTP/1.1\r\nHost: other.example.com',
      'GET /notes HTTP/1.1\r\nHost: other.example.com',
      'GET /notes HTTP/1.1\r\nHost: notes.example.com:1',
      'GET /notes HTTP/1.1\r\nHost: notes.example.com\r\nHost: other.example.com',
      'GET /notes HTTP/1.0',
    ]) {
      arrived = []
      const answer = await raw(plain.port, `${head}\r\nConnection: close\r\n\r\n`)
      assert.doesNotMatch(answer, /^HTTP\/1\.1 2/, head)
      assert.deepEqual(arrived, [], head)
    }
  })

  it('reaches as a stranger what is open, and nothing beside it, however the path is written', async () => {
    const paths = [
      '/health/..%2fadmin/',
      '/health/../admin/',
      '/health/%2e%2e/admin/',
      '/health%2f..%2fadmin',
      '/health;/../admin/',
      '/health/..;/admin/',
      '//health',
      '/health//',
      '/health%00/admin',
      '/health%0aadmin',
      '/health#/admin',
      '/health\\..\\admin',
      '/health/%252e%252e/admin/',
      '/HEALTH',
      '/./health',
      '/%68ealth',
      '/x/../health',
      '/health?next=/admin',
      '/health%3f/../admin',
    ]
    const next = generator()
    const parts = [
      '/',
      'health',
      'admin',
      '..',
      '.',
      '%2e',
      '%2f',
      '%5c',
      ';',
      '%3b',
      '//',
      '?',
      '%23',
      '%00',
      '\\',
      '%68',
    ]
    for (let round = 0; round < 300; round += 1) {
      paths.push(`/${Array.from({ length: 1 + next(6) }, () => parts[next(parts.length)]).join('')}`)
    }
    let open = 0
    for (const path of paths) {
      arrived = []
      await raw(plain.port, `GET ${path} HTTP/1.1\r\nHost: notes.example.com\r\nConnection: close\r\n\r\n`)
      for (const { url } of arrived) {
        open += 1
        assert.match(normalisePath(url) ?? 'ambiguous', /^\/health\/?$/, path)
        assert.match(new URL(url, 'http://service').pathname.replaceAll('%68', 'h'), /^\/health\/?$/, path)
      }
    }
    assert.ok(open > 3)
  })

  it('gets nothing for a malformed or foreign cookie', async () => {
    for (const sent of [
      '__Host-sessionid=x',
      `${cookie}x`,
      `${cookie}; __Host-sessionid=x`,
      '__Host-sessionid=',
      ';=;',
      '"',
    ]) {
      const { status, got } = await ask(plain, '/notes', { cookie: sent })
      assert.equal(got, undefined, sent)
      assert.ok(status === 401 || status === 403, `${sent} ${status}`)
    }
  })
})

describe('the cache of the nginx snippet', () => {
  it('keeps the answer to one caller, for what they asked, and for nothing that changes something', async () => {
    const { sessions, users } = server.instance
    const { id } = await users.create({ username: 'bob', password })
    const given = await sessions.create({ userId: id })
    const own = { cookie: `${sessions.cookieName}=${given.value}`, origin: 'https://notes.example.com' }
    assert.equal((await ask(cached, '/kept', own)).got?.who, 'bob')
    assert.equal((await ask(cached, '/kept', own, 'POST')).got?.who, 'bob')
    await sessions.end(given.id)
    const again = await ask(cached, '/kept', own)
    assert.equal(again.got?.who, 'bob')
    for (const [path, headers, method] of [
      ['/kept', own, 'POST'],
      ['/other', own, 'GET'],
      ['/kept', { cookie: own.cookie }, 'GET'],
      ['/kept', {}, 'GET'],
      ['/kept', { cookie: 'a=b' }, 'GET'],
    ] as const) {
      assert.equal((await ask(cached, path, headers, method)).got, undefined, `${method} ${path}`)
    }
  })
})

describe('the service of docs/gatekeeper.md', () => {
  it('takes no request that lacks the signed header', async () => {
    const file = join(folder, 'service.ts')
    writeFileSync(file, backendCode)
    const { whoIsIt } = (await import(join(process.cwd(), file))) as {
      readonly whoIsIt: (request: Request) => Promise<unknown>
    }
    await assert.rejects(
      whoIsIt(new Request('http://service/', { headers: { 'remote-user': 'root' } })),
      /not provided/,
    )
  })
})

type Headers = Readonly<Record<string, string>>

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'sec-fetch-mode': 'navigate' }

/** Blocks of one language, in the order of the page. */
function blocksOf(language: string): readonly string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, text]) => text ?? '')
}

/** The snippet with ports in place of those that cannot be had here, and without TLS. */
async function proxyWith(http: string, { doorward = Number(new URL(server.url).port) } = {}): Promise<Proxy> {
  const port = await freePort()
  const adapted = http
    .replace('listen 443 ssl;', `listen 127.0.0.1:${port};`)
    .replaceAll(/^ *ssl_certificate.*$/gm, '')
    .replace('server 127.0.0.1:8000;', `server 127.0.0.1:${doorward};`)
    .replace('server 127.0.0.1:3000;', `server 127.0.0.1:${(service.address() as AddressInfo).port};`)
  const nginx = await startNginx(adapted, async () => raw(port, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'))
  return { ...nginx, port }
}

async function ask(
  { port }: Proxy,
  path: string,
  fields: Headers = {},
  method = 'GET',
  body?: string,
  more: readonly (readonly [string, string])[] = [],
): Promise<{
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
  readonly got: Arrived | undefined
}> {
  arrived = []
  const headers = ['host', 'notes.example.com', ...Object.entries(fields).flat(), ...more.flat()]
  const asked = httpRequest({ host: '127.0.0.1', port, path, method, headers, setHost: false, agent: false })
  asked.end(body)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) text += chunk as string
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: text, got: arrived[0] }
}

/** What comes back for these very bytes. */
async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  // Not ended: a client that hangs up early is not answered.
  socket.write(bytes)
  let answer = ''
  for await (const chunk of socket.setEncoding('latin1')) answer += chunk as string
  return answer
}

/** Headers as CGI and its kin see them (RFC 3875, section 4.1.18): one variable for all spellings. */
function variablesOf({ raw: fields }: Arrived): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {}
  for (let index = 0; index < fields.length; index += 2) {
    const name = (fields[index] ?? '').toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
    const value = fields[index + 1] ?? ''
    variables[name] = name in variables ? `${variables[name]}, ${value}` : value
  }
  return variables
}

function cookiesIn(headers: IncomingMessage['headers']): string {
  return (headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ')
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
