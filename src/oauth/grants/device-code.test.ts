import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createJwtVerifier } from '../../crypto/jwt.ts'
import { formatId } from '../../storage/id.ts'
import { onEachDatabase } from '../../tokens/databases.contract.ts'
import { openDeviceDesk } from '../device-desk.contract.ts'
import { deviceCodeGrant } from './device-code.ts'

describe(`grant_type=${deviceCodeGrant}`, () => {
  it('waits for the user, and then gives the device its tokens once [DV02 DV03 B-DEV-02 B-DEV-03]', async () => {
    const desk = await openDeviceDesk()
    const { device_code: deviceCode, user_code: userCode } = await desk.begin({ scope: 'read write' })
    const pending = await desk.poll(deviceCode)
    // RFC 8628, section 3.5.
    assert.deepEqual([pending.status, pending.json['error']], [400, 'authorization_pending'])
    assert.equal(pending.header('cache-control'), 'no-store')
    const ada = await desk.person()
    await ada.allow(userCode)
    const given = await desk.poll(deviceCode)
    assert.equal(given.status, 200)
    const { access_token: token, refresh_token: refresh, ...rest } = given.json
    assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 3600, scope: 'read write' })
    const identity = await desk.identify({ authorization: `Bearer ${String(token)}` })
    assert.equal(identity?.principal.id, formatId(ada.id))
    const again = await desk.poll(deviceCode)
    assert.deepEqual([again.status, again.json['error']], [400, 'invalid_grant'])
    const refreshed = await desk.post('/o/token/', {
      grant_type: 'refresh_token',
      client_id: desk.device,
      refresh_token: String(refresh),
    })
    assert.equal(refreshed.status, 200)
    await desk.close()
  })

  it('gives an ID token where openid was granted, and no refresh token without offline_access', async () => {
    const desk = await openDeviceDesk({
      scopes: { openid: 'Know who you are', offline_access: 'Keep access', read: 'Read' },
    })
    const ada = await desk.person()
    for (const [scope, hasRefresh] of [
      ['openid read', false],
      ['openid offline_access', true],
    ] as const) {
      const { device_code: deviceCode, user_code: userCode } = await desk.begin({ scope })
      await ada.allow(userCode)
      const { json } = await desk.poll(deviceCode)
      assert.equal('refresh_token' in json, hasRefresh)
      const claims = await createJwtVerifier({
        keys: desk.keys.find,
        issuer: 'https://id.example',
        audience: desk.device,
        clock: () => desk.time.now,
      }).verify(String(json['id_token']))
      assert.equal(claims.sub, formatId(ada.id))
      assert.deepEqual(claims['amr'], ['pwd'])
      assert.equal(claims['auth_time'], Math.floor(desk.time.now / 1000))
    }
    await desk.close()
  })

  it('tells who asks too fast to slow down, five seconds longer each time [DV02]', async () => {
    const desk = await openDeviceDesk()
    const { device_code: deviceCode } = await desk.begin()
    const after = async (seconds: number): Promise<unknown> => {
      desk.time.now += seconds * 1000
      return (await desk.poll(deviceCode)).json['error']
    }
    assert.equal(await after(0), 'authorization_pending')
    assert.equal(await after(5), 'authorization_pending')
    assert.equal(await after(4), 'slow_down')
    // RFC 8628, section 3.5: "the interval MUST be increased by 5 seconds for this and all subsequent requests."
    assert.equal(await after(9), 'slow_down')
    assert.equal(await after(14), 'slow_down')
    assert.equal(await after(20), 'authorization_pending')
    assert.equal(await after(20), 'authorization_pending')
    await desk.close()
  })

  it('says that the user refused, and that the code has expired, and goes on saying so [DV03 B-DEV-02]', async () => {
    const desk = await openDeviceDesk()
    const ada = await desk.person()
    const refused = await desk.begin()
    await ada.decide(await ada.enter(refused.user_code), 'deny')
    const late = await desk.begin()
    for (let time = 0; time < 2; time += 1) {
      const { status, json } = await desk.poll(refused.device_code)
      assert.deepEqual([status, json['error']], [400, 'access_denied'])
    }
    const allowedTooLate = await desk.begin()
    await ada.allow(allowedTooLate.user_code)
    desk.time.now += 600_000
    for (const { device_code: code } of [late, allowedTooLate, refused]) {
      const { status, json } = await desk.poll(code)
      assert.deepEqual([status, json['error']], [400, 'expired_token'])
    }
    await desk.close()
  })

  it('leaves nothing alive of what was allowed to a device that never comes for its tokens', async () => {
    const desk = await openDeviceDesk()
    const ada = await desk.person()
    const allowed = async (): Promise<number> => (await desk.server.allowedClients.list(formatId(ada.id))).length
    const [lost, used] = [await desk.begin(), await desk.begin()]
    await ada.allow(lost.user_code)
    assert.equal(await allowed(), 1)
    desk.time.now += 600_000
    assert.equal(await allowed(), 0)
    const late = await desk.begin()
    await ada.allow(late.user_code)
    const { json } = await desk.poll(late.device_code)
    assert.equal(json['expires_in'], 3600, 'the grant lives on with its tokens')
    // 90 days from when it got them, and no longer.
    desk.time.now += 90 * 86_400_000 - 1
    assert.equal(await allowed(), 1)
    desk.time.now += 1
    assert.equal(await allowed(), 0)
    assert.equal((await desk.poll(used.device_code)).json['error'], 'expired_token')
    await desk.close()
  })

  it('refuses the code of another client, and leaves it as it is [DV04]', async () => {
    const desk = await openDeviceDesk()
    const { device_code: deviceCode, user_code: userCode } = await desk.begin()
    const other = await desk.addClient({ grantTypes: [deviceCodeGrant], scopes: ['read'] })
    const theirs = { client_id: other.id, client_secret: other.secret }
    await (await desk.person()).allow(userCode)
    const { status, json } = await desk.poll(deviceCode, theirs)
    assert.deepEqual([status, json['error']], [400, 'invalid_grant'])
    assert.equal((await desk.poll(deviceCode)).status, 200)
    await desk.close()
  })

  it('says access_denied where the user was switched off, or signed out everywhere, since [B-DEV-10]', async () => {
    const desk = await openDeviceDesk()
    for (const change of [() => ({ is_active: 0 }), () => ({ signed_out_at: desk.time.now })]) {
      const { device_code: deviceCode, user_code: userCode } = await desk.begin()
      const person = await desk.person()
      await person.allow(userCode)
      const set = async (columns: object): Promise<void> =>
        desk.database.write(async (unit) => {
          await unit.updateTable('users').set(columns).where('id', '=', person.id).execute()
        })
      await set(change())
      assert.equal((await desk.poll(deviceCode)).json['error'], 'access_denied')
      // It stays so: the device has given up.
      await set({ is_active: 1, signed_out_at: null })
      assert.equal((await desk.poll(deviceCode)).json['error'], 'access_denied')
    }
    await desk.close()
  })

  it('says access_denied where the grant has ended since', async () => {
    const desk = await openDeviceDesk()
    const { device_code: deviceCode, user_code: userCode } = await desk.begin()
    await (await desk.person()).allow(userCode)
    const [grant] = await desk.database.read.selectFrom('grants').select('id').execute()
    await desk.server.grants.end(grant?.id ?? 0n, 'revoked', { actor: 'system' })
    assert.equal((await desk.poll(deviceCode)).json['error'], 'access_denied')
    await desk.close()
  })

  it('refuses what is no device code, missing, doubled, huge or of another kind', async () => {
    const desk = await openDeviceDesk()
    const { device_code: deviceCode, user_code: userCode } = await desk.begin()
    for (const wrong of [userCode, 'x', `${deviceCode}x`, deviceCode.toUpperCase(), 'x'.repeat(60_000), '\u00e9']) {
      const { status, json, text } = await desk.poll(wrong)
      assert.deepEqual([status, json['error']], [400, 'invalid_grant'], wrong.slice(0, 50))
      assert.ok(text.length < 300)
    }
    const start = `grant_type=${encodeURIComponent(deviceCodeGrant)}&client_id=${desk.device}`
    for (const body of [
      start,
      `${start}&device_code=`,
      `${start}&device_code=${deviceCode}&device_code=${deviceCode}`,
      `${start}&device_code=%ff`,
    ]) {
      const { status, json } = await desk.post('/o/token/', body)
      assert.deepEqual([status, json['error']], [400, 'invalid_request'], body)
    }
    await desk.close()
  })

  it('narrows the resources, and takes none that were not granted [TX13]', async () => {
    const desk = await openDeviceDesk()
    const resources = ['https://api.example/', 'https://files.example/']
    const tv = await desk.addClient({
      grantTypes: [deviceCodeGrant],
      scopes: ['read'],
      isPublic: true,
      metadata: { resources },
    })
    const asked = new URLSearchParams([
      ['client_id', tv.id],
      ['scope', 'read'],
      ...resources.map((uri) => ['resource', uri] as [string, string]),
    ])
    const { json } = await desk.post('/o/device-authorization/', asked.toString())
    await (await desk.person()).allow(String(json['user_code']))
    const foreign = await desk.poll(String(json['device_code']), {
      client_id: tv.id,
      resource: 'https://elsewhere.example/',
    })
    assert.equal(foreign.json['error'], 'invalid_target')
    const one = await desk.poll(String(json['device_code']), { client_id: tv.id, resource: 'https://api.example/' })
    assert.equal(one.status, 200)
    const [row] = await desk.database.read.selectFrom('access_tokens').select('audience').execute()
    assert.equal(row?.audience, 'https://api.example/')
    await desk.close()
  })

  it('leaves the device alone when the browser that allowed it signs out', async () => {
    const desk = await openDeviceDesk()
    const { device_code: deviceCode, user_code: userCode } = await desk.begin()
    const ada = await desk.person()
    await ada.allow(userCode)
    const { json } = await desk.poll(deviceCode)
    const session = await desk.sessions.find(ada.browser.cookies.get(desk.sessions.cookieName) ?? '')
    await desk.sessions.end(session?.auth.id ?? '')
    assert.notEqual(await desk.identify({ authorization: `Bearer ${String(json['access_token'])}` }), null)
    await desk.close()
  })
})

