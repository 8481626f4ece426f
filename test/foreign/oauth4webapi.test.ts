import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as oauth from 'oauth4webapi'
import { allow } from './allow.ts'
import { type AuthorizationServer, startAuthorizationServer } from './authorization-server.ts'

const callback = 'http://127.0.0.1:9999/cb'
const insecure = { [oauth.allowInsecureRequests]: true } as const

let server: AuthorizationServer

before(async () => {
  server = await startAuthorizationServer()
})

after(async () => server.stop())

describe('oauth4webapi', () => {
  it('gets a token for itself by client credentials, and reads a refusal as one', async () => {
    const { id, secret } = await server.addClient({ grantTypes: ['client_credentials'], scopes: ['read', 'write'] })
    const as = await discovered()
    const client = { client_id: id }
    const asked = async (method: oauth.ClientAuth, scope: string): Promise<oauth.TokenEndpointResponse> => {
      const response = await oauth.clientCredentialsGrantRequest(as, client, method, { scope }, insecure)
      return oauth.processClientCredentialsResponse(as, client, response)
    }
    for (const method of [oauth.ClientSecretBasic(secret), oauth.ClientSecretPost(secret)]) {
      assert.equal((await asked(method, 'read')).scope, 'read')
    }
    // RFC 6749, section 5.2: 401 with the scheme that the client used. The library throws what stands in the challenge.
    await assert.rejects(asked(oauth.ClientSecretBasic('wrong'), 'read'), { status: 401 })
    await assert.rejects(asked(oauth.ClientSecretPost('wrong'), 'read'), { status: 401 })
    await assert.rejects(asked(oauth.ClientSecretBasic(secret), 'admin'), { error: 'invalid_scope', status: 400 })
  })

  it('signs a person in, holding every answer to the letter', async () => {
    const { id } = await server.addClient({
      grantTypes: ['authorization_code', 'refresh_token'],
      scopes: ['openid', 'email', 'offline_access', 'read'],
      authMethod: 'none',
      redirectUris: [callback],
    })
    const as = await discovered()
    const client = { client_id: id }
    const [verifier, state, nonce] = [
      oauth.generateRandomCodeVerifier(),
      oauth.generateRandomState(),
      oauth.generateRandomNonce(),
    ]
    const url = new URL(as.authorization_endpoint ?? '')
    url.search = new URLSearchParams({
      client_id: id,
      redirect_uri: callback,
      response_type: 'code',
      scope: 'openid email offline_access read',
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }).toString()
    const page = await allow(server, server.browser(), url)
    // With `iss`, RFC 9207, section 2.4.
    const answer = oauth.validateAuthResponse(as, client, page.url, state)
    const granted = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      oauth.None(),
      answer,
      callback,
      verifier,
      insecure,
    )
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, granted, {
      expectedNonce: nonce,
      requireIdToken: true,
    })
    await oauth.validateApplicationLevelSignature(as, granted, insecure)
    const sub = oauth.getValidatedIdTokenClaims(tokens)?.sub ?? ''

    const userInfo = await oauth.userInfoRequest(as, client, tokens.access_token, insecure)
    const user = await oauth.processUserInfoResponse(as, client, sub, userInfo)
    assert.equal(user.email, 'ada@example.com')

    const refreshed = await oauth.processRefreshTokenResponse(
      as,
      client,
      await oauth.refreshTokenGrantRequest(as, client, oauth.None(), tokens.refresh_token ?? '', insecure),
    )
    assert.notEqual(refreshed.refresh_token, tokens.refresh_token)
    assert.equal(oauth.getValidatedIdTokenClaims(refreshed)?.sub, sub)

    await oauth.processRevocationResponse(
      await oauth.revocationRequest(as, client, oauth.None(), refreshed.refresh_token ?? '', insecure),
    )
    const after = await oauth.userInfoRequest(as, client, refreshed.access_token, insecure)
    await assert.rejects(oauth.processUserInfoResponse(as, client, sub, after), { status: 401 })
  })
})

async function discovered(): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(server.url)
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure))
}
