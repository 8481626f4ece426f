import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createTestDoorward } from '../testing/test-doorward.ts'
import { enrol, enrolled } from './enrolled.contract.ts'
import { totpCode } from './totp.ts'

describe('an account with a second factor', () => {
  for (const path of ['/api/token/', '/api/token/sliding/', '/api/token-auth/']) {
    it(`gets nothing at ${path} by its password alone, and is told what is missing [B-MFA-10 PW15]`, async () => {
      await using doorward = await createTestDoorward()
      const { ada, code } = await enrolled(doorward)
      const base = await doorward.listen()
      const refused = await post(`${base}${path}`, { username: 'ada', password: ada.password })
      assert.equal(refused.status, 401)
      assert.deepEqual(refused.body, {
        detail: 'The credential is right, and more is needed to sign in.',
        code: 'sign_in_incomplete',
        next: 'second_factor',
        ways: ['totp', 'recovery_code'],
      })
      // A wrong password says what it always says.
      assert.doesNotMatch(
        JSON.stringify((await post(`${base}${path}`, { username: 'ada', password: 'x' })).body),
        /ways/,
      )
      const wrong = await post(`${base}${path}`, { username: 'ada', password: ada.password, otp: '000000' })
      assert.deepEqual([wrong.status, wrong.body['code']], [401, 'authentication_failed'])
      const blank = await post(`${base}${path}`, { username: 'ada', password: ada.password, otp: '' })
      assert.equal(blank.body['code'], 'sign_in_incomplete')
      const odd = await post(`${base}${path}`, { username: 'ada', password: ada.password, otp: 5 })
      assert.equal(odd.status, 400)

      const otp = await code()
      const given = await post(`${base}${path}`, { username: 'ada', password: ada.password, otp })
      assert.equal(given.status, 200, JSON.stringify(given.body))
      // The code is used up with it.
      assert.equal((await post(`${base}${path}`, { username: 'ada', password: ada.password, otp })).status, 401)
    })
  }

  it('gets a pair by a recovery code as well, once [B-MFA-10]', async () => {
    await using doorward = await createTestDoorward()
    const { ada, recoveryCodes } = await enrolled(doorward)
    const base = await doorward.listen()
    const sent = { username: 'ada', password: ada.password, otp: recoveryCodes[3] }
    assert.equal((await post(`${base}/api/token/`, sent)).status, 200)
    assert.equal((await post(`${base}/api/token/`, sent)).status, 401)
  })

  it('gets in nowhere by Basic [B-MFA-10]', async () => {
    await using doorward = await createTestDoorward()
    const ada = await doorward.users.create({ username: 'ada' })
    const headers = { authorization: `Basic ${Buffer.from(`ada:${ada.password}`).toString('base64')}` }
    const asking = doorward.request('GET', '/', headers)
    assert.equal((await doorward.auth.identify(asking))?.principal.name, 'ada')
    await enrol(doorward, ada)
    // Though the password was right a moment ago, and is remembered.
    await assert.rejects(async () => doorward.auth.identify(doorward.request('GET', '/', headers)), {
      status: 401,
      code: 'sign_in_incomplete',
    })
  })

  it('gets no token by the password grant [B-MFA-10]', async () => {
    await using doorward = await createTestDoorward({ settings: { oauthLegacy: ['password'] } })
    const { ada } = await enrolled(doorward)
    const { client } = await doorward.instance.oauth.clients.create(
      { name: 'old app', authMethod: 'none', grantTypes: ['password'], redirectUris: [], scopes: ['read'] },
      { by: { actor: 'system' } },
    )
    const base = await doorward.listen()
    const body = {
      grant_type: 'password',
      client_id: client.id,
      scope: 'read',
      username: 'ada',
      password: ada.password,
    }
    const refused = await fetch(`${base}/o/token/`, { method: 'POST', body: new URLSearchParams(body) })
    assert.equal(refused.status, 400)
    assert.equal(((await refused.json()) as { error: string }).error, 'invalid_grant')
  })

  it('gets no session by JSON, and after a new password neither [B-MFA-10 PW15]', async () => {
    await using doorward = await createTestDoorward()
    const { ada } = await enrolled(doorward)
    const base = await doorward.listen()
    const login = async (password: string) => {
      const answer = await fetch(`${base}/accounts/login/`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'ada', password }),
      })
      return [answer.status, (await answer.json()) as Record<string, unknown>, answer.headers.getSetCookie()] as const
    }
    const [status, body, cookies] = await login(ada.password)
    assert.deepEqual([status, body['code'], body['next']], [401, 'sign_in_incomplete', 'second_factor'])
    assert.deepEqual(
      cookies.map((one) => one.split('=')[0]),
      ['signin'],
    )
    await doorward.instance.passwords.set(ada.id, 'a new one, quite long')
    assert.equal((await login('a new one, quite long'))[1]['next'], 'second_factor')
  })
})

describe('the policy on second factors', () => {
  it('asks nobody where it is off, whoever has one', async () => {
    await using doorward = await createTestDoorward({ settings: { secondFactor: 'off' } })
    const { ada } = await enrolled(doorward)
    const base = await doorward.listen()
    assert.equal((await post(`${base}/api/token/`, { username: 'ada', password: ada.password })).status, 200)
  })

  it('lets in nobody who has to have one and has none, by any way that could not add it [B-MFA-10]', async () => {
    for (const [secondFactor, isStaff, status] of [
      ['required', false, 401],
      ['staff', true, 401],
      ['staff', false, 200],
      ['optional', true, 200],
    ] as const) {
      await using doorward = await createTestDoorward({ settings: { secondFactor } })
      const ada = await doorward.users.create({ username: 'ada', isStaff })
      const base = await doorward.listen()
      const answer = await post(`${base}/api/token/`, { username: 'ada', password: ada.password })
      assert.equal(answer.status, status, `${secondFactor} ${isStaff}`)
      if (status === 401)
        assert.deepEqual([answer.body['next'], answer.body['ways']], ['add_second_factor', ['totp', 'passkey']])
    }
  })
})

describe('guesses of second factors', () => {
  it('end after ten from one address, the right code included, without telling [MF03]', async () => {
    await using doorward = await createTestDoorward()
    const { ada, code, secret } = await enrolled(doorward)
    const base = await doorward.listen()
    const guess = async (otp: string) => post(`${base}/api/token/`, { username: 'ada', password: ada.password, otp })
    for (let tried = 0; tried < 10; tried += 1) assert.equal((await guess('000000')).status, 401)
    const [wrong, right] = [await guess('000000'), await guess(totpCode(secret, doorward.clock.now() + 30_000))]
    assert.deepEqual([wrong.status, right.status], [429, 429])
    assert.deepEqual(wrong.body, right.body)
    await doorward.clock.advance('16m')
    assert.equal((await guess(await code())).status, 200)
  })

  it('count when they come at once [MF03]', async () => {
    await using doorward = await createTestDoorward()
    const { ada } = await enrolled(doorward)
    const { second } = doorward.instance.factors
    const user = { kind: 'user', id: ada.id, name: 'ada', permissions: new Set<string>() } as const
    const by = { actor: `user:${ada.id}`, address: '198.51.100.7' }
    const all = await Promise.allSettled(
      Array.from({ length: 50 }, async () => second.check({ user, way: 'totp', code: '000000', by })),
    )
    assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 10)
  })
})

async function post(url: string, body: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}
