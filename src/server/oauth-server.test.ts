import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { serve } from '@hono/node-server'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { createAuth } from '../core/auth.ts'
import { expressAuth } from '../adapters/express.ts'
import { mount as mountFastify } from '../adapters/fastify-mount.ts'
import { mount as mountHono } from '../adapters/hono-mount.ts'
import { mount as mountNode } from '../adapters/node-mount.ts'
import { mount as mountWeb } from '../adapters/web-mount.ts'
import { hasScope } from '../permissions/has-scope.ts'
import { createLog } from './log.ts'
import { createOAuthServer, type MountedOAuthServer, type OAuthServerOptions } from './oauth-server.ts'
import type { SignedInUser } from './own-sign-in.ts'

const secret = 'a secret of at least thirty-two characters'
const by = { by: { actor: 'system' } }
const redirectUri = 'https://client.example/cb'

const plain = async (oauth: MountedOAuthServer): Promise<RequestListener> => {
  const doorward = mountNode(oauth)
  return (req, res) => doorward(req, res, () => res.end('own'))
}

/** Where each framework puts the endpoints, beside a path of its own. */
const frameworks: Readonly<Record<string, (oauth: MountedOAuthServer) => Promise<RequestListener>>> = {
  'plain Node': plain,
  Express: async (oauth) => {
    const app = express()
    app.use(mountNode(oauth))
    app.get('/own', (_, res) => void res.send('own'))
    return app as RequestListener
  },
  'a router of Express': async (oauth) => {
    const app = express()
    app.use(['/o', '/.well-known', '/assets', '/accounts'], mountNode(oauth))
    app.get('/own', (_, res) => void res.send('own'))
    return app as RequestListener
  },
  Fastify: async (oauth) => {
    const app = Fastify()
    await app.register(mountFastify(oauth))
    app.get('/own', async () => 'own')
    await app.ready()
    return (req, res) => app.routing(req, res)
  },
}

