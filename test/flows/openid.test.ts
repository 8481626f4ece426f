import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createRemoteJWKSet, decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose'
import type { Browser, Page } from 'playwright-core'
import { createSafeFetch } from '../../src/http/safe-fetch.ts'
import type { ClientMetadata } from '../../src/oauth/client-metadata.ts'
import { createLog } from '../../src/server/log.ts'
import { serve, type RunningServer } from '../../src/server/serve.ts'
import { readSettings } from '../../src/server/settings.ts'
import { clientRow } from '../../src/storage/databases.contract.ts'
import { formatId } from '../../src/storage/id.ts'
import { assertAccessible } from '../services/accessible.ts'
import { launchChromium } from '../services/chromium.ts'
import type { AddressInfo } from 'node:net'

const folder = mkdtempSync(join(tmpdir(), 'doorward-openid-'))
const password = 'correct horse battery'
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

/** An application that people sign in to, which is told when they sign out. */
interface Application {
  readonly id: string
  readonly secret: string
  readonly address: string
  readonly seen: { readonly path: string; readonly body: string }[]
}

let server: RunningServer
let second: RunningServer
let browser: Browser
const servers: Server[] = []

before(async () => {
  const options = {
    log: createLog({ level: 'silent' }),
    fetch: createSafeFetch({ insecureHosts: ['127.0.0.1'], allowedAddresses: ['127.0.0.0/8'] }),
  }
  server = await serve(readSettings({ data: folder, port: 0 }), options)
  second = await serve(readSettings({ data: folder, port: 0, issuer: server.url }), options)
  await server.instance.users.create({ username: 'ada', email: 'ada@example.com', password })
  browser = await launchChromium()
})

after(async () => {
  await browser?.close()
  for (const one of servers) {
    one.close()
    one.closeAllConnections()
  }
  await second?.stop()
  await server?.stop()
  rmSync(folder, { recursive: true })
})

describe('OpenID Connect, as an application has it', () => {
  it('is found at the address that is listened on, whatever a request says [MD01 MD02 MD03 MD09]', async () => {
    for (const path of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']) {
      const answer = await fetch(server.url + path)
      assert.equal(answer.status, 200)
      assert.equal(((await answer.json()) as { issuer: string }).issuer, server.url)
      const head = await fetch(server.url + path, { method: 'HEAD' })
      assert.deepEqual([head.status, await head.text()], [200, ''])
      assert.equal(head.headers.get('etag'), answer.headers.get('etag'))
    }
    const document = await discover()
    for (const [name, value] of Object.entries(document)) {
      if (!name.endsWith('_endpoint') && name !== 'jwks_uri') continue
      assert.notEqual((await fetch(String(value), { method: 'OPTIONS' })).status, 404, name)
    }
  })

  it('signs in, tells who it is, and signs out everywhere, applications too [ID01 ID06 LO01 LO05 LO06 LO08 LO09 LO10]', async () => {
    const first = await addApplication((address) => ({
      postLogoutRedirectUris: [`${address}/bye`],
      backchannelLogoutUri: `${address}/back`,
    }))
    const other = await addApplication((address) => ({
      backchannelLogoutUri: `${address}/back`,
      frontchannelLogoutUri: `${address}/front`,
    }))
    const context = await browser.newContext()
    const page = await context.newPage()
    const tokens = await signIn(page, first)
    const claims = await verified(tokens.id_token, first)
    assert.equal(claims['nonce'], 'n-0S6_WzA2Mj')
    assert.deepEqual(claims['amr'], ['pwd'])
    const about = await fetch(`${server.url}/o/userinfo/`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    })
    const said = (await about.json()) as Readonly<Record<string, unknown>>
    assert.deepEqual([said['sub'], said['email']], [claims.sub, 'ada@example.com'])
    // Another application, in the same sign-in.
    const elsewhere = await signIn(page, other)
    assert.equal((await verified(elsewhere.id_token, other))['sid'], claims['sid'])
    const [cookie] = (await context.cookies()).filter(({ name }) => name === 'sessionid')
    const who = async (at: RunningServer): Promise<boolean> =>
      (await at.instance.sessions.find(cookie?.value ?? '')) !== null
    assert.deepEqual([await who(server), await who(second)], [true, true])

    const query = new URLSearchParams({
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: `${first.address}/bye`,
      state: 'a b',
    })
    await page.goto(`${server.url}/o/logout/?${query}`)
    await page.waitForURL(`${first.address}/bye?state=a+b`)
    assert.deepEqual([await who(server), await who(second)], [false, false])
    assert.equal(
      (await fetch(`${server.url}/o/userinfo/`, { headers: { authorization: `Bearer ${tokens.access_token}` } }))
        .status,
      401,
    )
    const front = other.seen.find(({ path }) => path.startsWith('/front'))
    const framed = new URL(front?.path ?? '', other.address).searchParams
    assert.deepEqual([framed.get('iss'), framed.get('sid')], [server.url, claims['sid']])

    // The other node looks as well, and neither tells twice.
    await Promise.all([server, second].map(async ({ instance }) => instance.oauth.logout.deliver()))
    for (const app of [first, other]) {
      const told = app.seen.filter(({ path }) => path === '/back')
      assert.equal(told.length, 1)
      const token = new URLSearchParams(told[0]?.body).get('logout_token') ?? ''
      const logout = await verified(token, app)
      assert.deepEqual([logout.sub, logout['sid']], [claims.sub, claims['sid']])
      assert.equal(decodeProtectedHeader(token).typ, 'logout+jwt')
    }
    await context.close()
  })

  for (const javaScriptEnabled of [false, true]) {
    it(`asks before it signs out where no ID token says whom, ${javaScriptEnabled ? 'with' : 'without'} scripts [LO03 LO08]`, async () => {
      const app = await addApplication((address) => ({
        postLogoutRedirectUris: [`${address}/bye`],
        frontchannelLogoutUri: `${address}/front`,
      }))
      const context = await browser.newContext({ javaScriptEnabled })
      const page = await context.newPage()
      await signIn(page, app)
      const query = new URLSearchParams({ client_id: app.id, post_logout_redirect_uri: `${app.address}/bye` })
      await page.goto(`${server.url}/o/logout/?${query}`)
      assert.equal(await page.locator('h1').textContent(), 'Sign out?')
      await page.getByRole('button', { name: 'Sign out' }).click()
      if (!javaScriptEnabled) {
        assert.equal(await page.locator('h1').textContent(), 'Signed out')
        await page.locator('#go-on').click()
      }
      await page.waitForURL(`${app.address}/bye`)
      assert.ok(app.seen.some(({ path }) => path.startsWith('/front')))
      await context.close()
    })
  }

  it('has pages in which axe finds nothing', async () => {
    const app = await addApplication(() => ({ clientUri: 'https://app.example/' }))
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(`${server.url}/o/logout/`)
    assert.equal(await page.locator('h1').textContent(), 'Signed out')
    await assertAccessible(page, 'signed-out')
    await page.goto(`${server.url}/o/logout/?post_logout_redirect_uri=https://evil.example/`)
    assert.equal(await page.locator('#error-code').textContent(), '400 invalid_request')
    await assertAccessible(page, 'sign-out-elsewhere')
    await signIn(page, app)
    await page.goto(`${server.url}/o/logout/?client_id=${app.id}`)
    assert.equal(await page.locator('#application').textContent(), 'an application')
    await assertAccessible(page, 'sign-out')
    await page.getByRole('button', { name: 'Sign out' }).click()
    assert.equal(await page.locator('#go-on').getAttribute('href'), 'https://app.example/')
    await assertAccessible(page, 'signed-out-of-application')
    await context.close()
  })
})

