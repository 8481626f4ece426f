import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AdminStage, adminStage } from '../admin-api.contract.ts'
import { openConsole } from '../console.contract.ts'

const soon = (): string => new Date(Date.now() + 3_600_000).toISOString()
const anHour = 3_600_000

async function give(stage: AdminStage, body: Readonly<Record<string, unknown>>, status = 201): Promise<string> {
  const given = await stage.call(stage.superuser, 'POST', 'throttles/overrides/', {
    rate: null,
    until: soon(),
    ...body,
  })
  assert.equal(given.status, status, `${JSON.stringify(body)}: ${given.text}`)
  return String(given.json['id'])
}

describe('a limit of its own for one caller', () => {
  it('shuts a user out of what they are signed in to, and nobody else, until it is ended', async () => {
    await using stage = await adminStage()
    const { call, staff, user } = stage
    const who = async (whom: typeof user): Promise<number> => (await call(whom, 'GET', '/api/whoami/')).status
    assert.equal(await who(user), 200)
    const id = await give(stage, { of: 'user', subject: 'ada@example.org', reason: 'a loop in their script' })
    const refused = await call(user, 'GET', '/api/whoami/')
    assert.equal(refused.status, 429)
    assert.ok(Number(refused.headers.get('retry-after')) > 3500)
    assert.equal(await who(staff), 200)
    const { json } = await call(staff, 'GET', 'throttles/overrides/')
    const [one] = json['overrides'] as readonly Readonly<Record<string, unknown>>[]
    assert.deepEqual(
      { of: one?.['of'], subject: one?.['subject'], rate: one?.['rate'], reason: one?.['reason'] },
      { of: 'user', subject: user.id, rate: null, reason: 'a loop in their script' },
    )
    assert.equal((await call(staff, 'DELETE', `throttles/overrides/${id}/`)).status, 204)
    assert.equal((await call(staff, 'DELETE', `throttles/overrides/${id}/`)).status, 404)
    assert.equal(await who(user), 200)
    assert.deepEqual(
      (await stage.history(`throttle:user:${user.id}`)).map(({ event }) => event),
      ['throttle.override_ended', 'throttle.overridden'],
    )
  })

  it('ends by itself', async () => {
    await using stage = await adminStage()
    const { clock } = stage.doorward
    await give(stage, { of: 'user', subject: stage.user.id, until: new Date(clock.now() + 60_000).toISOString() })
    const headers = await stage.doorward.as(stage.user, 'basic')
    const ask = async (): Promise<number> => (await stage.callWith(headers, 'GET', '/api/whoami/')).status
    assert.equal(await ask(), 429)
    await clock.advance('60s')
    assert.equal(await ask(), 200)
    assert.deepEqual((await stage.call(stage.superuser, 'GET', 'throttles/overrides/')).json, { overrides: [] })
  })

  it('counts a key and a service account at another rate than others', async () => {
    await using stage = await adminStage()
    const { doorward, callWith } = stage
    const account = await doorward.serviceAccounts.create({ scopes: ['read'] })
    const other = await doorward.serviceAccounts.create({ scopes: ['read'] })
    const [first, second] = [await doorward.as(account, 'apiKey'), await doorward.as(other, 'apiKey')]
    await give(stage, { of: 'service_account', subject: account.id, rate: '2/hour' })
    const ask = async (headers: typeof first): Promise<number> =>
      (await callWith(headers, 'GET', '/api/whoami/')).status
    const three = async (headers: typeof first): Promise<readonly number[]> => [
      await ask(headers),
      await ask(headers),
      await ask(headers),
    ]
    assert.deepEqual(await three(first), [200, 200, 429])
    assert.deepEqual(await three(second), [200, 200, 200])
    const { items } = await doorward.instance.lists.apiKeys.page({ owner: { kind: 'service_account', id: other.id } })
    await give(stage, { of: 'key', subject: items[0]?.id, rate: '1/hour' })
    assert.deepEqual(await three(second), [200, 429, 429])
  })

  it('shuts a range of addresses out of every page, and not out of the probes', async () => {
    await using stage = await adminStage({ settings: { trustedProxies: ['127.0.0.1', '::1'] } })
    const { base } = stage
    await give(stage, { of: 'address', subject: '203.0.113.0/24' })
    const from = async (address: string, path: string): Promise<number> =>
      (await fetch(base + path, { headers: { 'x-forwarded-for': address }, redirect: 'manual' })).status
    for (const path of ['/accounts/login/', '/api/', '/o/jwks.json', '/admin/', '/nothing/']) {
      assert.equal(await from('203.0.113.9', path), 429, path)
      assert.notEqual(await from('203.0.112.9', path), 429, path)
    }
    assert.equal(await from('203.0.113.9', '/livez'), 200)
    assert.equal(await from('203.0.113.9', '/readyz'), 200)
  })

  it('lets more wrong passwords come from an office than from others', async () => {
    await using stage = await adminStage({
      settings: { trustedProxies: ['127.0.0.1', '::1'], guessesPerAddress: '2/hour' },
    })
    await give(stage, { of: 'guesses', subject: '203.0.113.7', rate: '4/hour' })
    const guess = async (address: string, turn: number): Promise<number> => {
      const body = JSON.stringify({ username: `nobody${turn}`, password: 'wrong' })
      const headers = { 'content-type': 'application/json', 'x-forwarded-for': address }
      return (await fetch(`${stage.base}/api/token/`, { method: 'POST', headers, body })).status
    }
    const office: number[] = []
    const elsewhere: number[] = []
    for (let turn = 0; turn < 5; turn += 1) {
      office.push(await guess('203.0.113.7', turn))
      elsewhere.push(await guess('203.0.113.8', turn))
    }
    assert.deepEqual(office, [401, 401, 401, 401, 429])
    assert.deepEqual(elsewhere, [401, 401, 429, 429, 429])
  })

  it('is refused for what makes no sense, and where it would shut out whoever gives it', async () => {
    await using stage = await adminStage()
    const { user, superuser } = stage
    for (const body of [
      { of: 'nobody', subject: 'x' },
      { of: 'user', subject: '' },
      { of: 'user', subject: 'nobody' },
      { of: 'key', subject: user.id },
      { of: 'organisation', subject: 'x' },
      { of: 'client', subject: 'x' },
      { of: 'address', subject: 'x' },
      { of: 'address', subject: '0.0.0.0/0' },
      { of: 'address', subject: '::/0' },
      { of: 'address', subject: '10.0.0.0/33' },
      { of: 'address', subject: '127.0.0.1' },
      { of: 'address', subject: '127.0.0.0/8' },
      { of: 'address', subject: '10.0.0.0/24', rate: '1/min' },
      { of: 'failures', subject: '192.0.2.1' },
      { of: 'guesses', subject: '192.0.2.1' },
      { of: 'user', subject: user.id, rate: '0/min' },
      { of: 'user', subject: user.id, rate: 'often' },
      { of: 'user', subject: user.id, until: new Date(Date.now() - 1).toISOString() },
      { of: 'user', subject: user.id, until: new Date(Date.now() + 400 * 24 * anHour).toISOString() },
      { of: 'user', subject: user.id, until: 'tomorrow' },
      { of: 'user', subject: user.id, reason: 'x'.repeat(501) },
    ]) {
      await give(stage, body, 400)
    }
    await give(stage, { of: 'user', subject: superuser.id }, 409)
    assert.deepEqual((await stage.call(superuser, 'GET', 'throttles/overrides/')).json, { overrides: [] })
  })

  it('of an administrator is given and ended by superusers alone', async () => {
    await using stage = await adminStage()
    const { call, staff, superuser } = stage
    const body = { of: 'user', subject: superuser.id, rate: null, until: soon() }
    assert.equal((await call(staff, 'POST', 'throttles/overrides/', body)).status, 403)
    const other = await stage.doorward.users.create({ username: 'grace', isStaff: true })
    const id = await give(stage, { of: 'user', subject: other.id })
    assert.equal((await call(staff, 'DELETE', `throttles/overrides/${id}/`)).status, 403)
  })

  it('is given, shown and ended in the console', async () => {
    await using at = await openConsole()
    const form = await at.staff.get('/admin/throttles/new/?of=user&subject=ada')
    // Nobody is shut out by a form that was sent as it came.
    assert.equal((await at.staff.submit(form, 'give')).status, 400)
    const wrong = await at.staff.submit(form, 'give', { how: 'rate', rate: 'often' })
    assert.equal(wrong.status, 400)
    assert.match(wrong.text, /Write a number and a period/)
    const given = await at.staff.submit(wrong, 'give', { how: 'rate', rate: '10/min', days: '7', reason: 'too eager' })
    assert.equal(given.path, '/admin/throttles/')
    assert.match(given.text, /They have a limit of their own\./)
    assert.match(given.text, /10\/min[^]*too eager/)
    const ended = await at.staff.submit(given, 'end-own-limit')
    assert.match(ended.text, /Nobody has a limit of their own/)
    assert.equal((await at.staff.submit(given, 'end-own-limit')).status, 404)
    assert.equal((await at.staff.submit(form, 'give', { days: 'for ever' })).status, 400)
  })
})
