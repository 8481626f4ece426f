import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createAuth } from '../core/auth.ts'
import { NotAuthenticated } from '../core/errors.ts'
import { accessToken } from '../authentication/access-token.ts'
import { bearer } from '../authentication/bearer.ts'
import { jwt } from '../authentication/jwt.ts'
import { protectedResource } from './protected-resource.ts'

const authorizationServers = ['https://id.example']

describe('protectedResource', () => {
  it('is found between the host and the path of the resource (RFC 9728, section 3) [MD12]', () => {
    const place = (resource: string): string => protectedResource({ resource, authorizationServers }).url
    const wellKnown = 'https://api.example/.well-known/oauth-protected-resource'
    assert.equal(place('https://api.example'), wellKnown)
    assert.equal(place('https://api.example/'), wellKnown)
    assert.equal(place('https://api.example/v1/notes'), `${wellKnown}/v1/notes`)
    assert.equal(place('https://api.example/v1/'), `${wellKnown}/v1/`)
    assert.equal(place('https://api.example?tenant=1'), `${wellKnown}?tenant=1`)
    assert.equal(place('http://localhost:3000/mcp'), 'http://localhost:3000/.well-known/oauth-protected-resource/mcp')
  })

  it('says what the API is called, letter for letter, and whose tokens it takes [MD12]', () => {
    const { document } = protectedResource({
      resource: 'https://api.example/v1',
      authorizationServers,
      scopes: ['notes:read'],
      name: 'Notes',
      dpopAlgorithms: ['ES256'],
    })
    assert.deepEqual(document, {
      resource: 'https://api.example/v1',
      authorization_servers: ['https://id.example'],
      scopes_supported: ['notes:read'],
      bearer_methods_supported: ['header'],
      resource_name: 'Notes',
      dpop_signing_alg_values_supported: ['ES256'],
    })
  })

  it('lists only what there is, as JSON that every page may read [B-RS-15]', async () => {
    const made = protectedResource({ resource: 'https://api.example', authorizationServers })
    const { status, headers, body } = made.answer()
    assert.equal(status, 200)
    assert.deepEqual(Object.keys(JSON.parse(body) as object), [
      'resource',
      'authorization_servers',
      'bearer_methods_supported',
    ])
    const all = new Map(headers)
    assert.equal(all.get('content-type'), 'application/json')
    assert.equal(all.get('access-control-allow-origin'), '*')
    assert.equal(all.get('cache-control'), 'public, max-age=3600')
    const response = made.respond()
    assert.equal(response.headers.get('access-control-allow-origin'), '*')
    assert.deepEqual(await response.json(), made.document)
  })

  it('lets pages of every origin ask, with headers of their own, and takes no other method', async () => {
    const made = protectedResource({ resource: 'https://api.example', authorizationServers })
    const preflight = made.respond('OPTIONS')
    assert.deepEqual([preflight.status, await preflight.text()], [204, ''])
    assert.equal(preflight.headers.get('access-control-allow-origin'), '*')
    assert.equal(preflight.headers.get('access-control-allow-headers'), '*')
    assert.deepEqual([made.answer('HEAD').status, made.answer('HEAD').body], [200, ''])
    const refused = made.respond('POST')
    assert.deepEqual([refused.status, refused.headers.get('allow')], [405, 'GET, HEAD, OPTIONS'])
  })

  it('refuses what is no address of an API: http elsewhere, a fragment, credentials, nothing', () => {
    for (const resource of [
      'http://api.example',
      'https://api.example/#a',
      'https://u:p@api.example',
      'api',
      '',
      'urn:api',
      7,
    ]) {
      assert.throws(() => protectedResource({ resource: resource as string, authorizationServers }), TypeError)
    }
    for (const issuers of [[], ['']]) {
      assert.throws(
        () => protectedResource({ resource: 'https://api.example', authorizationServers: issuers }),
        TypeError,
      )
    }
  })
})

describe('the option resourceMetadata', () => {
  it('puts the address of the document into the challenge of each authenticator (RFC 9728, section 5.1) [MD13 B-RS-14]', async () => {
    const { url } = protectedResource({ resource: 'https://api.example/v1', authorizationServers })
    const authenticators = [
      accessToken({ recognises: (token) => token === 'mine', find: async () => null, resourceMetadata: url }),
      jwt({ keys: async () => null, issuer: 'https://id.example', audience: null, resourceMetadata: url }),
      bearer({ name: 'own', recognises: (token) => token === 'mine', find: async () => null, resourceMetadata: url }),
    ]
    for (const one of authenticators) {
      const auth = createAuth({ authenticators: [one] })
      const request = new Request('https://api.example/v1/notes')
      const response = auth.respond(request, await auth.require(request).catch((error: unknown) => error))
      assert.equal(response.headers.get('www-authenticate'), `Bearer realm="api", resource_metadata="${url}"`, one.name)
    }
    const auth = createAuth({ authenticators: authenticators.slice(0, 1) })
    const request = new Request('https://api.example/v1/notes', { headers: { authorization: 'Bearer mine' } })
    const response = auth.respond(request, await auth.require(request).catch((error: unknown) => error))
    const said = `Bearer realm="api", error="invalid_token", resource_metadata="${url}"`
    assert.equal(response.headers.get('www-authenticate'), said)
  })

  it('quotes what has to be quoted [B-RS-14]', () => {
    const resourceMetadata = 'https://api.example/"\n\\'
    const own = bearer({ name: 'own', recognises: () => true, find: async () => null, resourceMetadata })
    const { headers } = createAuth({ authenticators: [own] }).refusal(
      new Request('https://api.example/'),
      new NotAuthenticated(),
    )
    const offered = headers.filter(([name]) => name === 'www-authenticate').map(([, value]) => value)
    assert.deepEqual(offered, [String.raw`Bearer realm="api", resource_metadata="https://api.example/\" \\"`])
  })
})