async function discover(): Promise<Readonly<Record<string, unknown>>> {
  return (await (await fetch(`${server.url}/.well-known/openid-configuration`)).json()) as Record<string, unknown>
}

/** As a library would, by what is published. */
async function verified(token: string, app: Application): Promise<JWTPayload> {
  const keys = createRemoteJWKSet(new URL(String((await discover())['jwks_uri'])))
  return (await jwtVerify(token, keys, { issuer: server.url, audience: app.id })).payload
}

async function addApplication(metadata: (address: string) => ClientMetadata): Promise<Application> {
  const seen: Application['seen'] = []
  const listening = createServer((incoming, outgoing) => {
    let body = ''
    incoming.on('data', (chunk: Buffer) => (body += chunk.toString()))
    incoming.on('end', () => {
      seen.push({ path: incoming.url ?? '', body })
      outgoing.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>an application</title>')
    })
  })
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', () => resolve()))
  servers.push(listening)
  const address = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`
  const { database, format } = server.instance
  const id = database.newId()
  const { text, digest } = format.make('sec', id)
  const now = Date.now()
  const row = clientRow(id, {
    identifier: formatId(id),
    name: 'an application',
    is_confidential: 1,
    auth_method: 'client_secret',
    grant_types: 'authorization_code',
    scopes: 'openid email',
    metadata: JSON.stringify({ redirectUris: [`${address}/cb`], consent: 'never', ...metadata(address) }),
    secret_digest: digest,
    created_at: now,
    updated_at: now,
  })
  await database.append({ clients: row })
  return { id: row.identifier, secret: text, address, seen }
}

/** Signs in to an application in a browser, which signs in here where nobody has. */
async function signIn(
  page: Page,
  app: Application,
): Promise<{ readonly access_token: string; readonly id_token: string }> {
  const redirectUri = `${app.address}/cb`
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: app.id,
    redirect_uri: redirectUri,
    scope: 'openid email',
    state: 'xyz',
    nonce: 'n-0S6_WzA2Mj',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })
  await page.goto(`${server.url}/o/authorize/?${query}`)
  if (page.url().includes('/accounts/login/')) {
    await page.locator('#id_username').fill('ada')
    await page.locator('#id_password').fill(password)
    await page.locator('#sign-in-submit').click()
  }
  await page.waitForURL(`${redirectUri}?**`)
  const code = new URL(page.url()).searchParams.get('code') ?? ''
  const answer = await fetch(`${server.url}/o/token/`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${app.id}:${app.secret}`).toString('base64')}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }),
  })
  assert.equal(answer.status, 200)
  return (await answer.json()) as { access_token: string; id_token: string }
}
