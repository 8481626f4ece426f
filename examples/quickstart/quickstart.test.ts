import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { findProgram } from '../../test/services/debian-package.ts'
import type { Quickstart } from './accounts.ts'
import type { QuickstartClient } from './clients.ts'
import { curlCommands } from './curl-lines.ts'
import { type RunningQuickstart, startQuickstart } from './running-quickstart.contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'doorward-quickstart-'))
const doorward = `${process.execPath} --conditions=doorward-source src/cli/main.ts`
let server: RunningQuickstart
let quickstart: Quickstart

before(async () => {
  findProgram(() => ['/usr/bin/curl', '/usr/local/bin/curl'].find((file) => existsSync(file)), 'curl')
  server = await startQuickstart(folder)
  quickstart = JSON.parse(readFileSync(join(folder, 'quickstart.json'), 'utf8')) as Quickstart
})

after(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

describe('the quick start', () => {
  it('prints a curl line for each way in, and each of them works when pasted into a shell', async () => {
    const expected = {
      Basic: ['basic', 'user', 'ada'],
      Token: ['token', 'user', 'ada'],
      JWT: ['jwt', 'user', 'ada'],
      'API key': ['apiKey', 'user', 'ada'],
      'API key of a service account': ['apiKey', 'service_account', 'reporting'],
      session: ['session', 'user', 'ada'],
      'remote user, as a proxy asserts it': ['remoteUser', 'user', 'ada'],
      'client certificate, as a proxy forwards it': ['clientCertificate', 'user', 'ada'],
    }
    const answers: Record<string, unknown> = {}
    const issued: string[] = []
    const oauth: Record<string, unknown> = {}
    for (const { way, command } of curlCommands(quickstart)) {
      assert.ok(server.printed().includes(`# ${way}\n${command}\n`), `${way} is printed`)
      const said = JSON.parse(await shell(command)) as unknown
      if (way.startsWith('OAuth 2: ')) {
        oauth[way.slice('OAuth 2: '.length)] = said
        continue
      }
      const answer = said as WhoAmI | { token: string } | { access: string; refresh: string }
      if ('via' in answer) answers[way] = [answer.via, answer.principal.kind, answer.principal.name]
      else issued.push(...Object.entries<string>({ ...answer }).map(([name, text]) => `${name} ${text.slice(0, 7)}`))
    }
    assert.deepEqual(answers, expected)
    assert.deepEqual(issued, ['token dw_pat_', 'access eyJhbGc', 'refresh eyJhbGc'])
    const { access_token: token, ...made } = oauth['a token by client credentials'] as Record<string, unknown>
    assert.match(String(token), /^dw_at_/)
    assert.deepEqual(made, { token_type: 'Bearer', expires_in: 3600, scope: 'read write' })
    assert.deepEqual(oauth['a protected call with it'], { ok: true })
    const { active, scope, client_id: id } = oauth['introspection, as another server asks'] as Record<string, unknown>
    assert.deepEqual([active, scope, id], [true, 'read write', quickstart.clients.machine.client_id])
    assert.equal(oauth['revocation, which answers 200'], 200)
  })

  it('prints a link that leads through sign-in and consent to a code, and says how to trade it', async () => {
    const link = /^http:\S+\/o\/authorize\/\S+$/m.exec(server.printed())?.[0] ?? ''
    const browser = createBrowser()
    const signIn = await browser.open(link)
    assert.match(signIn.url, /\/accounts\/login\/\?next=/)
    const { username, password } = quickstart.users.ada
    const consent = await browser.submit(signIn, { username, password })
    assert.match(consent.body, /Single-page application/)
    const done = await browser.submit(consent, { decision: 'allow' })
    assert.match(done.url, /\/cb\?/)
    const command = /^curl .*$/m.exec(done.body)?.[0] ?? ''
    const tokens = JSON.parse(await shell(command)) as Record<string, unknown>
    assert.match(String(tokens['refresh_token']), /^dw_rt_/)
    assert.match(String(tokens['id_token']), /^eyJ/)
    assert.deepEqual(await whoami({ authorization: `Bearer ${String(tokens['access_token'])}` }), [
      'oauth2',
      'user',
      'ada',
      ['openid', 'profile', 'offline_access', 'read'],
    ])
    assert.match((await browser.open(`${quickstart.baseUrl}/cb?code=<script>`)).body, /^No code came back/)
  })

  it('registers a client of each kind, and the old grants for the one that has them [RG06]', async () => {
    const { machine, web, spa, device, introspector, legacy } = quickstart.clients
    for (const client of [machine, web, introspector, legacy]) assert.match(client.client_secret ?? '', /^dw_sec_/)
    for (const client of [spa, device]) assert.ok(!('client_secret' in client))
    assert.deepEqual(web.redirect_uris, ['http://127.0.0.1:9999/cb', 'https://app.example/cb'])
    assert.deepEqual(spa.redirect_uris, ['http://127.0.0.1/cb'])
    const { username, password } = quickstart.users.ada
    const fields = { grant_type: 'password', username, password, scope: 'read' }
    assert.equal((await token(legacy, fields)).status, 200)
    assert.equal((await token(web, fields)).json['error'], 'unauthorized_client')
    assert.equal((await token(introspector, { grant_type: 'client_credentials' })).json['error'], 'unauthorized_client')
    const metadata = await fetch(`${quickstart.baseUrl}/.well-known/oauth-authorization-server`)
    const { grant_types_supported: grants } = (await metadata.json()) as { grant_types_supported: readonly string[] }
    assert.ok(grants.includes('password') && grants.includes('implicit'))
  })

  it('sees at its next request that a client was switched off at the command line, and on again [B-TKE-10]', async () => {
    const { machine, introspector } = quickstart.clients
    const credentials = { grant_type: 'client_credentials', scope: 'read' }
    const { json } = await token(machine, credentials)
    const authorization = `Bearer ${String(json['access_token'])}`
    const seen = async (): Promise<readonly unknown[]> => {
      const { client_id, client_secret = '' } = introspector
      const body = new URLSearchParams({ client_id, client_secret, token: String(json['access_token']) })
      const introspected = await fetch(`${quickstart.baseUrl}/o/introspect/`, { method: 'POST', body })
      return [
        (await call('GET', 'protected', { authorization })).status,
        (await token(machine, credentials)).status,
        ((await introspected.json()) as { active: boolean }).active,
      ]
    }
    assert.deepEqual(await seen(), [200, 200, true])
    await shell(`${doorward} disable-client ${machine.client_id} --data ${folder}`)
    assert.deepEqual(await seen(), [401, 401, false])
    await shell(`${doorward} enable-client ${machine.client_id} --data ${folder}`)
    assert.deepEqual(await seen(), [200, 200, true])
  })

  it('keeps what it made to its owner', () => {
    assert.equal(statSync(join(folder, 'quickstart.json')).mode & 0o777, 0o600)
    assert.equal(statSync(join(folder, 'doorward.sqlite3')).mode & 0o077, 0)
    assert.equal(statSync(join(folder, 'secret')).mode & 0o077, 0)
  })

  it('refuses keys that are expired or revoked, and users who are inactive', async () => {
    const { apiKeys, users } = quickstart
    for (const headers of [
      { 'x-api-key': apiKeys.expired },
      { 'x-api-key': apiKeys.revoked },
      { authorization: `Basic ${btoa(`inactive:${users.inactive.password}`)}` },
    ]) {
      assert.equal((await call('GET', 'whoami', headers)).status, 401)
    }
  })

  it('holds each route to its policy', async () => {
    const { apiKeys, users } = quickstart
    const as = (name: 'ada' | 'bob' | 'staff' | 'root') => ({
      authorization: `Basic ${btoa(`${name}:${users[name].password}`)}`,
    })
    const [ada, readOnly, service] = [apiKeys.ada, apiKeys.adaReadOnly, apiKeys.service].map((key) => ({
      'x-api-key': key,
    }))
    const table: [string, string, Record<string, string> | undefined, number][] = [
      ['GET', 'protected', {}, 401],
      ['GET', 'protected', service, 200],
      ['GET', 'data', ada, 200],
      ['GET', 'clients', ada, 200],
      ['POST', 'clients', ada, 403],
      ['POST', 'clients', as('staff'), 201],
      ['GET', 'staff', as('ada'), 403],
      ['GET', 'staff', as('staff'), 200],
      ['GET', 'superuser', as('staff'), 403],
      ['GET', 'superuser', as('root'), 200],
      ['GET', 'people', service, 403],
      ['GET', 'people', ada, 200],
      ['GET', 'chats', readOnly, 200],
      ['POST', 'chats', readOnly, 403],
      ['POST', 'chats', ada, 201],
      ['POST', 'chats', as('ada'), 201],
      ['GET', 'news', {}, 200],
      ['POST', 'news', {}, 401],
      ['POST', 'news', ada, 201],
      ['GET', 'open', {}, 200],
      ['GET', 'open', { authorization: 'Bearer garbage' }, 401],
      ['PUT', 'notes/1', as('ada'), 200],
      ['PUT', 'notes/1', as('bob'), 403],
      ['PUT', 'notes/2', as('staff'), 200],
      ['GET', 'notes/2', service, 200],
      ['DELETE', 'protected', {}, 401],
      ['DELETE', 'protected', ada, 405],
      ['OPTIONS', 'protected', ada, 204],
      ['GET', 'nothing-here', ada, 404],
    ]
    for (const [method, path, headers = {}, status] of table) {
      assert.equal(
        (await call(method, path, headers)).status,
        status,
        `${method} ${path} ${Object.keys(headers).join()}`,
      )
    }
  })

  it('meters uploads: five a minute a principal, with what is left on success', async () => {
    const headers = { 'x-api-key': quickstart.apiKeys.service }
    const answers = []
    for (let count = 0; count < 6; count++) answers.push(await call('POST', 'uploads', headers))
    assert.deepEqual(
      answers.map(({ status }) => status),
      [201, 201, 201, 201, 201, 429],
    )
    assert.equal(answers[0]?.headers.get('ratelimit-remaining'), '4')
    assert.ok(Number(answers[5]?.headers.get('retry-after')) <= 60)
    assert.equal((await call('POST', 'uploads', { 'x-api-key': quickstart.apiKeys.ada })).status, 201)
  })

  it('finds its accounts again after a restart, and stops without complaint', async () => {
    assert.equal(await server.stop(), 0)
    server = await startQuickstart(folder)
    const again = JSON.parse(readFileSync(join(folder, 'quickstart.json'), 'utf8')) as Quickstart
    assert.deepEqual({ ...again, baseUrl: '' }, { ...quickstart, baseUrl: '' })
    quickstart = again
    assert.equal((await call('GET', 'whoami', { 'x-api-key': again.apiKeys.ada })).status, 200)
  })

  it('lets clients register with --registration, and with the token that it writes down [RG03]', async () => {
    assert.equal((await register({})).status, 404)
    await server.stop()
    server = await startQuickstart(folder, { more: ['--registration'] })
    quickstart = JSON.parse(readFileSync(join(folder, 'quickstart.json'), 'utf8')) as Quickstart
    assert.equal((await register({})).status, 401)
    const answer = await register({ authorization: `Bearer ${quickstart.initialAccessToken}` })
    assert.equal(answer.status, 201)
    const client = (await answer.json()) as { readonly client_id: string; readonly scope: string }
    assert.equal(client.scope, 'openid profile email offline_access read write')
  })
})

async function register(headers: Record<string, string>): Promise<Response> {
  return fetch(`${quickstart.baseUrl}/o/register/`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ redirect_uris: ['http://127.0.0.1/cb'], token_endpoint_auth_method: 'none' }),
  })
}

