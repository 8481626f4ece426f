import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mailedServer } from '../accounts/by-mail/by-mail-server.contract.ts'

const password = 'a stranger knows it'
const next = 'a new long sentence'

describe('what somebody allowed an application who was in an account of another', () => {
  it('is asked anew, once the owner of the address has shown for the first time that it is theirs', async () => {
    await using server = await mailedServer()
    const { instance, users } = server.doorward
    const eve = await users.create({ username: 'bob', email: 'bob@example.org', password, emailVerified: false })
    const allowed = await allow(server, eve.id)
    assert.equal(await instance.oauth.consents.covers(allowed), true)
    await instance.byMail.resets.request('bob@example.org')
    const key = new URL(await server.link('password_reset'), 'https://id.example').searchParams.get('key') ?? ''
    await instance.byMail.resets.complete(key, next)
    assert.equal(await instance.oauth.consents.covers(allowed), false)
  })

  it('is asked anew, once a change of the address is undone; what was allowed before stays', async () => {
    await using server = await mailedServer()
    const { instance, users, clock } = server.doorward
    const ada = await users.create({ username: 'ada', email: 'ada@example.org', password, emailVerified: true })
    const own = await allow(server, ada.id)
    await clock.advance('3d')
    const strange = await allow(server, ada.id)
    await instance.byMail.emailChanges.request(ada.id, 'eve@example.org', { actor: `user:${ada.id}` })
    await instance.byMail.emailChanges.confirm(keyIn(await server.link('email_change')))
    await instance.byMail.emailChanges.undo(keyIn(await server.link('email_changed')))
    assert.deepEqual(
      [await instance.oauth.consents.covers(own), await instance.oauth.consents.covers(strange)],
      [true, false],
    )
  })
})

function keyIn(link: string): string {
  return new URL(link, 'https://id.example').searchParams.get('key') ?? ''
}

async function allow({ doorward: { instance } }: Awaited<ReturnType<typeof mailedServer>>, userId: string) {
  await instance.oauth.clients.create(
    { name: 'Shop', authMethod: 'none', redirectUris: ['https://shop.example/cb'], scopes: ['openid'] },
    { by: { actor: 'system' } },
  )
  const newest = instance.database.read.selectFrom('clients').select('id').orderBy('id', 'desc')
  const { id: clientKey } = await newest.executeTakeFirstOrThrow()
  const allowed = { userId, clientKey, scopes: ['openid'], resources: [] }
  await instance.database.write(async (unit) => instance.oauth.consents.remember(unit, allowed))
  return allowed
}
