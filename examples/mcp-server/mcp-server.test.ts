import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { serve as listen } from '@hono/node-server'
import { createLog, readSettings, serve, type RunningServer } from 'doorward/server'
import { freePort } from '../../test/services/server-process.ts'
import { createAgent, sdks, type Agent, type Sdk } from './agent.contract.ts'
import { notesOverMcp } from './mcp-server.ts'
import { publishDocument, type PublishedDocument } from './published-document.contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'doorward-mcp-'))
const password = 'correct horse battery'
let doorward: RunningServer
let issuer = ''
let resource = ''
let elsewhere = ''
let document: PublishedDocument
const closers: (() => void)[] = []

before(async () => {
  const [port, notesPort, otherPort] = [await freePort(), await freePort(), await freePort()]
  issuer = `http://127.0.0.1:${port}`
  resource = `http://127.0.0.1:${notesPort}/mcp`
  elsewhere = `http://127.0.0.1:${otherPort}/mcp`
  document = await publishDocument()
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
  doorward = await serve(settings, { log: createLog({ level: 'silent' }), fetch: document.fetch })
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
  document.server.close()
  await doorward.stop()
  rmSync(folder, { recursive: true })
})

describe('examples/mcp-server', () => {
  it('says where to get a token: by a challenge, and the metadata of the resource (RFC 9728) [MD12 MD13]', async () => {
    const answer = await fetch(resource, { method: 'POST', body: '{}' })
    assert.equal(answer.status, 401)
    const metadataAt = resource.replace('/mcp', '/.well-known/oauth-protected-resource/mcp')
    const challenge = `Bearer realm="notes", resource_metadata="${metadataAt}", scope="read"`
    assert.equal(answer.headers.get('www-authenticate'), challenge)
    const metadata = await fetch(metadataAt)
    assert.deepEqual(await metadata.json(), {
      resource,
      authorization_servers: [issuer],
      scopes_supported: ['read', 'write'],
      bearer_methods_supported: ['header'],
      resource_name: 'Notes',
    })
  })

  it('is refused with a token for another resource, though it is of the same server (RFC 8707) [TK09]', async () => {
    const agent = createAgent({ sdk: sdks['version 2'], resource, issuer, password })
    await agent.signIn()
    const token = agent.tokens()?.access_token ?? ''
    assert.notEqual((await post(resource, token)).status, 401)
    const refused = await post(elsewhere, token)
    assert.equal(refused.status, 401)
    assert.match(refused.headers.get('www-authenticate') ?? '', /error="invalid_token"/)
    // Nor is it one for the API of the authorization server itself.
    const own = await fetch(`${issuer}/o/userinfo/`, { headers: { authorization: `Bearer ${token}` } })
    assert.ok([401, 403].includes(own.status))
    // A token is never taken from the address (RFC 6750, section 2.3).
    assert.ok([400, 401].includes((await fetch(`${resource}?access_token=${token}`, { method: 'POST' })).status))
  })
})

describe('examples/mcp-server, where a tool needs more than was granted', () => {
  it('names all scopes of the call at once, and the client of the MCP SDK asks its user for them', async () => {
    // Version 1 refreshes first, which widens nothing (RFC 6749, section 6), and then gives up.
    const agent = createAgent({ sdk: sdks['version 2'], resource, issuer, password })
    await agent.signIn()
    const granted = agent.tokens()?.scope?.split(' ') ?? []
    assert.ok(granted.includes('read') && !granted.includes('write'))
    await assert.rejects(agent.callTool('add-note', { text: 'hello' }), sdks['version 2'].mustSignIn)
    const wanted = agent.asked().searchParams.get('scope')?.split(' ') ?? []
    assert.ok(wanted.includes('read') && wanted.includes('write'), wanted.join(' '))
    await agent.finish()
    assert.equal(await agent.callTool('add-note', { text: 'hello' }), 'It is written down.')
    assert.match(await agent.callTool('list-notes'), /^ada: hello$/)
  })
})

for (const [version, sdk] of Object.entries(sdks)) describeSdk(version, sdk)

function describeSdk(version: string, sdk: Sdk): void {
  const newAgent = (clientMetadataUrl?: string): Agent => {
    const options = { sdk, resource, issuer, password }
    return createAgent(clientMetadataUrl === undefined ? options : { ...options, clientMetadataUrl })
  }

  describe(`examples/mcp-server, with the client of the MCP SDK, ${version}`, () => {
    it('is found, registers the client, signs a user in, calls a tool and refreshes', async () => {
      const agent = newAgent()
      await agent.signIn()
      const registered = await doorward.instance.oauth.findClient(agent.clientId() ?? '')
      assert.deepEqual([registered?.source, registered?.isConfidential], ['dynamic', false])
      assert.equal(agent.asked().searchParams.get('resource'), resource)
      assert.equal(agent.asked().searchParams.get('code_challenge_method'), 'S256')
      const known = await agent.callTool('list-notes')

      const before = agent.tokens()
      // As when it has expired: the client finds out by a 401.
      agent.saveTokens({ ...before, access_token: 'over', token_type: 'Bearer' })
      assert.equal(await agent.callTool('list-notes'), known)
      assert.notEqual(agent.tokens()?.access_token, before?.access_token)
      assert.notEqual(agent.tokens()?.refresh_token, before?.refresh_token)
    })

    it('knows the client by the document at its client_id, which nobody registered [B-OID-18]', async () => {
      const agent = newAgent(document.url)
      await agent.signIn()
      assert.equal(agent.asked().searchParams.get('client_id'), document.url)
      const client = await doorward.instance.oauth.findClient(document.url)
      assert.deepEqual([client?.source, client?.name], ['document', 'An agent'])
      await agent.callTool('list-notes')
    })
  })
}

async function post(address: string, token: string): Promise<Response> {
  return fetch(address, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  })
}
