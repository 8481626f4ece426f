import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatId } from '../storage/id.ts'
import { createGrantList } from './grant-list.ts'
import { type Granted, grantToNew } from './granted.contract.ts'
import { openOAuthDesk } from './oauth-desk.contract.ts'

const minute = 60_000

describe('when a grant was last used', () => {
  async function open() {
    const desk = await openOAuthDesk()
    const { time, database, server, close } = desk
    const began = time.now
    /** Minutes after the beginning, once all that waits to be written is. */
    const lastUse = async ({ grantId }: Granted): Promise<number> => {
      await server.close()
      const at = (await createGrantList({ database }).read(formatId(grantId)))?.lastUsedAt ?? null
      assert.ok(at !== null)
      return (at - began) / minute
    }
    return { time, desk, lastUse, close }
  }

  for (const format of ['opaque', 'jwt'] as const) {
    it(`is kept where tokens are given, and where an access token is shown to this server or to an API (${format})`, async () => {
      const { time, desk, lastUse, close } = await open()
      const scopes = ['openid', 'read']
      const granted = await grantToNew(desk, { grant: { scopes } }, { accessTokenFormat: format })
      const other = await grantToNew(desk, { grant: { scopes } })
      const api = await desk.addClient({
        grantTypes: ['client_credentials'],
        scopes: [],
        metadata: { introspects: ['*'] },
      })
      assert.equal(await lastUse(granted), 0)

      time.now += minute
      const { json } = await granted.refresh(granted.refreshToken)
      assert.equal(await lastUse(granted), 1, 'refreshed')
      const access = String(json['access_token'])
      const headers = { authorization: `Bearer ${access}` }

      time.now += minute
      assert.ok((await desk.identify(headers)) !== null)
      assert.equal(await lastUse(granted), 2, 'at the API of this server')

      time.now += minute
      const asked = { client_id: api.id, client_secret: api.secret, token: access }
      assert.equal((await desk.post('/o/introspect/', asked)).json['active'], true)
      assert.equal(await lastUse(granted), 3, 'shown to an API')

      time.now += minute
      assert.equal((await desk.send('GET', '/o/userinfo/', { headers })).status, 200)
      assert.equal(await lastUse(granted), 4, 'at UserInfo')

      time.now += minute - 1
      assert.ok((await desk.identify(headers)) !== null)
      assert.equal(await lastUse(granted), 4, 'no more than once a minute')
      assert.equal(await lastUse(other), 0, 'and that of another is another')
      await close()
    })
  }

  it('is no business of whoever may not see the token, and none of a token that is over', async () => {
    const { time, desk, lastUse, close } = await open()
    const granted = await grantToNew(desk, { grant: { scopes: ['read'] } })
    const stranger = await desk.addClient({ grantTypes: ['client_credentials'], scopes: [] })
    const { json } = await granted.refresh(granted.refreshToken)
    const access = String(json['access_token'])

    time.now += minute
    const asked = { client_id: stranger.id, client_secret: stranger.secret, token: access }
    assert.equal((await desk.post('/o/introspect/', asked)).json['active'], false)
    assert.equal((await desk.send('GET', '/o/userinfo/', { headers: bearer(access) })).status, 403)
    time.now += 60 * minute
    assert.equal(await desk.identify(bearer(access)).catch(() => null), null)
    assert.equal(await lastUse(granted), 0)
    await close()
  })
})

function bearer(token: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` }
}
