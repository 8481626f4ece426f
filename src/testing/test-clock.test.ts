import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createAuth } from '../core/auth.ts'
import { freshLogin } from '../permissions/fresh-login.ts'
import { memoryCounters } from '../throttling/memory-counters.ts'
import { perPrincipal } from '../throttling/per-principal.ts'
import { createTestDoorward, type TestDoorward } from './test-doorward.ts'
import type { CredentialKind } from './test-credentials.ts'

const now = Date.UTC(2026, 5, 1)
const by = { actor: 'system' }

describe('clock', () => {
  it('goes on from the real time, or stands where it is put, and is moved by durations', async () => {
    await using running = await createTestDoorward()
    const before = Date.now()
    assert.ok(running.clock.now() >= before)
    await using door = await createTestDoorward({ now })
    assert.equal(door.clock.now(), now)
    await door.clock.advance('90s')
    await door.clock.advance('1.5h')
    await door.clock.advance(250)
    assert.equal(door.clock.now(), now + 90_000 + 5_400_000 + 250)
    for (const wrong of ['-1h', 'soon', '5w', '', -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await assert.rejects(door.clock.advance(wrong as '1h'), TypeError)
    }
  })

  it('ends sessions, used or not, tokens and keys to the millisecond [B-TST-06]', async () => {
    const settings = { sessionIdle: '1h', sessionLifetime: '3h', accessTokenLifetime: '5m', tokenLifetime: '2h' }
    const lifetimes: readonly (readonly [CredentialKind, number])[] = [
      ['session', 3_600_000],
      ['jwt', 300_000],
      ['token', 7_200_000],
    ]
    for (const [kind, lifetime] of lifetimes) {
      await using door = await createTestDoorward({ now, settings })
      const headers = await door.as(await door.users.create(), kind)
      await door.clock.advance(lifetime - 1)
      assert.equal(await status(door, headers), 200, kind)
    }
    for (const [kind, lifetime] of lifetimes) {
      await using door = await createTestDoorward({ now, settings })
      const headers = await door.as(await door.users.create(), kind)
      await door.clock.advance(lifetime)
      assert.equal(await status(door, headers), 401, kind)
    }
    await using door = await createTestDoorward({ now, settings })
    const ada = await door.users.create()
    const headers = await door.as(ada, 'session')
    for (let part = 1; part < 6; part += 1) {
      await door.clock.advance('30m')
      assert.equal(await status(door, headers), 200, 'its use keeps a session from being idle')
    }
    await door.clock.advance('30m')
    assert.equal(await status(door, headers), 401, 'and does not reach beyond its lifetime')
    const { key } = await door.instance.apiKeys.create({ owner: ada, name: 'ci', expiresAt: door.clock.now() + 60_000 })
    assert.equal(await status(door, { 'x-api-key': key }), 200)
    await door.clock.advance('1m')
    assert.equal(await status(door, { 'x-api-key': key }), 401)
  })

  it('ends families of refresh tokens, the grace of a spent one, and the overlap of a rotated key [B-TST-06]', async () => {
    await using door = await createTestDoorward({ now })
    const ada = await door.users.create()
    const { pairs, usersByName, apiKeys } = door.instance
    const user = await usersByName.find(ada.username)
    assert.ok(user)
    const from = { fingerprint: 'the same client' }
    const first = await pairs.obtain(user)
    const second = await pairs.refresh(first.refresh, from)
    await door.clock.advance('9s')
    assert.deepEqual(await pairs.refresh(first.refresh, from), second)
    await door.clock.advance('2s')
    await assert.rejects(pairs.refresh(first.refresh, from), { code: 'token_not_valid' })
    await assert.rejects(pairs.refresh(second.refresh, from), { code: 'token_not_valid' })

    let latest = (await pairs.obtain(user)).refresh
    for (let week = 0; week < 4; week += 1) {
      await door.clock.advance('6.9d')
      latest = (await pairs.refresh(latest, from)).refresh
    }
    await door.clock.advance('2.5d')
    await assert.rejects(pairs.refresh(latest, from), { code: 'token_not_valid' })

    const { key, record } = await apiKeys.create({ owner: ada, name: 'ci' })
    const next = await apiKeys.startRotation(record.id, { by, overlap: 3600 })
    await door.clock.advance('59m')
    assert.equal(await status(door, { 'x-api-key': key }), 200)
    await door.clock.advance('1m')
    assert.deepEqual(
      [await status(door, { 'x-api-key': key }), await status(door, { 'x-api-key': next.key })],
      [401, 200],
    )
  })

  it('refills throttles, ends lock-outs, and lets sign-ins go stale [B-TST-06]', async () => {
    await using door = await createTestDoorward({ now, settings: { guessesPerAccountAndAddress: '3/15m' } })
    const { clock, instance } = door
    const ada = await door.users.create()
    const guess = async (password: string) => {
      const headers = { authorization: `Basic ${btoa(`${ada.username}:${password}`)}` }
      return status(door, headers)
    }
    const wrong = []
    for (let count = 0; count < 4; count += 1) wrong.push(await guess(`wrong ${count}`))
    assert.deepEqual(wrong, [401, 401, 401, 429])
    assert.equal(await guess(ada.password), 429)
    await clock.advance('15m')
    assert.equal(await guess(ada.password), 200)

    const counters = memoryCounters()
    const metered = createAuth({
      authenticators: door.auth.authenticators,
      throttles: [perPrincipal('2/hour', { counters, clock: clock.now })],
      permission: freshLogin({ within: 600, clock: clock.now }),
    })
    const headers = await door.as(ada, 'session')
    const ask = async () => {
      const request = door.request('GET', '/', headers)
      return metered.require(request).then(
        () => 200,
        (error: unknown) => metered.refusal(request, error).status,
      )
    }
    assert.deepEqual([await ask(), await ask(), await ask()], [200, 200, 429])
    await clock.advance('30m')
    assert.equal(await ask(), 401, 'a sign-in of half an hour ago is not fresh')
    const anew = await instance.sessions.create({ userId: ada.id })
    Object.assign(headers, { cookie: `${instance.sessions.cookieName}=${anew.value}` })
    assert.deepEqual([await ask(), await ask()], [200, 429])
  })

  it('hands signing over to the next key, and ends what the last one signed', async () => {
    await using door = await createTestDoorward({ now, settings: { refreshTokenLifetime: '1d' } })
    const { signingKeys } = door.instance
    const ada = await door.users.create()
    const [first] = await signingKeys.list()
    await signingKeys.rotate({ by })
    assert.equal(signingKeys.current().kid, first?.kid)
    await door.clock.advance('10m')
    assert.notEqual(signingKeys.current().kid, first?.kid)
    assert.equal(await status(door, await door.as(ada, 'jwt')), 200)
    assert.equal(signingKeys.jwks().keys.length, 2)
    await door.clock.advance('2d')
    assert.equal(signingKeys.jwks().keys.length, 1)
  })
})

async function status(door: TestDoorward, headers: Readonly<Record<string, string>>): Promise<number> {
  const request = door.request('GET', '/', headers)
  return door.auth.require(request).then(
    () => 200,
    (error: unknown) => door.auth.refusal(request, error).status,
  )
}