interface WhoAmI {
  readonly via: string
  readonly principal: { readonly kind: string; readonly name: string }
  readonly scopes?: readonly string[]
}

async function whoami(headers: Record<string, string>): Promise<unknown> {
  const response = await fetch(`${quickstart.baseUrl}/api/whoami/`, { headers })
  const { via, principal, scopes } = (await response.json()) as WhoAmI
  return [via, principal.kind, principal.name, scopes]
}

async function token(
  { client_id, client_secret = '' }: QuickstartClient,
  fields: Record<string, string>,
): Promise<{ readonly status: number; readonly json: Record<string, unknown> }> {
  const body = new URLSearchParams({ client_id, client_secret, ...fields })
  const response = await fetch(`${quickstart.baseUrl}/o/token/`, { method: 'POST', body })
  return { status: response.status, json: (await response.json()) as Record<string, unknown> }
}

interface Page {
  readonly url: string
  readonly body: string
}

/** As much of a browser as pages without scripts need: cookies, redirects, and the one form of a page. */
function createBrowser(): {
  readonly open: (url: string, init?: RequestInit) => Promise<Page>
  readonly submit: (page: Page, fields: Readonly<Record<string, string>>) => Promise<Page>
} {
  const cookies = new Map<string, string>()
  const open = async (url: string, init: RequestInit = {}): Promise<Page> => {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
    const headers = { ...(init.headers as Record<string, string> | undefined), cookie }
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      cookies.set(name, value)
    }
    const next = response.headers.get('location')
    if (next === null) return { url, body: await response.text() }
    await response.arrayBuffer()
    return open(new URL(next, url).href)
  }
  return {
    open,
    submit: async ({ url, body }, fields) => {
      const [, action = ''] = /<form\s+method="post"\s+action="([^"]+)"/.exec(body) ?? []
      const hidden = [...body.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)]
      const known = Object.fromEntries(hidden.map(([, name, value = '']) => [name, value.replaceAll('&amp;', '&')]))
      const sent = new URLSearchParams({ ...known, ...fields })
      return open(new URL(action, url).href, { method: 'POST', body: sent, headers: { origin: quickstart.baseUrl } })
    },
  }
}

async function call(method: string, path: string, headers: Record<string, string>): Promise<Response> {
  const body = ['POST', 'PUT'].includes(method) ? { body: '{"text":"hello"}' } : {}
  const json = 'body' in body ? { 'content-type': 'application/json' } : {}
  const response = await fetch(`${quickstart.baseUrl}/api/${path}/`, {
    method,
    headers: { ...json, ...headers },
    ...body,
  })
  await response.arrayBuffer()
  return response
}

async function shell(command: string): Promise<string> {
  return (await promisify(execFile)('bash', ['-c', command])).stdout
}