describe('createOAuthServer, in an application of one’s own', () => {
  for (const [name, make] of Object.entries(frameworks)) {
    it(`answers at its paths in ${name}, and leaves the others alone`, async (t) => {
      await usesIt(await listening(t, make))
    })
  }

  it('answers at its paths in Hono, and leaves the others alone', async (t) => {
    let fetchOf: Hono['fetch'] = () => new Response()
    const server = serve({ fetch: (...given) => fetchOf(...given), hostname: '127.0.0.1', port: 0 })
    await new Promise((resolve) => server.once('listening', resolve))
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const oauth = await opened(t, { issuer })
    const app = new Hono()
    app.use(mountHono(oauth))
    app.get('/own', (c) => c.text('own'))
    fetchOf = app.fetch
    t.after(() => server.close())
    await usesIt({ issuer, oauth, call: fetch })
  })

  it('answers on anything that speaks Request, where no header says the host', async (t) => {
    const issuer = 'https://app.example'
    const oauth = await opened(t, { issuer })
    const doorward = mountWeb(oauth)
    const call = async (url: string | URL | Request, init?: RequestInit): Promise<Response> =>
      (await doorward(new Request(url, init))) ?? new Response('own')
    await usesIt({ issuer, oauth, call })
    const elsewhere = await call('https://other.example/o/jwks.json')
    assert.equal(elsewhere.status, 400)
    assert.match(elsewhere.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/)
    const head = await call(`${issuer}/o/jwks.json`, { method: 'HEAD' })
    assert.equal(await head.text(), '')
    assert.equal((await call(`${issuer}/o/token/`)).status, 405)
  })

  it('takes the tokens that it issues in the chain of the application, as far as their scopes go', async (t) => {
    const { issuer, oauth } = await listening(t, async (made) => {
      const { protect, identity } = expressAuth(createAuth({ authenticators: [made.accessToken] }))
      const app = express()
      app.use(mountNode(made))
      app.get('/notes', protect(hasScope('notes:read')), (req, res) => void res.json(identity(req).principal))
      app.post('/notes', protect(hasScope('notes:write')), (_, res) => void res.json({}))
      return app as RequestListener
    })
    for (const accessTokenFormat of ['opaque', 'jwt'] as const) {
      const { client, secret: own } = await oauth.clients.create(
        { name: 'job', grantTypes: ['client_credentials'], scopes: ['notes:read'], accessTokenFormat },
        by,
      )
      const token = await clientToken(issuer, client.id, own ?? '')
      const headers = { authorization: `Bearer ${token}` }
      const notes = await fetch(`${issuer}/notes`, { headers })
      assert.deepEqual(await notes.json(), { kind: 'client', id: client.id, name: 'job' })
      assert.equal((await fetch(`${issuer}/notes`, { headers, method: 'POST' })).status, 403)
      await oauth.clients.disable(client.id, by)
      assert.equal((await fetch(`${issuer}/notes`, { headers })).status, 401, 'at the next request')
    }
    const stranger = await fetch(`${issuer}/notes`)
    assert.match(stranger.headers.get('www-authenticate') ?? '', /resource_metadata=/)
    const metadata = /resource_metadata="([^"]+)"/.exec(stranger.headers.get('www-authenticate') ?? '')?.[1] ?? ''
    const said = (await (await fetch(metadata)).json()) as { authorization_servers: readonly string[] }
    assert.deepEqual(said.authorization_servers, [issuer])
  })

  it('changes the secret of a client without a moment in which neither works', async (t) => {
    const { issuer, oauth } = await listening(t, plain)
    const { client, secret: first } = await oauth.clients.create(
      { name: 'job', grantTypes: ['client_credentials'], scopes: ['notes:read'] },
      by,
    )
    const { secret: second } = await oauth.clients.startSecretRotation(client.id, by)
    for (const either of [first ?? '', second]) assert.ok(await clientToken(issuer, client.id, either))
    await oauth.clients.finishSecretRotation(client.id, by)
    assert.equal(await clientToken(issuer, client.id, first ?? ''), undefined)
    assert.ok(await clientToken(issuer, client.id, second))
  })

  it('lets people sign in at a page of the application, which vouches for them', async (t) => {
    const people = { username: 'user-17', email: 'ada@example.org', emailVerified: true }
    const stage = await listening(t, ownSignIn(people), { signInPath: '/login' })
    const { issuer, oauth } = stage
    const client = await webClient(oauth)
    const browser = createBrowser()
    const { url, verifier } = authorizationUrl(issuer, client.id)

    const callback = await browser.follow(url)
    assert.equal(`${callback.origin}${callback.pathname}`, redirectUri)
    const answer = await traded(issuer, client, callback.searchParams.get('code') ?? '', verifier)
    const claims = JSON.parse(Buffer.from(answer.id_token.split('.')[1] ?? '', 'base64url').toString())
    assert.equal(claims.iss, issuer)
    const { access_token: token } = answer
    const info = await fetch(`${issuer}/o/userinfo/`, { headers: { authorization: `Bearer ${token}` } })
    assert.equal(((await info.json()) as { email: string }).email, 'ada@example.org')
    const user = await oauth.users.findByLogin('user-17')
    assert.equal(claims.sub, user?.id)
    assert.equal(user?.hasPassword, false)
    assert.equal(oauth.serves('/accounts/login/'), false, 'there is no other page to sign in')

    const again = await browser.follow(authorizationUrl(issuer, client.id).url)
    assert.ok(again.searchParams.has('code'), 'who is signed in is not asked again')
    await browser.get(`${issuer}/logout`)
    const silent = await browser.follow(`${authorizationUrl(issuer, client.id).url}&prompt=none`)
    assert.equal(silent.searchParams.get('error'), 'login_required')
    // What was granted without offline_access ends with the sign-in.
    const refreshed = await fetch(`${issuer}/o/token/`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: answer.refresh_token ?? '',
        client_id: client.id,
        client_secret: client.secret,
      }),
    })
    assert.equal(refreshed.status, 400)
  })

  it('asks the application again for whoever has to prove anew who they are', async (t) => {
    let now = Date.now()
    const clock = (): number => (now += 1)
    const people: SignedInUser & { authenticatedAt?: number } = { username: 'ada', authenticatedAt: now - 3_600_000 }
    const stage = await listening(t, ownSignIn(people), { signInPath: '/login', clock })
    const client = await webClient(stage.oauth)
    const browser = createBrowser()
    await browser.follow(authorizationUrl(stage.issuer, client.id).url)
    const fresh = `${authorizationUrl(stage.issuer, client.id).url}&prompt=login`
    await assert.rejects(browser.follow(fresh), /went round/, 'an old sign-in does not pass for a new one')
    delete people.authenticatedAt
    assert.ok((await browser.follow(fresh)).searchParams.has('code'))
    // One that is over would lead back to the page for ever.
    const request = new Request(stage.issuer)
    const old = { ...people, authenticatedAt: now - 31 * 86_400_000 }
    await assert.rejects(stage.oauth.signIn(request, old), { code: 'insufficient_user_authentication' })
  })

  it('tells those whom an application vouches for by their name alone, letter for letter', async (t) => {
    const oauth = await opened(t, { issuer: 'https://app.example', signInPath: '/login' })
    const request = new Request('https://app.example/login')
    const { user } = await oauth.signIn(request, { username: 'aB3', email: 'ada@example.org' })
    assert.equal((await oauth.signIn(request, { username: 'aB3' })).user.id, user.id)
    assert.equal((await oauth.users.find(user.id))?.email, 'ada@example.org', 'what is left out stays')
    await assert.rejects(oauth.signIn(request, { username: 'Ab3' }), { code: 'conflict' })
    // An address is what anybody may claim: it makes nobody somebody else.
    await assert.rejects(oauth.signIn(request, { username: 'eve', email: 'ada@example.org' }), { code: 'conflict' })
    await assert.rejects(oauth.signIn(request, { username: 'ada@example.org' }), { code: 'invalid' })
    await assert.rejects(oauth.signIn(request, { username: '' }), { code: 'invalid' })
    await oauth.signIn(request, { username: 'aB3', email: null })
    assert.equal((await oauth.users.find(user.id))?.email, null)
    await oauth.users.disable(user.id)
    await assert.rejects(oauth.signIn(request, { username: 'aB3' }), { code: 'no_active_account' })
    // 50 at once make one.
    const all = await Promise.all(Array.from({ length: 50 }, async () => oauth.signIn(request, { username: 'new' })))
    assert.equal(new Set(all.map((one) => one.user.id)).size, 1)
    assert.equal(oauth.nextOf('//evil.example'), '/')
    assert.equal(oauth.nextOf('/o/authorize/?a=b'), '/o/authorize/?a=b')
  })

  it('calls its cookies what the application wants, and looks at none of another name', async (t) => {
    for (const [issuer, prefix] of [
      ['https://app.example', '__Host-'],
      ['http://127.0.0.1:8000', ''],
    ] as const) {
      const settings = { sessionCookieName: 'door', csrfCookieName: 'door_csrf' }
      const oauth = await opened(t, { issuer, signInPath: '/login', settings })
      const { cookies } = await oauth.signIn(new Request(`${issuer}/login`), { username: 'ada' })
      const [session = '', csrf = ''] = cookies.map((cookie) => cookie.split(';')[0] ?? '')
      assert.deepEqual([session.split('=')[0], csrf.split('=')[0]], [`${prefix}door`, 'door_csrf'])
      const ask = async (cookie: string): Promise<string | null> => {
        const headers = new Headers({ cookie })
        return (await oauth.session.authenticate({ method: 'GET', url: '/', headers }))?.principal.name ?? null
      }
      // The application has one of the usual name, which is none of ours.
      assert.equal(await ask(`${prefix}sessionid=theirs; ${session}; csrftoken=theirs`), 'ada')
      assert.equal(await ask(session.replace('door', 'sessionid')), null)
      const { cookies: cleared } = await oauth.signOut(new Request(`${issuer}/`, { headers: { cookie: session } }))
      assert.deepEqual(
        cleared.map((cookie) => cookie.split('=')[0]),
        [`${prefix}door`, 'door_csrf'],
      )
      assert.equal(await ask(session), null)
    }
  })

  it('says what is wrong with its options before anything listens', async () => {
    const good = { issuer: 'https://app.example', database: 'sqlite::memory:', secret }
    const wrong: readonly [Partial<OAuthServerOptions>, RegExp][] = [
      [{ issuer: 'http://app.example' }, /issuer has to be where the application is reached/],
      [{ issuer: 'https://app.example/path' }, /without a path/],
      [{ issuer: 'app.example' }, /issuer/],
      [{ secret: 'short' }, /openssl rand/],
      [{ signInPath: '//evil.example' }, /signInPath/],
      [{ signInPath: '/login?x=1' }, /signInPath/],
      [{ scopes: { 'a b': 'no' } }, /oauthScopes/],
      [{ settings: { sessionCookieName: 'a b' } }, /sessionCookieName: a name of letters/],
      [{ settings: { sessionCookieName: '__Host-a' } }, /sessionCookieName/],
      [{ settings: { sessionCookieName: 'csrftoken' } }, /have to be two names/],
      [{ settings: { csrfCookieName: 'signin' } }, /csrfCookieName: signin is another cookie of Doorward/],
      [{ settings: { oauthRegistraton: 'off' } as never }, /oauthRegistraton is not a setting/],
    ]
    for (const [given, message] of wrong) await assert.rejects(createOAuthServer({ ...good, ...given }), message)
  })

  it('says in the log, and not to the caller, that a body was read before it', async (t) => {
    const lines: string[] = []
    const log = createLog({ level: 'warn', to: { write: (line) => void lines.push(line) } })
    const { issuer, oauth } = await listening(
      t,
      async (made) => {
        const app = express()
        app.use(express.urlencoded())
        app.use(mountNode(made))
        return app as RequestListener
      },
      { log },
    )
    const { client, secret: own } = await oauth.clients.create(
      { name: 'job', grantTypes: ['client_credentials'], scopes: ['notes:read'] },
      by,
    )
    const answer = await fetch(`${issuer}/o/token/`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: client.id,
        client_secret: own ?? '',
      }),
    })
    assert.deepEqual([answer.status, ((await answer.json()) as { error: string }).error], [500, 'server_error'])
    assert.match(lines.join(''), /the body was read already/)
  })
})

