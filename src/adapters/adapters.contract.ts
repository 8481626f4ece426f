import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { after, before, describe, it } from 'node:test'
import { nobody, offers, refused, type AdapterCase } from './adapter-case.contract.ts'
import { createTestCertificates, type TestCertificates } from './certificates.contract.ts'
import * as credentialCases from './credential-cases.contract.ts'
import { openDoorStage, type DoorStage } from './door-stage.contract.ts'
import { routesOf, type Mount, type Mounted } from './mounted-routes.contract.ts'
import * as permissionCases from './permission-cases.contract.ts'
import { exchange, type Received } from './raw-exchange.contract.ts'

const { waysIn, strangers, badCredentials, malformedHeaders, sideBySide } = credentialCases
const { permissions, things, openRoutes, crossSite, methods, routers } = permissionCases
const cases: readonly AdapterCase[] = [
  ...[waysIn, strangers, badCredentials, malformedHeaders, sideBySide].flat(),
  ...[permissions, things, openRoutes, crossSite, methods, routers].flat(),
]

export interface AdapterContractOptions {
  /** How a route behind two gates is listed (with both). */
  readonly vault?: string
}

const both = "allOf(protect(isStaff), protect(hasScope('notes:write')))"

/** What every adapter has to hold, as tests over real connections: to the same request the same answer, byte for byte. */
export function adapterContract(name: string, mount: Mount, { vault = both }: AdapterContractOptions = {}): void {
  describe(`${name}, as an adapter`, () => {
    let stage: DoorStage
    let mounted: Mounted
    let certificates: TestCertificates
    let servers: Server[]

    before(async () => {
      stage = await openDoorStage()
      certificates = await createTestCertificates()
      mounted = await mount(stage.auth, routesOf(stage))
      const { server, authority } = certificates
      const tls = { ...server, ca: authority, requestCert: true, rejectUnauthorized: false }
      servers = [createServer(mounted.listener), createTlsServer(tls, mounted.listener)]
      await Promise.all(servers.map((server) => new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))))
    })
    after(async () => {
      await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))))
      await mounted.close?.()
      await stage.close()
    })

    async function send(request: string, headers: readonly string[], body?: string, tls?: ConnectionOptions) {
      const [method = '', path = ''] = request.split(' ')
      const [plain, encrypted] = servers.map((server) => server.address() as AddressInfo)
      const { port } = (tls === undefined ? plain : encrypted) as AddressInfo
      const pairs = headers.map((header) => /^([^:]*): (.*)$/s.exec(filled(header)) ?? [])
      const sent = { method, path, headers: pairs.map(([, key = '', value = '']) => [key, value] as const) }
      return exchange(port, body === undefined ? sent : { ...sent, body: filled(body) }, tls)
    }

    function filled(text: string): string {
      return text.replaceAll(/\{(\w+)\}/g, (_, key: keyof DoorStage['shown']) => stage.shown[key])
    }

    for (const [does, request, headers, answer, body] of cases) {
      it(does, async () => {
        const received = await send(request, headers, body)
        if ('json' in answer) assert.deepEqual([received.status, jsonIn(received)], [answer.status, answer.json])
        else assert.deepEqual(received, answer)
      })
    }

    it('lets a client certificate in, and refuses one that no authority vouches for [AK12]', async () => {
      const { authority, client, stranger } = certificates
      const trusted = { ca: authority, checkServerIdentity: () => undefined }
      const received = await send('GET /me', [], undefined, { ...trusted, ...client })
      assert.deepEqual([received.status, jsonIn(received)], [200, { via: 'clientCertificate', name: 'ada' }])
      const unknown = await send('GET /me', [], undefined, { ...trusted, ...stranger })
      const detail = 'The client certificate is not accepted.'
      assert.deepEqual(unknown, refused('authentication_failed', { detail, offers: offers() }))
      assert.deepEqual(await send('GET /me', [], undefined, trusted), nobody)
    })

    it('tells what is left of a limit, and refuses when nothing is [B-THR-05 B-THR-19]', async () => {
      const left = (remaining: number, reset: number): object => ({
        'ratelimit-policy': '"principal";q=2;w=60',
        ratelimit: `"principal";r=${remaining};t=${reset}`,
        'ratelimit-limit': '2',
        'ratelimit-remaining': String(remaining),
        'ratelimit-reset': String(reset),
      })
      const key = ['x-api-key: {key}']
      const limits = ({ headers }: Received): object =>
        Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('ratelimit')))
      const first = await send('GET /twice', key)
      assert.deepEqual([first.status, limits(first)], [200, left(1, 30)])
      const second = await send('PUT /twice/2', key)
      assert.deepEqual([second.status, limits(second)], [403, left(0, 60)])
      const detail = 'Too many requests. Try again in 30 seconds.'
      const headers = { 'retry-after': '30', ...left(0, 60) }
      assert.deepEqual(await send('GET /twice', key), refused('throttled', { detail, headers }))
      assert.deepEqual(limits(await send('GET /me', key)), {})
    })

    it('refuses a flood before it looks at credentials', async () => {
      const flood = ['x-flood: 1', 'authorization: Bearer {jwt}']
      assert.equal((await send('GET /flood', flood)).status, 200)
      assert.equal((await send('GET /flood', ['x-flood: 1', 'authorization: Bearer x'])).status, 429)
      assert.equal((await send('GET /flood', ['authorization: Bearer {jwt}'])).status, 200)
    })

    it('refuses more guesses, and the right credential with them [B-THR-16 B-BASIC-11]', async () => {
      for (let turn = 0; turn < 2; turn += 1) assert.equal((await send('GET /guess', ['x-api-key: x'])).status, 401)
      const detail = 'Too many failed attempts. Try again in 30 seconds.'
      const received = await send('GET /guess', ['x-api-key: {key}'])
      assert.deepEqual(received, refused('too_many_attempts', { detail, headers: { 'retry-after': '30' } }))
    })

    it('says nothing about faults', async () => {
      for (const path of ['/fault', '/broken']) {
        const received = await send(`GET ${path}`, ['authorization: Bearer {jwt}'])
        assert.equal(received.status, 500)
        if (path === '/broken') assert.doesNotMatch(received.body, /secret/)
      }
    })

    it('answers many at once, each as who they are', async () => {
      const ways = [
        'cookie: {session}',
        'authorization: Bearer {jwt}',
        'x-api-key: {key}',
        'authorization: Token {token}',
      ]
      const vias = ['session', 'jwt', 'apiKey', 'token']
      const received = await Promise.all(
        Array.from({ length: 100 }, async (_, turn) => send('GET /me', [ways[turn % 4] as string])),
      )
      for (const [turn, one] of received.entries()) {
        assert.deepEqual(jsonIn(one), { via: vias[turn % 4], name: 'ada' })
      }
    })

    it('lists every route with its policy [B-PERM-18]', () => {
      const listed = mounted.list().map(({ method, path, policy }) => `${method} ${path} ${policy?.rule?.name ?? null}`)
      const isExtra = (line: string): boolean => line.startsWith('HEAD ')
      assert.deepEqual(
        listed.filter((line) => !isExtra(line)).toSorted(),
        [...policies, `GET /inner/vault ${vault}`].toSorted(),
      )
    })
  })
}

function jsonIn({ body }: Received): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

const policies = [
  'GET /me protect(isAuthenticated)',
  'POST /me protect(isAuthenticated)',
  'OPTIONS /me protect(isAuthenticated)',
  'GET /news open(isReadOnly)',
  'POST /news open(isReadOnly)',
  'GET /staff protect(isStaff)',
  "GET /writing protect(hasScope('notes:write'))",
  'PUT /notes/:id protect(isAuthenticated)',
  'GET /notes/:id open(allowAny)',
  'GET /badge protect(isAuthenticated)',
  'PUT /badge/:id protect(isAuthenticated)',
  'GET /keys protect(isAuthenticated)',
  'GET /jwts protect(isAuthenticated)',
  'GET /sessions protect(isAuthenticated)',
  'GET /twice protect(isAuthenticated)',
  'PUT /twice/:id protect(isAuthenticated)',
  'GET /flood protect(isAuthenticated)',
  'GET /guess protect(isAuthenticated)',
  'GET /gone open(whenThere)',
  'GET /fault protect(isAuthenticated)',
  'GET /broken protect(broken)',
  'GET /free null',
  'PATCH /free null',
  'GET /inner/hall protect(isStaff)',
]
