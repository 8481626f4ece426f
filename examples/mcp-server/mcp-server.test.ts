import 'reflect-metadata'
import assert from 'node:assert/strict'
import { webcrypto } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { serve as listen } from '@hono/node-server'
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client'
import type {
  OAuthClientInformationMixed,
  OAuthClientProvider,
  OAuthDiscoveryState,
  OAuthTokens,
} from '@modelcontextprotocol/client'
import { cryptoProvider, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509'
import { createSafeFetch } from 'doorward'
import { createLog, readSettings, serve, type RunningServer } from 'doorward/server'
import { createBrowser } from '../../test/foreign/browser.ts'
import { freePort } from '../../test/services/server-process.ts'
import { notesOverMcp } from './mcp-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'doorward-mcp-'))
const password = 'correct horse battery'
let doorward: RunningServer
let issuer = ''
let resource = ''
let elsewhere = ''
let documents: Documents
const closers: (() => void)[] = []

before(async () => {
  const [port, notesPort, otherPort] = [await freePort(), await freePort(), await freePort()]
  issuer = `http://127.0.0.1:${port}`
  resource = `http://127.0.0.1:${notesPort}/mcp`
  elsewhere = `http://127.0.0.1:${otherPort}/mcp`
  documents = await publishDocuments()
  const settings = readSettings({
    data: folder,
    port,
    publicUrl: issuer,
    secret: 's'.repeat(40),
    oauthRegistration: 'open',
    oauthClientDocuments: true,
    oauthSelfRegisteredScopes: ['read', 'write', 'offline_access'],
    oauthSelfRegisteredResources: [resource, elsewhere],
  })
  doorward = await serve(settings, { log: createLog({ level: 'silent' }), fetch: documents.fetch })
  const { users, oauth } = doorward.instance
  await users.create({ username: 'ada', email: 'ada@example.com', password })
  for (const address of [resource, elsewhere]) {
    const { client, secret } = await oauth.clients.create(
      { name: 'Notes', grantTypes: ['client_credentials'], scopes: ['read'], introspects: [address] },
      { by: { actor: 'system' } },
    )
    const fetch = notesOverMcp({ resource: address, issuer, clientId: client.id, clientSecret: secret ?? '' })
    const server = listen({ fetch, port: Number(new URL(address).port), hostname: '127.0.0.1' })
    closers.push(() => server.close())
  }
})

after(async () => {
  for (const close of closers) close()
  documents.server.close()
  await doorward.stop()
  rmSync(folder, { recursive: true })
})

describe('examples/mcp-server, with the client of the MCP SDK', () => {
  it('says where to get a token: by a challenge, and the metadata of the resource (RFC 9728) [MD12 MD13]', async () => {
    const answer = await fetch(resource, { method: 'POST', body: '{}' })
    assert.equal(answer.status, 401)
    const metadataAt = resource.replace('/mcp', '/.well-known/oauth-protected-resource/mcp')
    assert.equal(
      answer.headers.get('www-authenticate'),
      `Bearer realm="notes", resource_metadata="${metadataAt}", scope="read"`,
    )
    const metadata = await fetch(metadataAt)
    assert.deepEqual(await metadata.json(), {
      resource,
      authorization_servers: [issuer],
      scopes_supported: ['read', 'write'],
      bearer_methods_supported: ['header'],
      resource_name: 'Notes',
    })
    const query = await fetch(`${resource}?access_token=x`, { method: 'POST', body: '{}' })
    assert.ok([400, 401].includes(query.status))
  })

  it('is found, registers itself, signs a user in, calls a tool and refreshes', async () => {
    const provider = createProvider()
    await signIn(provider)
    const { client_id: id } = (await provider.clientInformation()) ?? {}
    const registered = await doorward.instance.oauth.findClient(id ?? '')
    assert.deepEqual([registered?.source, registered?.isConfidential], ['dynamic', false])
    assert.equal(provider.asked.searchParams.get('resource'), resource)
    assert.equal(provider.asked.searchParams.get('code_challenge_method'), 'S256')
    assert.equal(await callTool(provider, 'list-notes'), '')

    const before = provider.tokens()
    // As when it has expired: the client finds out by a 401.
    provider.saveTokens({ ...before, access_token: 'over' } as OAuthTokens)
    assert.equal(await callTool(provider, 'list-notes'), '')
    assert.notEqual(provider.tokens()?.access_token, before?.access_token)
    assert.notEqual(provider.tokens()?.refresh_token, before?.refresh_token)
  })

  it('is a client by the document at its client_id, which nobody registered [B-OID-18]', async () => {
    const provider = createProvider({ clientMetadataUrl: documents.url })
    await signIn(provider)
    assert.equal(provider.asked.searchParams.get('client_id'), documents.url)
    const client = await doorward.instance.oauth.findClient(documents.url)
    assert.deepEqual([client?.source, client?.name], ['document', 'An agent'])
    assert.equal(await callTool(provider, 'list-notes'), '')
  })

  it('asks for more when a tool needs more, for all of it at once', async () => {
    const provider = createProvider()
    await signIn(provider)
    // The SDK asks for offline_access where the server has it, to be able to refresh.
    assert.equal(provider.tokens()?.scope, 'read offline_access')
    await assert.rejects(callTool(provider, 'add-note', { text: 'hello' }), UnauthorizedError)
    const scope = provider.asked.searchParams.get('scope')?.split(' ').toSorted()
    assert.deepEqual(scope, ['offline_access', 'read', 'write'])
    await finish(provider)
    assert.equal(await callTool(provider, 'add-note', { text: 'hello' }), 'It is written down.')
    assert.equal(await callTool(provider, 'list-notes'), 'ada: hello')
  })

  it('is refused with a token for another resource, though it is of the same server (RFC 8707) [TK09]', async () => {
    const provider = createProvider()
    await signIn(provider)
    const token = provider.tokens()?.access_token
    const call = async (address: string): Promise<Response> =>
      fetch(address, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
      })
    assert.notEqual((await call(resource)).status, 401)
    const refused = await call(elsewhere)
    assert.equal(refused.status, 401)
    assert.match(refused.headers.get('www-authenticate') ?? '', /error="invalid_token"/)
    // Nor is it one for the API of the authorization server itself.
    const own = await fetch(`${issuer}/o/userinfo/`, { headers: { authorization: `Bearer ${token}` } })
    assert.ok([401, 403].includes(own.status))
  })
})