interface Stage {
  readonly issuer: string
  readonly oauth: MountedOAuthServer
  readonly call: typeof fetch
}

async function opened(t: TestContext, options: Partial<OAuthServerOptions> & { issuer: string }) {
  const oauth = await createOAuthServer({
    database: 'sqlite::memory:',
    secret,
    scopes: { openid: 'Know you', email: 'See your address', 'notes:read': 'Read notes', 'notes:write': 'Write notes' },
    settings: { logLevel: 'silent' },
    ...options,
  })
  t.after(oauth.close)
  return oauth
}

async function listening(
  t: TestContext,
  make: (oauth: MountedOAuthServer) => Promise<RequestListener>,
  options: Partial<OAuthServerOptions> = {},
): Promise<Stage> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const oauth = await opened(t, { issuer, ...options })
  server.on('request', await make(oauth))
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return { issuer, oauth, call: fetch }
}

async function usesIt({ issuer, oauth, call }: Stage): Promise<void> {
  const metadata = await call(`${issuer}/.well-known/oauth-authorization-server`)
  const said = (await metadata.json()) as { issuer: string; token_endpoint: string }
  assert.equal(said.issuer, issuer)
  const { client, secret: own } = await oauth.clients.create(
    { name: 'job', grantTypes: ['client_credentials'], scopes: ['notes:read'] },
    by,
  )
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: client.id, client_secret: own ?? '' })
  const answer = await call(said.token_endpoint, { method: 'POST', body })
  assert.equal(answer.status, 200)
  assert.equal(((await answer.json()) as { scope: string }).scope, 'notes:read')
  const page = await call(`${issuer}/accounts/login/`)
  assert.match(await page.text(), /<form/)
  assert.equal(page.headers.getSetCookie().length, 1)
  const refused = await call(said.token_endpoint, { method: 'POST', body: new URLSearchParams({ grant_type: 'x' }) })
  assert.deepEqual([refused.status, ((await refused.json()) as { error: string }).error], [401, 'invalid_client'])
  assert.equal(await (await call(`${issuer}/own`)).text(), 'own')
}