onEachDatabase('a device code', (stage) => {
  it('is spent by one of fifty questions at once, and the others get invalid_grant [DV03 B-DEV-03]', async () => {
    const { database, time } = await stage()
    const desk = await openDeviceDesk({}, { database, time })
    const { device_code: deviceCode, user_code: userCode } = await desk.begin()
    await (await desk.person()).allow(userCode)
    const answers = await Promise.all(Array.from({ length: 50 }, async () => desk.poll(deviceCode)))
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
    assert.equal(answers.filter(({ status, json }) => status === 400 && json['error'] === 'invalid_grant').length, 49)
    const tokens = await database.read.selectFrom('access_tokens').select('id').execute()
    assert.equal(tokens.length, 1)
    await desk.close()
  })

  it('is decided once of fifty answers at once, and one grant comes of it [DV08]', async () => {
    const { database, time } = await stage()
    const desk = await openDeviceDesk({}, { database, time })
    const { device_code: deviceCode, user_code: userCode } = await desk.begin()
    const ada = await desk.person()
    const page = await ada.enter(userCode)
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => ada.decide(page, index % 2 === 0 ? 'allow' : 'deny')),
    )
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b)
    assert.deepEqual(statuses, [303, ...Array.from({ length: 49 }, () => 404)])
    const isAllowed = answers.some(({ headers }) => headers.some(([, value]) => value === '/o/device/done/'))
    const grants = await database.read.selectFrom('grants').select('id').execute()
    assert.equal(grants.length, isAllowed ? 1 : 0)
    assert.equal((await desk.poll(deviceCode)).status, isAllowed ? 200 : 400)
    await desk.close()
  })

  it('counts questions that come at once as too fast, but for one', async () => {
    const { database, time } = await stage()
    const desk = await openDeviceDesk({}, { database, time })
    const { device_code: deviceCode } = await desk.begin()
    const answers = await Promise.all(Array.from({ length: 10 }, async () => desk.poll(deviceCode)))
    const told = answers.map(({ json }) => json['error'])
    assert.equal(told.filter((error) => error === 'authorization_pending').length, 1)
    assert.equal(told.filter((error) => error === 'slow_down').length, 9)
    await desk.close()
  })
})
