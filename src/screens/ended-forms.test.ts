import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createTestDoorward, type TestDoorward } from '../testing/test-doorward.ts'
import { isSecretField } from './ended-forms.ts'
import { formsIn, person, type Seen } from './person.contract.ts'

const path = '/account/preferences/'
const password = 'correct horse battery'
const question = /<h1>Send what you had typed\?<\/h1>/

describe('a form that is sent once the sign-in is over (L16)', () => {
  it('waits for the same person to sign in again, and is sent when they say so, wherever it was ended', async () => {
    await using doorward = await createTestDoorward()
    const { ada, base, id } = await open(doorward)
    const page = await ada.get(path)
    await endAll(doorward, id)
    const login = await ada.submit(page, 'save', { time_zone: 'Asia/Tokyo' })
    assert.match(login.path, /^\/accounts\/login\/\?next=%2Faccount%2Fpreferences%2F$/)
    assert.match(login.text, /You were signed out/)
    assert.match(login.text, /What you had typed is kept for ten minutes/)
    assert.doesNotMatch((await person(base).get('/accounts/login/')).text, /you had typed/)
    const asked = await again(ada, login)
    assert.equal(asked.path, path)
    assert.match(asked.text, question)
    assert.equal((await doorward.instance.preferences.find(id)).timeZone, null)
    const saved = await ada.submit(asked, 'save')
    assert.match(saved.text, /Your choices are saved/)
    assert.equal((await doorward.instance.preferences.find(id)).timeZone, 'Asia/Tokyo')
    // Nothing waits any more.
    assert.equal(ada.cookies.has('endedform'), false)
    assert.doesNotMatch((await ada.get(path)).text, question)
  })

  it('waits after a time-out too, when the browser has no cookie left, and not for whoever does not want it', async () => {
    await using doorward = await createTestDoorward()
    const { ada, id } = await open(doorward)
    const page = await ada.get(path)
    await doorward.clock.advance('400d')
    ada.cookies.delete('sessionid')
    const asked = await again(ada, await ada.submit(page, 'save', { time_zone: 'Asia/Tokyo' }))
    assert.match(asked.text, question)
    assert.match(asked.text, /href="\/account\/preferences\/\?anew=1"/)
    // What waits for one page is not taken away by another one.
    await ada.get('/account/data/?anew=1')
    await ada.get(`${path}?anew=2`)
    assert.equal(ada.cookies.has('endedform'), true)
    assert.match((await ada.get(`${path}?anew=1`)).text, /id="time_zone"/)
    assert.equal(ada.cookies.has('endedform'), false)
    assert.doesNotMatch((await ada.get(path)).text, question)
    assert.equal((await doorward.instance.preferences.find(id)).timeZone, null)
  })

  it('is left by its person alone', async () => {
    await using doorward = await createTestDoorward()
    const { ada, base, id } = await open(doorward)
    await doorward.users.create({ username: 'eve', password })
    const page = await ada.get(path)
    await endAll(doorward, id)
    await ada.submit(page, 'save', { time_zone: 'Asia/Tokyo' })
    const eve = person(base)
    eve.cookies.set('endedform', ada.cookies.get('endedform') ?? '')
    await eve.get(`${path}?anew=1`)
    await eve.signIn('eve', password)
    await eve.get(`${path}?anew=1`)
    assert.equal(eve.cookies.has('endedform'), true)
  })

  it('is shown to nobody else, on no other page, and not for longer than ten minutes', async () => {
    await using doorward = await createTestDoorward()
    const { ada, base, id } = await open(doorward)
    await doorward.users.create({ username: 'eve', password })
    const page = await ada.get(path)
    await endAll(doorward, id)
    const login = await ada.submit(page, 'save', { time_zone: 'Asia/Tokyo' })
    const kept = ada.cookies.get('endedform') ?? ''
    assert.ok(kept !== '' && !Buffer.from(kept, 'base64url').includes('Tokyo'))
    const eve = person(base)
    eve.cookies.set('endedform', kept)
    await eve.signIn('eve', password)
    assert.doesNotMatch((await eve.get(path)).text, question)
    // She has his page and his words, and sends them as hers: nothing waits for her, so nothing is done.
    const own = formsIn(await eve.get(path)).find(({ fields }) => fields['action'] === 'save')
    const taken = await eve.post(path, { ...own?.fields, ended: 'yes' })
    assert.equal(taken.status, 409)
    assert.match(taken.text, /Nothing was done/)
    const asked = await again(ada, login)
    assert.match(asked.text, question)
    assert.doesNotMatch((await ada.get('/account/data/')).text, question)
    assert.doesNotMatch((await ada.get(`${path}?x=1`)).text, question)
    await doorward.clock.advance('601s')
    assert.doesNotMatch((await ada.get(path)).text, question)
    // The button of a page that was left open does not send an empty form in its place.
    assert.equal((await ada.submit(asked, 'save')).status, 409)
    assert.equal((await doorward.instance.preferences.find(id)).timeZone, null)
  })

  it('asks for a proof of the new session, and is sent once', async () => {
    await using doorward = await createTestDoorward()
    const { ada, id } = await open(doorward)
    const page = await ada.get(path)
    await endAll(doorward, id)
    const asked = await again(ada, await ada.submit(page, 'save', { time_zone: 'Asia/Tokyo' }))
    const [old, fresh] = [page, asked].map(
      (one) => formsIn(one).find(({ fields }) => fields['action'] === 'save')?.fields,
    )
    const forged = { ...fresh, csrfmiddlewaretoken: old?.['csrfmiddlewaretoken'] ?? '' }
    assert.equal((await ada.post(path, forged)).status, 403)
    assert.notEqual(fresh?.['csrfmiddlewaretoken'], old?.['csrfmiddlewaretoken'])
    await ada.submit(asked, 'save')
    assert.equal((await ada.submit(asked, 'save')).status, 409)
  })

  it('makes one thing of a form that makes something new, also where it is sent twenty times at once', async () => {
    await using doorward = await createTestDoorward()
    const { ada, id } = await open(doorward)
    const form = await ada.get('/portal/keys/new/')
    const review = await ada.submit(form, 'review', { name: 'robot' })
    assert.match(review.text, /Is this right/)
    await endAll(doorward, id)
    const asked = await again(ada, await ada.submit(review, 'create'))
    assert.match(asked.text, question)
    const answers = await Promise.all(Array.from({ length: 20 }, async () => ada.submit(asked, 'create')))
    assert.equal(answers.filter(({ text }) => text.includes('Your new API key')).length, 1)
    assert.ok(answers.every(({ status }) => status === 200 || status === 409))
    assert.equal((await doorward.instance.apiKeys.list({ kind: 'user', id })).length, 1)
  })

  it('keeps no password, code or key, nothing of other sites, nothing that is no form of ours, and nothing too long', async () => {
    await using doorward = await createTestDoorward()
    const { ada, base, id } = await open(doorward)
    const page = await ada.get('/account/password/')
    const [form] = formsIn(await ada.get(path)).filter(({ fields }) => fields['action'] === 'save')
    const fields = { ...form?.fields }
    await endAll(doorward, id)
    await ada.submit(page, 'change', { current_password: password, new_password: 'staple horse battery' })
    assert.equal(ada.cookies.has('endedform'), false)
    for (const bad of [
      { ...fields, formof: '' },
      { ...fields, formof: 'x'.repeat(44) },
      { ...fields, formof: '<script>' },
      { ...fields, action: '' },
      { ...fields, code: '123456' },
      { ...fields, time_zone: 'x'.repeat(5000) },
    ]) {
      assert.match((await ada.post(path, bad)).path, /^\/accounts\/login\//)
      assert.equal(ada.cookies.has('endedform'), false)
    }
    const body = new URLSearchParams(fields)
    const type = 'application/x-www-form-urlencoded'
    for (const [headers, sent] of [
      [{ origin: 'https://evil.example', 'content-type': type }, body],
      [{ origin: base, 'content-type': 'text/plain' }, String(body)],
      [{ origin: base, 'content-type': type }, '%'],
      [{ origin: base, 'content-type': 'application/json' }, JSON.stringify(fields)],
    ] as const) {
      const answer = await fetch(`${base}${path}`, { method: 'POST', headers, body: sent, redirect: 'manual' })
      assert.equal(answer.status, 303)
      assert.deepEqual(answer.headers.getSetCookie(), [])
    }
    const good = await fetch(`${base}${path}`, { method: 'POST', headers: { origin: base }, body, redirect: 'manual' })
    assert.match(good.headers.getSetCookie().join(), /^endedform=[^;]+;.*HttpOnly/)
  })

  it('keeps no sample of a token, and no headers, which may hold one', async () => {
    await using doorward = await createTestDoorward()
    const { ada, id } = await open(doorward)
    const { id: account } = await doorward.instance.serviceAccounts.create(
      { name: 'deploy', scopes: [], ownerId: id },
      { by: { actor: 'system' } },
    )
    const { workloadTrusts } = doorward.instance
    const values = {
      issuer: 'https://ci.example',
      subject: 'repo:acme/app',
      audience: workloadTrusts.audienceOf(account),
    }
    await workloadTrusts.create(account, values, { by: { actor: 'system' } })
    const page = await ada.get(`/portal/service-accounts/${account}/trust/`)
    const [, name = ''] = /<textarea[^>]* name="(\w+)"/.exec(page.text) ?? []
    await endAll(doorward, id)
    await ada.submit(page, 'test', { [name]: 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln' })
    assert.equal(ada.cookies.has('endedform'), false)
  })

  it('knows the fields of secrets by their names', () => {
    for (const name of [
      'current_password',
      'client_secret',
      'token',
      'credential',
      'code',
      'user_code',
      'key',
      'file',
      'headers',
      'sample_token',
    ]) {
      assert.ok(isSecretField(name), name)
    }
    for (const name of [
      'name',
      'time_zone',
      'mail_credential_ending',
      'scope_keys:write',
      'key_days',
      'expiry',
      'redirect_uris',
      'action',
    ]) {
      assert.ok(!isSecretField(name), name)
    }
  })
})

async function open(doorward: TestDoorward) {
  const base = await doorward.listen()
  const { id } = await doorward.users.create({ username: 'ada', password })
  const ada = person(base)
  await ada.signIn('ada', password)
  return { ada, base, id }
}

/** As from another device, or by an administrator. */
async function endAll({ instance }: TestDoorward, id: string): Promise<void> {
  for (const { id: session } of await instance.sessions.list(id)) await instance.sessions.end(session)
}

async function again(who: ReturnType<typeof person>, login: Seen): Promise<Seen> {
  return who.submit(login, 'sign-in', { username: 'ada', password })
}