/** What the SDK asks for and stores, and where it wanted to send its user. */
interface Provider extends OAuthClientProvider {
  readonly asked: URL
  tokens(): OAuthTokens | undefined
  saveTokens(tokens: OAuthTokens): void
}

function createProvider({ clientMetadataUrl }: { readonly clientMetadataUrl?: string } = {}): Provider {
  let asked = new URL('http://nowhere.invalid')
  let information: OAuthClientInformationMixed | undefined
  let tokens: OAuthTokens | undefined
  let verifier = ''
  let discovery: OAuthDiscoveryState | undefined
  return {
    get asked() {
      return asked
    },
    ...(clientMetadataUrl === undefined ? {} : { clientMetadataUrl }),
    redirectUrl,
    clientMetadata: {
      client_name: 'An agent',
      redirect_uris: [redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    state: () => 'a state',
    clientInformation: () => information,
    saveClientInformation: (given) => void (information = given),
    tokens: () => tokens,
    saveTokens: (given) => void (tokens = given),
    redirectToAuthorization: (url) => void (asked = url),
    saveCodeVerifier: (given) => void (verifier = given),
    codeVerifier: () => verifier,
    saveDiscoveryState: (given) => void (discovery = given),
    discoveryState: () => discovery,
  }
}

const redirectUrl = 'http://127.0.0.1:33418/callback'

/** Connects, is sent to sign in, and comes back with tokens. */
async function signIn(provider: Provider): Promise<void> {
  const client = new Client({ name: 'an agent', version: '1.0.0' })
  const transport = new StreamableHTTPClientTransport(new URL(resource), { authProvider: provider })
  await assert.rejects(client.connect(transport), UnauthorizedError)
  await finish(provider)
}

/** What the user does in the browser: signs in, allows it, and is led back. */
async function finish(provider: Provider): Promise<void> {
  const browser = createBrowser(issuer)
  const signInPage = await browser.visit(provider.asked)
  const consentPage = await browser.submit(signInPage, { username: 'ada', password }, '/accounts/login/')
  assert.match(consentPage.html, /An agent/)
  assert.match(consentPage.html, /127\.0\.0\.1/, 'it is told where the answer goes')
  const end = await browser.submit(consentPage, { decision: 'allow' })
  assert.ok(end.url.href.startsWith(redirectUrl), end.url.href + end.html)
  const transport = new StreamableHTTPClientTransport(new URL(resource), { authProvider: provider })
  await transport.finishAuth(end.url.searchParams)
}

async function callTool(provider: Provider, name: string, given: Record<string, unknown> = {}): Promise<string> {
  const client = new Client({ name: 'an agent', version: '1.0.0' })
  const transport = new StreamableHTTPClientTransport(new URL(resource), { authProvider: provider })
  await client.connect(transport)
  try {
    const { content } = await client.callTool({ name, arguments: given })
    const [first] = content as readonly { readonly text?: string }[]
    return first?.text ?? ''
  } finally {
    await client.close()
  }
}

interface Documents {
  readonly server: Server
  readonly url: string
  /** Trusts the server of the documents, and goes nowhere else on this machine. */
  readonly fetch: ReturnType<typeof createSafeFetch>
}

/** A server of its own for the metadata document, over https as it has to be. */
async function publishDocuments(): Promise<Documents> {
  cryptoProvider.set(webcrypto as Crypto)
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=app.example',
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: 'app.example' }])],
  })
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  const cert = certificate.toString('pem')
  let url = ''
  const server = createServer(
    { cert, key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` },
    (_request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(
        JSON.stringify({
          client_id: url,
          client_name: 'An agent',
          redirect_uris: ['http://127.0.0.1/callback'],
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
          token_endpoint_auth_method: 'none',
        }),
      )
    },
  ).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  url = `https://app.example:${(server.address() as AddressInfo).port}/client.json`
  const fetch = createSafeFetch({ ca: cert, allowedAddresses: ['127.0.0.1'], lookup: async () => ['127.0.0.1'] })
  return { server, url, fetch }
}
