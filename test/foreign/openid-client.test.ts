import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as client from 'openid-client'
import { allow, signIn as signInAt } from './allow.ts'
import { type AuthorizationServer, startAuthorizationServer } from './authorization-server.ts'

const callback = 'http://127.0.0.1:9999/cb'
const offline = 'openid profile email offline_access read'

let server: AuthorizationServer

before(async () => {
  server = await startAuthorizationServer({ oauthDeviceInterval: 1 })
})

after(async () => server.stop())

describe('openid-client', () => {
  it('gets a token for itself by client credentials, by Basic and in the body', async () => {
    const { id, secret } = await server.addClient({ grantTypes: ['client_credentials'], scopes: ['read', 'write'] })
    for (const method of [client.ClientSecretBasic(secret), client.ClientSecretPost(secret)]) {
      const config = await discovered(id, method)
      const tokens = await client.clientCredentialsGrant(config, { scope: 'read' })
      assert.equal(tokens.scope, 'read')
      assert.equal(tokens.token_type, 'bearer')
      assert.ok((tokens.expiresIn() ?? 0) > 3500)
    }
  })

  it('finds everything by discovery, in both forms (RFC 8414, section 3; OpenID Connect Discovery 1.0, section 4)', async () => {
    for (const algorithm of ['oidc', 'oauth2'] as const) {
      const config = await client.discovery(new URL(server.url), 'anyone', undefined, client.None(), {
        algorithm,
        execute: [client.allowInsecureRequests],
      })
      const metadata = config.serverMetadata()
      assert.equal(metadata.issuer, server.url)
      assert.ok(metadata.supportsPKCE())
    }
  })

  it('signs a person in with PKCE and a nonce, asks who it is, refreshes, and signs them out', async () => {
    const { id, secret } = await server.addClient({
      grantTypes: ['authorization_code', 'refresh_token'],
      scopes: offline.split(' '),
      redirectUris: [callback],
      postLogoutRedirectUris: ['https://app.example/bye'],
    })
    const config = await discovered(id, client.ClientSecretBasic(secret))
    const browser = server.browser()
    const tokens = await signIn(config, browser)
    const claims = tokens.claims()
    assert.equal(claims?.iss, server.url)
    assert.equal(claims.aud, id)
    assert.ok(tokens.refresh_token)

    const user = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
    assert.equal(user.email, 'ada@example.com')

    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token)
    assert.notEqual(refreshed.access_token, tokens.access_token)
    assert.equal(refreshed.claims()?.sub, claims.sub)
    await client.fetchUserInfo(config, refreshed.access_token, claims.sub)

    await client.tokenRevocation(config, refreshed.refresh_token ?? '')
    await assert.rejects(client.fetchUserInfo(config, refreshed.access_token, claims.sub), { status: 401 })

    const end = client.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token ?? '',
      post_logout_redirect_uri: 'https://app.example/bye',
      state: 'so long',
    })
    let page = await browser.visit(end)
    if (page.url.origin === server.url) page = await browser.submit(page, {})
    assert.equal(page.url.href, 'https://app.example/bye?state=so+long')
    const again = await browser.visit(await authorizationUrl(config))
    assert.equal(again.url.pathname, '/accounts/login/')
  })

  it('proves who it is with a key, and holds its tokens to another (RFC 7523, section 2.2; RFC 9449)', async () => {
    const key = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
    const jwk = { ...(await crypto.subtle.exportKey('jwk', key.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
    const { id } = await server.addClient({
      grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
      scopes: offline.split(' '),
      authMethod: 'private_key_jwt',
      redirectUris: [callback],
      jwks: { keys: [jwk] },
      dpopBoundAccessTokens: true,
    })
    const config = await discovered(id, client.PrivateKeyJwt({ key: key.privateKey, kid: 'k1' }))
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair())
    await assert.rejects(client.clientCredentialsGrant(config, { scope: 'read' }), { status: 400 })
    const own = await client.clientCredentialsGrant(config, { scope: 'read' }, { DPoP })
    assert.equal(own.token_type, 'dpop')

    const tokens = await signIn(config, server.browser(), { DPoP })
    assert.equal(tokens.token_type, 'dpop')
    const sub = tokens.claims()?.sub ?? ''
    const user = await client.fetchUserInfo(config, tokens.access_token, sub, { DPoP })
    assert.equal(user.email, 'ada@example.com')
    const api = new URL('/api/me/', server.url)
    const me = await client.fetchProtectedResource(config, tokens.access_token, api, 'GET', null, undefined, { DPoP })
    assert.deepEqual(await me.json(), { via: 'oauth2', kind: 'user', name: 'ada' })
    const stolen = await fetch(api, { headers: { authorization: `Bearer ${tokens.access_token}` } })
    assert.equal(stolen.status, 401, 'without its key it is worth nothing')

    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '', undefined, { DPoP })
    assert.equal(refreshed.token_type, 'dpop')
  })

  it('pushes its request first (RFC 9126), and signs it (RFC 9101)', async () => {
    const key = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
    const jwk = { ...(await crypto.subtle.exportKey('jwk', key.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
    const { id, secret } = await server.addClient({
      grantTypes: ['authorization_code'],
      scopes: ['openid', 'email'],
      redirectUris: [callback],
      jwks: { keys: [jwk] },
    })
    const config = await discovered(id, client.ClientSecretBasic(secret))
    const parameters = {
      redirect_uri: callback,
      scope: 'openid email',
      code_challenge_method: 'S256',
    }
    for (const build of [
      async (more: Record<string, string>) => client.buildAuthorizationUrlWithPAR(config, { ...parameters, ...more }),
      async (more: Record<string, string>) =>
        client.buildAuthorizationUrlWithJAR(config, { ...parameters, ...more }, { key: key.privateKey, kid: 'k1' }),
    ]) {
      const [pkceCodeVerifier, expectedNonce] = [client.randomPKCECodeVerifier(), client.randomNonce()]
      const url = await build({
        nonce: expectedNonce,
        code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      })
      assert.equal(url.searchParams.has('scope'), false)
      const page = await allow(server, server.browser(), url)
      const tokens = await client.authorizationCodeGrant(config, page.url, {
        pkceCodeVerifier,
        expectedNonce,
        idTokenExpected: true,
      })
      assert.equal(tokens.claims()?.sub, server.user.id)
    }
  })

  it('signs a person in on a device that has no keyboard (RFC 8628)', async () => {
    const { id } = await server.addClient({
      grantTypes: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
      scopes: offline.split(' '),
      authMethod: 'none',
    })
    const config = await discovered(id, client.None())
    const started = await client.initiateDeviceAuthorization(config, { scope: 'openid email offline_access' })
    const polled = client.pollDeviceAuthorizationGrant(config, started)
    const browser = server.browser()
    const form = await signInAt(server, browser, started.verification_uri_complete ?? '')
    const question = await browser.submit(form, { user_code: started.user_code })
    assert.equal((await browser.submit(question, { decision: 'allow' })).status, 200)
    const tokens = await polled
    assert.equal(tokens.claims()?.sub, server.user.id)
    assert.ok((await client.refreshTokenGrant(config, tokens.refresh_token ?? '')).access_token)
  })
})

async function discovered(id: string, method: client.ClientAuth): Promise<client.Configuration> {
  return client.discovery(new URL(server.url), id, undefined, method, { execute: [client.allowInsecureRequests] })
}

async function authorizationUrl(config: client.Configuration): Promise<URL> {
  const verifier = client.randomPKCECodeVerifier()
  return client.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope: offline,
    state: 'x',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
}

async function signIn(
  config: client.Configuration,
  browser: ReturnType<AuthorizationServer['browser']>,
  options: client.DPoPOptions = {},
): Promise<client.TokenEndpointResponse & client.TokenEndpointResponseHelpers> {
  const [pkceCodeVerifier, expectedState, expectedNonce] = [
    client.randomPKCECodeVerifier(),
    client.randomState(),
    client.randomNonce(),
  ]
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope: offline,
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  const page = await allow(server, browser, url)
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
  return client.authorizationCodeGrant(config, page.url, checks, undefined, options)
}
