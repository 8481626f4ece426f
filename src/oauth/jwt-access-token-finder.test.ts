import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { grantTo } from './granted.contract.ts'
import { openOAuthDesk, type OAuthDesk } from './oauth-desk.contract.ts'

const by = { by: { actor: 'system' } }

describe('an access token that is a JWT', () => {
  const isActive = async (desk: OAuthDesk, token: string, client: { id: string; secret: string }): Promise<boolean> => {
    const fields = { client_id: client.id, client_secret: client.secret, token }
    const introspected = (await desk.post('/o/introspect/', fields)).json['active'] === true
    const identity = await desk.identify({ authorization: `Bearer ${token}` }).catch(() => null)
    assert.equal(identity !== null, introspected)
    return introspected
  }

  const metadata = { accessTokenFormat: 'jwt' } as const
  const grantTypes = ['authorization_code', 'refresh_token']

  it('stays dead when its client is switched off and on again, by whatever id it is known, and its successors live', async () => {
    const desk = await openOAuthDesk()
    for (const identifier of [null, 'taken-over-from-django']) {
      const made = await desk.addClient({ grantTypes, scopes: ['read'], metadata })
      const client = { ...made, id: identifier ?? made.id }
      await desk.database.write(async (unit) => {
        await unit.updateTable('clients').set({ identifier: client.id }).where('identifier', '=', made.id).execute()
      })
      const { next } = await grantTo(desk, { client, grant: { scopes: ['read'] } })
      const { access, refresh } = await next()
      assert.ok(await isActive(desk, access, client))
      await desk.server.clients.disable(client.id, by)
      assert.equal(await desk.identify({ authorization: `Bearer ${access}` }).catch(() => null), null)
      await desk.server.clients.enable(client.id, by)
      assert.equal(await isActive(desk, access, client), false)
      desk.time.now += 1
      assert.ok(await isActive(desk, (await next(refresh)).access, client))
    }
    await desk.close()
  })

  it('from before a change of its user’s rights is dead, and the next one of the same grant is not', async () => {
    const desk = await openOAuthDesk()
    const client = await desk.addClient({ grantTypes, scopes: ['read'], metadata })
    const { id: userId } = await desk.addUser()
    const { next } = await grantTo(desk, { client, userId, grant: { scopes: ['read'] } })
    const { access, refresh } = await next()
    assert.ok(await isActive(desk, access, client))
    const now = desk.time.now
    const change = { kind: 'user', subjectId: userId, notBefore: now + 1, expiresAt: now + 3_600_000 } as const
    await desk.database.write(async (unit) => desk.revocations.revoke(unit, change))
    assert.equal(await isActive(desk, access, client), false)
    desk.time.now += 1
    assert.ok(await isActive(desk, (await next(refresh)).access, client))
    await desk.close()
  })
})
