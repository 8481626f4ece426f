import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import * as openid from 'openid-client'
import { notesApp } from './notes-app.ts'
import { makeClients, openOAuth } from './open-oauth.ts'
import { createPeople } from './people.ts'

const password = 'correct horse battery staple'
const redirectUri = 'http://127.0.0.1:9999/cb'

describe('examples/oauth-in-an-app', () => {
  it('lets a program in for itself, and no further than its scopes', async (t) => {
    const { issuer, job } = await started(t)
    const { access_token: token } = await openid.clientCredentialsGrant(await configurationOf(issuer, job))
    const notes = await fetch(`${issuer}/notes`, { headers: { authorization: `Bearer ${token}` } })
    assert.deepEqual(await notes.json(), { for: 'Nightly job', via: 'oauth2' })
    const account = await fetch(`${issuer}/account`, { headers: { authorization: `Bearer ${token}` } })
    assert.equal(account.status, 403, 'it is no person')
    assert.equal((await fetch(`${issuer}/notes`)).status, 401)
  })

  it('lets a person allow a program, after they signed in at the page of the application', async (t) => {
    const { issuer, reader } = await started(t)
    const configuration = await configurationOf(issuer, reader)
    const verifier = openid.randomPKCECodeVerifier()
    const state = openid.randomState()
    const url = openid.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: 'openid email offline_access notes:read',
      prompt: 'consent',
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
    })
    const browser = createBrowser(issuer)

    const toSignIn = new URL((await browser.get(url.href)).headers.get('location') ?? '', issuer)
    assert.equal(toSignIn.pathname, '/sign-in')
    const page = await (await browser.get(toSignIn.href)).text()
    const wrong = await browser.post('/sign-in', { ...hiddenIn(page), email: 'ada@example.org', password: 'wrong' })
    assert.equal(wrong.status, 400)
    const signedIn = await browser.post('/sign-in', { ...hiddenIn(page), email: 'ada@example.org', password })
    const consent = await (await browser.get(signedIn.headers.get('location') ?? '')).text()
    assert.match(consent, /Read your notes/)
    const allowed = await browser.post('/o/authorize/', { ...hiddenIn(consent), decision: 'allow' })

    const callback = new URL(allowed.headers.get('location') ?? '')
    const tokens = await openid.authorizationCodeGrant(configuration, callback, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      idTokenExpected: true,
    })
    const headers = { authorization: `Bearer ${tokens.access_token}` }
    assert.deepEqual(await (await fetch(`${issuer}/notes`, { headers })).json(), {
      for: 'ada@example.org',
      via: 'oauth2',
    })
    const { sub } = tokens.claims() ?? { sub: '' }
    const info = await openid.fetchUserInfo(configuration, tokens.access_token, sub)
    assert.deepEqual([info.email, info['notes_id']], ['ada@example.org', 'person-1'])
    const next = await openid.refreshTokenGrant(configuration, tokens.refresh_token ?? '')
    assert.ok(next.access_token)
    const own = await (await browser.get('/account')).json()
    assert.deepEqual((own as { email: string }).email, 'ada@example.org', 'the same session opens the application')
  })
})

async function started(t: TestContext) {
  const people = createPeople()
  await people.add('ada@example.org', password)
  let answer: (request: Request, ...more: never[]) => Response | Promise<Response> = () => new Response()
  const server = serve({
    fetch: (...given: unknown[]) => answer(...(given as [Request])),
    hostname: '127.0.0.1',
    port: 0,
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const secret = 'a secret of at least thirty-two characters'
  const oauth = await openOAuth(people, { issuer, database: 'sqlite::memory:', secret })
  answer = notesApp(oauth, people).fetch
  t.after(async () => {
    server.close()
    await oauth.close()
  })
  return { issuer, ...(await makeClients(oauth, redirectUri)) }
}

async function configurationOf(issuer: string, { id, secret }: { readonly id: string; readonly secret: string }) {
  return openid.discovery(new URL(issuer), id, secret, undefined, { execute: [openid.allowInsecureRequests] })
}

/** As far as it has to be one: it keeps cookies, and follows nothing by itself. */
function createBrowser(origin: string) {
  const jar = new Map<string, string>()
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(new URL(path, origin), { redirect: 'manual', headers: { cookie, origin }, ...init })
    for (const set of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      jar.set(name, value)
    }
    return answer
  }
  return {
    get: async (path: string) => ask(path),
    post: async (path: string, fields: Readonly<Record<string, string>>) =>
      ask(path, { method: 'POST', body: new URLSearchParams(fields) }),
  }
}

function hiddenIn(page: string): Record<string, string> {
  const inputs = page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)
  return Object.fromEntries([...inputs].map(([, name = '', value = '']) => [name, value.replaceAll('&amp;', '&')]))
}