async function clientToken(issuer: string, id: string, own: string): Promise<string | undefined> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: own })
  const answer = await fetch(`${issuer}/o/token/`, { method: 'POST', body })
  return ((await answer.json()) as { access_token?: string }).access_token
}

async function webClient(oauth: MountedOAuthServer): Promise<{ readonly id: string; readonly secret: string }> {
  const { client, secret: own } = await oauth.clients.create(
    {
      name: 'web',
      grantTypes: ['authorization_code', 'refresh_token'],
      scopes: ['openid', 'email', 'notes:read'],
      redirectUris: [redirectUri],
      consent: 'never',
    },
    by,
  )
  return { id: client.id, secret: own ?? '' }
}

function authorizationUrl(issuer: string, clientId: string): { readonly url: string; readonly verifier: string } {
  const verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: 'openid email notes:read',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  return { url: `${issuer}/o/authorize/?${query}`, verifier }
}

async function traded(
  issuer: string,
  client: { readonly id: string; readonly secret: string },
  code: string,
  verifier: string,
): Promise<{ readonly access_token: string; readonly id_token: string; readonly refresh_token?: string }> {
  const answer = await fetch(`${issuer}/o/token/`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: redirectUri,
      client_id: client.id,
      client_secret: client.secret,
    }),
  })
  assert.equal(answer.status, 200)
  return (await answer.json()) as { access_token: string; id_token: string }
}

