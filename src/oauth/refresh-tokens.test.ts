import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openSqlite } from '../storage/sqlite.ts'
import { countedDatabase } from '../testing/counted-database.ts'
import { grantTo } from './granted.contract.ts'
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

describe('a grant', () => {
  it('is ended by as many statements, however many tokens hang on it [B-RFT-08]', async () => {
    const time = { now: Date.UTC(2026, 5, 1) }
    const { database, counts } = countedDatabase(await openSqlite({ path: ':memory:', clock: () => time.now }))
    await database.migrate()
    const desk = await openOAuthDesk({}, { database, time })
    const writesFor = async (refreshes: number): Promise<number> => {
      const client = await desk.addClient({ grantTypes: ['refresh_token'], scopes: ['read', 'write'] })
      const { refreshToken, next, post } = await grantTo(desk, { client })
      let text = refreshToken
      for (let index = 0; index < refreshes; index += 1) text = (await next(text)).refresh
      const before = counts.writes
      await post('/o/revoke_token/', { token: text })
      return counts.writes - before
    }
    assert.equal(await writesFor(20), await writesFor(1))
    await desk.close()
    await database.close()
  })
})
