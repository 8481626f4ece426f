import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { enrolled } from '../factors/enrolled.contract.ts'
import { secretIn } from '../factors/secret-in.contract.ts'
import { softPasskey } from '../factors/soft-passkey.contract.ts'
import { totpCode } from '../factors/totp.ts'
import { createTestDoorward, type TestDoorward } from '../testing/test-doorward.ts'

const path = '/api/account/factors/'

describe('the API of one’s own second factors', () => {
  it('adds an app, and says what there is [MF04 B-MFA-01 B-MFA-09]', async () => {
    await using doorward = await createTestDoorward()
    const ada = await doorward.users.create({ username: 'ada' })
    const call = await caller(doorward, ada.id)
    const other = await doorward.instance.sessions.create({ userId: ada.id })
    const begun = await call('POST', 'totp/', {})
    assert.equal(begun.status, 201)
    assert.equal((await call('POST', 'totp/confirm/', { code: '000000' })).status, 400)
    const code = totpCode(secretIn(String(begun.body['uri'])), doorward.clock.now())
    const done = await call('POST', 'totp/confirm/', { code })
    assert.deepEqual([done.status, (done.body['recoveryCodes'] as string[]).length], [200, 10])
    assert.equal(await doorward.instance.sessions.find(other.value), null)
    assert.equal((await call('POST', 'totp/', {})).status, 409)
    const { body } = await call('GET', '')
    assert.deepEqual([body['policy'], body['isRequired'], body['passkeys']], ['optional', false, []])
    assert.deepEqual(body['recoveryCodes'], { left: 10, made: 10 })
    assert.match((body['totp'] as { createdAt: string }).createdAt, /^\d{4}-/)
    assert.doesNotMatch(JSON.stringify(body), /secret/)
    assert.equal((await call('DELETE', 'totp/')).status, 204)
    assert.equal((await call('DELETE', 'totp/')).status, 409)
  })

  it('adds, renames and removes passkeys; those of others are not there [B-MFA-05]', async () => {
    await using doorward = await createTestDoorward()
    const ada = await doorward.users.create({ username: 'ada' })
    const call = await caller(doorward, ada.id)
    const soft = softPasskey({ rpId: 'localhost', origin: 'http://localhost:8000' })
    const asked = await call('POST', 'passkeys/options/', {})
    const passkey = soft.create(asked.body as never)
    assert.equal((await call('POST', 'passkeys/', { passkey: {} })).status, 400)
    const added = await call('POST', 'passkeys/', { passkey, name: 'Key', endOtherSessions: false })
    assert.equal(added.status, 201)
    assert.equal((added.body['recoveryCodes'] as string[]).length, 10)
    const { id } = added.body['passkey'] as { id: string }
    assert.equal((await call('POST', 'passkeys/', { passkey })).status, 400)
    assert.equal((await call('PATCH', `passkeys/${id}/`, { name: '  ' })).status, 400)
    assert.equal((await call('PATCH', `passkeys/${id}/`, { name: 'Mine' })).status, 204)
    const eve = await caller(doorward, (await doorward.users.create({ username: 'eve' })).id)
    assert.equal((await eve('PATCH', `passkeys/${id}/`, { name: 'Hers' })).status, 404)
    assert.equal((await eve('DELETE', `passkeys/${id}/`)).status, 404)
    assert.equal(((await call('GET', '')).body['passkeys'] as { name: string }[])[0]?.name, 'Mine')
    assert.equal((await call('DELETE', `passkeys/${id}/`)).status, 204)
  })

  it('makes new recovery codes [MF05]', async () => {
    await using doorward = await createTestDoorward()
    const { ada, recoveryCodes } = await enrolled(doorward)
    const call = await caller(doorward, ada.id)
    const made = await call('POST', 'recovery-codes/', {})
    assert.deepEqual([made.status, (made.body['recoveryCodes'] as string[]).length], [201, 10])
    const use = async (code = '') => doorward.instance.factors.codes.use(ada.id, code, { actor: 'system' })
    assert.equal(await use(recoveryCodes[0]), false)
    assert.equal(await use((made.body['recoveryCodes'] as string[])[0]), true)
  })

  it('wants a session, its token, and for every change a proof of the last ten minutes [MF04 MF09]', async () => {
    await using doorward = await createTestDoorward()
    const ada = await doorward.users.create({ username: 'ada' })
    const base = await doorward.listen()
    assert.equal((await fetch(`${base}${path}`)).status, 401)
    for (const kind of ['token', 'jwt', 'basic'] as const) {
      const headers = { ...(await doorward.as(ada, kind)) }
      assert.equal((await fetch(`${base}${path}`, { headers })).status, 403, kind)
    }
    const call = await caller(doorward, ada.id, base)
    assert.equal((await call('POST', 'totp/', {}, { 'x-csrftoken': 'x' })).status, 403)
    await doorward.clock.advance('11m')
    assert.equal((await call('GET', '')).status, 200)
    for (const [method, below, body] of [
      ['POST', 'totp/', {}],
      ['DELETE', 'totp/', undefined],
      ['POST', 'passkeys/options/', {}],
      ['POST', 'recovery-codes/', {}],
    ] as const) {
      const refused = await call(method, below, body)
      assert.deepEqual([refused.status, refused.body['code']], [401, 'insufficient_user_authentication'], below)
    }
  })
})

async function caller(doorward: TestDoorward, userId: string, listening?: string) {
  const base = listening ?? (await doorward.listen())
  const { value, csrfToken } = await doorward.instance.sessions.create({ userId })
  return async (
    method: string,
    below: string,
    body?: object,
    more: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; body: Record<string, unknown> }> => {
    const headers = {
      'content-type': 'application/json',
      cookie: `sessionid=${value}`,
      'x-csrftoken': csrfToken,
      ...more,
    }
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    const answer = await fetch(`${base}${path}${below}`, init)
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) }
  }
}
