import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openOAuthDesk } from './oauth-desk.contract.ts'

describe('whether a grant gets a refresh token', () => {
  it('takes offline_access where somebody signs in with OpenID, and a client that is registered for it [RF11]', async () => {
    const desk = await openOAuthDesk()
    const client = async (grantTypes: readonly string[]) => {
      const { id } = await desk.addClient({ grantTypes, scopes: ['openid', 'offline_access', 'read'] })
      const found = await desk.server.findClient(id)
      assert.ok(found !== null)
      return found
    }
    const refreshing = await client(['authorization_code', 'refresh_token'])
    const plain = await client(['authorization_code'])
    const { getsRefreshToken } = desk.server.refreshTokens
    // OpenID Connect Core 1.0, section 11.
    assert.equal(getsRefreshToken(refreshing, ['openid', 'offline_access']), true)
    assert.equal(getsRefreshToken(refreshing, ['openid', 'read']), false)
    assert.equal(getsRefreshToken(refreshing, ['read']), true)
    assert.equal(getsRefreshToken(plain, ['openid', 'offline_access']), false)
    assert.equal(getsRefreshToken(plain, ['read']), false)
    await desk.close()
  })
})
