import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createAnswerCheck } from '../api/answer-check.contract.ts'
import { person } from '../screens/person.contract.ts'
import { createTestDoorward, type TestDoorward } from '../testing/test-doorward.ts'
import { createEndingNotices } from '../server/ending-notices.ts'

const path = '/account/preferences/'

describe('mail and time zone of an account (U13)', () => {
  it('are chosen, and moments of every page are in that time zone without a script, with UTC beside', async () => {
    await using doorward = await createTestDoorward()
    const { ada } = await open(doorward)
    const before = await ada.get('/account/devices/')
    assert.match(before.text, /<time datetime="[^"]+">[^<]+ UTC<\/time>/)
    const page = await ada.get(path)
    assert.match(page.text, /always comes: new passwords/)
    const saved = await ada.submit(page, 'save', { time_zone: 'Asia/Tokyo' })
    assert.match(saved.text, /Your choices are saved/)
    assert.match(saved.text, /<option value="Asia\/Tokyo"\s+selected/)
    const { text } = await ada.get('/account/devices/')
    const [, exact = '', title, shown] =
      /<time datetime="([^"]+)" title="([^"]+)" data-zone="Asia\/Tokyo">([^<]+)</.exec(text) ?? []
    assert.match(title ?? '', / UTC$/)
    const tokyo = { dateStyle: 'medium', timeStyle: 'short', timeZone: 'Asia/Tokyo' } as const
    assert.equal(shown, new Intl.DateTimeFormat('en', tokyo).format(new Date(exact)))
    assert.doesNotMatch(text, /<time datetime="[^"]+">/)
    assert.equal((await ada.submit(page, 'save', { time_zone: 'Mars/Olympus' })).status, 400)
  })

  it('leave out mail about what ends, and never that about the account itself', async () => {
    await using doorward = await createTestDoorward()
    const { ada, id } = await open(doorward)
    const { instance } = doorward
    const mailed = async () => (await instance.mail.outbox.list()).map(({ message }) => message.kind)
    const owner = { kind: 'user', id } as const
    const soon = instance.clock() + 20 * 86_400_000
    await instance.apiKeys.create({ owner, name: 'one', expiresAt: soon })
    await ada.submit(await ada.get(path), 'save', {
      time_zone: 'Europe/Berlin',
      mail_credential_ending: null,
    })
    await doorward.clock.advance('10d')
    await createEndingNotices(instance)()
    assert.deepEqual(await mailed(), [])
    await instance.passwords.set(id, 'another long password')
    assert.deepEqual(await mailed(), ['password_set'])
    assert.match(JSON.stringify(await instance.mail.outbox.list(), noBigInt), /Europe\/Berlin/)

    await instance.preferences.change(id, { unwantedMail: [] }, { actor: `user:${id}` })
    await instance.apiKeys.create({ owner, name: 'two', expiresAt: instance.clock() + 15 * 86_400_000 })
    await doorward.clock.advance('2d')
    await createEndingNotices(instance)()
    assert.ok((await mailed()).includes('credential_ending'))
  })

  it('are read and changed by JSON, by the session of the person alone', async () => {
    await using doorward = await createTestDoorward()
    const { base, ada, user } = await open(doorward)
    const answers = createAnswerCheck(await (await fetch(`${base}/api/openapi.json`)).json())
    const api = `/api${path}`
    const session = await doorward.as(user, 'session')
    const call = async (method: string, body?: unknown, headers: Readonly<Record<string, string>> = session) => {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) }
      const response = await fetch(base + api, {
        method,
        headers: { ...headers, 'content-type': 'application/json' },
        ...sent,
      })
      const json: unknown = await response.json()
      const contentType = response.headers.get('content-type')
      answers.check({ method, path: api }, { status: response.status, contentType, json })
      return { status: response.status, json }
    }
    const wanted = { credential_ending: true, app_review: true }
    assert.deepEqual((await call('GET')).json, { time_zone: null, mail: wanted })
    assert.deepEqual((await call('PATCH', { time_zone: 'UTC', mail: { app_review: false } })).json, {
      time_zone: 'UTC',
      mail: { ...wanted, app_review: false },
    })
    assert.deepEqual((await call('PATCH', { time_zone: null })).json, {
      time_zone: null,
      mail: { ...wanted, app_review: false },
    })
    for (const body of [{ time_zone: 'Mars' }, { time_zone: 5 }, { mail: { app_review: 'no' } }, { mail: [] }]) {
      assert.equal((await call('PATCH', body)).status, 400, JSON.stringify(body))
    }
    assert.equal((await call('GET', undefined, {})).status, 401)
    assert.equal((await call('GET', undefined, await doorward.as(user, 'apiKey'))).status, 403)
    assert.doesNotMatch((await ada.get(path)).text, /id="mail_1"[^>]*checked/)
  })
})

async function open(doorward: TestDoorward) {
  const base = await doorward.listen()
  const password = 'correct horse battery'
  const user = await doorward.users.create({ username: 'ada', password, email: 'ada@example.org' })
  const ada = person(base)
  await ada.signIn('ada', password)
  return { base, ada, user, id: user.id }
}

function noBigInt(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