/** An application whose page signs this person in, as one does that has a session of its own. */
function ownSignIn(person: SignedInUser) {
  return async (oauth: MountedOAuthServer): Promise<RequestListener> => {
    const doorward = mountNode(oauth)
    const own = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
      const { pathname, searchParams } = new URL(req.url ?? '/', 'http://own')
      const { cookies } = pathname === '/logout' ? await oauth.signOut(req) : await oauth.signIn(req, person)
      if (pathname === '/login') res.setHeader('location', oauth.nextOf(searchParams.get('next')))
      res.writeHead(pathname === '/login' ? 303 : 204, { 'set-cookie': [...cookies] }).end()
    }
    return (req, res) => doorward(req, res, () => void own(req, res))
  }
}

/** As far as it has to be one: it keeps cookies, and follows redirects until they leave the server. */
function createBrowser() {
  const jar = new Map<string, string>()
  async function get(url: string): Promise<Response> {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, { redirect: 'manual', headers: { cookie } })
    for (const set of answer.headers.getSetCookie()) {
      const [pair = ''] = set.split(';')
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    return answer
  }
  async function follow(start: string): Promise<URL> {
    let url = new URL(start)
    for (let hops = 0; hops < 8; hops += 1) {
      const answer = await get(url.href)
      const location = answer.headers.get('location')
      if (location === null) throw new Error(`${url.pathname} answered ${answer.status}: ${await answer.text()}`)
      const next = new URL(location, url)
      if (next.origin !== url.origin) return next
      url = next
    }
    throw new Error('It went round and round.')
  }
  return { get, follow }
}
