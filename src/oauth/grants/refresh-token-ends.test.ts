import assert from 'node:assert/strict'
import { it } from 'node:test'
import { formatId } from '../../storage/id.ts'
import { onEachDatabase } from '../../tokens/databases.contract.ts'
import { grantToNew } from '../granted.contract.ts'
import { openOAuthDesk, type OAuthDesk } from '../oauth-desk.contract.ts'
import type { OAuthServerOptions } from '../server.ts'

const refused = {
  error: 'invalid_grant',
  error_description: 'The refresh token is not valid any more, or is for another client.',
}

onEachDatabase('the end of a refresh token', (stage) => {
  async function open(options: Partial<OAuthServerOptions> = {}): Promise<OAuthDesk> {
    return openOAuthDesk(options, await stage())
  }

  const works = async (desk: OAuthDesk, access: string): Promise<boolean> =>
    (await desk.identify({ authorization: `Bearer ${access}` }).catch(() => null)) !== null

  it('ends when nobody uses it, as its client has it, and when the grant is over, however often it is used [B-RFT-12 RF08]', async () => {
    const day = 86_400_000
    const desk = await open()
    const idle = await grantToNew(desk)
    desk.time.now += 7 * day - 1
    const { refresh } = await idle.next()
    desk.time.now += 7 * day
    assert.deepEqual((await idle.refresh(refresh)).json, refused)

    const short = await grantToNew(desk, {}, { refreshTokenLifetime: 60 })
    desk.time.now += 60_000
    assert.deepEqual((await short.refresh(short.refreshToken)).json, refused)

    const lasting = await grantToNew(desk, { grant: { expiresAt: desk.time.now + 10 * day } })
    desk.time.now += 6 * day
    const last = await lasting.next()
    desk.time.now += 4 * day - 1000
    const { json } = await lasting.refresh(last.refresh)
    assert.equal(json['expires_in'], 1)
    desk.time.now += 1000
    assert.deepEqual((await lasting.refresh(String(json['refresh_token']))).json, refused)
    await desk.close()
  })

  it('of a user who is disabled, or has signed out everywhere, is refused, and so is their access [B-RFT-15 RF12]', async () => {
    const desk = await open()
    for (const columns of [{ is_active: 0 }, { signed_out_at: desk.time.now + 1 }]) {
      const user = await desk.addUser()
      const { refresh, next } = await grantToNew(desk, { userId: user.id })
      const given = await next()
      await desk.database.write(async (unit) => {
        await unit.updateTable('users').set(columns).where('id', '=', user.id).execute()
      })
      assert.deepEqual((await refresh(given.refresh)).json, refused)
      assert.equal(await works(desk, given.access), false)
    }
    await desk.close()
  })

  it('of a grant that was ended is refused, inside the window too [B-RFT-07]', async () => {
    const desk = await open()
    const { refresh, refreshToken, next, grantId } = await grantToNew(desk)
    const second = await next()
    await desk.server.grants.end(grantId, 'revoked', { actor: 'system' })
    for (const text of [refreshToken, second.refresh]) assert.deepEqual((await refresh(text)).json, refused)
    await desk.close()
  })

  it('without offline_access ends with its sign-in, whose session may be renewed; one with it stays [LO10]', async () => {
    const desk = await open()
    const user = await desk.addUser()
    const userId = user.id
    const session = await desk.sessions.create({ userId: formatId(userId) })
    const { id: signInId } = await desk.database.read.selectFrom('sessions').select('id').executeTakeFirstOrThrow()
    const bound = await grantToNew(desk, { userId, grant: { signInId, isOffline: false } })
    const offline = await grantToNew(desk, { userId, grant: { signInId } })
    const renewed = await desk.sessions.renew(session.id, ['otp'])
    const [second, kept] = [await bound.next(), await offline.next()]
    await desk.sessions.end(renewed?.id ?? '')
    assert.deepEqual((await bound.refresh(second.refresh)).json, refused)
    await offline.next(kept.refresh)
    await desk.close()
  })

  it('without offline_access ends when nobody has used its session for long [LO10]', async () => {
    const desk = await open({ sessionIdle: 3600 })
    const { id: userId } = await desk.addUser()
    await desk.sessions.create({ userId: formatId(userId) })
    const { id: signInId } = await desk.database.read.selectFrom('sessions').select('id').executeTakeFirstOrThrow()
    const { next, refresh } = await grantToNew(desk, { userId, grant: { signInId, isOffline: false } })
    const second = await next()
    desk.time.now += 3_600_000
    assert.deepEqual((await refresh(second.refresh)).json, refused)
    await desk.close()
  })
})
