import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fakeBrowser, headerOf, hiddenIn } from '../../accounts/browser.contract.ts'
import type { Endpoint } from '../../http/exchange.ts'
import { type DeviceDesk, devicePath, formOf, openDeviceDesk } from '../device-desk.contract.ts'
import { deviceCodeGrant } from '../grants/device-code.ts'

const wrongCode = 'BBBB-CCCC'

describe('the device pages', () => {
  it('lead from the code to the question, and from there to the device [DV08 B-DEV-04]', async () => {
    const desk = await openDeviceDesk()
    const { device_code: deviceCode, user_code: userCode } = await desk.begin({ scope: 'read write' })
    const ada = await desk.person({ username: 'ada' })
    const form = await ada.open()
    assert.equal(form.status, 200)
    assert.match(form.body, /<input\s+id="id_user_code"\s+name="user_code"/)
    const page = await ada.enter(userCode)
    assert.equal(page.status, 200)
    // RFC 8628, section 3.3: what is asked for, and section 5.4: that the device is theirs.
    for (const text of [
      'an application',
      '>ada<',
      userCode,
      'Read your data',
      'Change your data',
      '198.51.100.7',
      'hold the device',
    ]) {
      assert.ok(page.body.includes(text), text)
    }
    assert.doesNotMatch(page.body, /own-pages/)
    const metadata = JSON.stringify({ policyUri: 'https://app.example/privacy' })
    await desk.database.write(async (unit) => unit.updateTable('clients').set({ metadata }).execute())
    assert.match((await ada.enter(userCode)).body, /id="own-pages"[^]*href="https:\/\/app\.example\/privacy"/)
    const done = await ada.decide(page, 'allow')
    assert.deepEqual([done.status, headerOf(done, 'location')], [303, '/o/device/done/'])
    assert.equal((await desk.poll(deviceCode)).status, 200)
    const shown = await endpoint(desk, '/o/device/done/')(fakeRequest('/o/device/done/'))
    assert.match(shown.body, /Look at your device/)
    await desk.close()
  })

  it('let a person leave out scopes where there is a choice: only what is ticked is granted [B-AUZ-22]', async () => {
    const scopes = { openid: 'Know who you are', offline_access: 'Go on', read: 'Read', write: 'Change' }
    const desk = await openDeviceDesk({ scopeChoice: true, scopes })
    const ada = await desk.person({ username: 'ada' })
    const scope = 'openid offline_access read write'
    const allow = async (wanted: readonly string[], asked = scope) => {
      const { device_code: deviceCode, user_code: userCode } = await desk.begin({ scope: asked })
      const page = await ada.enter(userCode)
      const boxes = [
        ...page.body.matchAll(/type="checkbox"[^>]*form="device-confirm"[^>]*value="([^"]+)"[^>]*checked/gs),
      ]
      const ticked = wanted.map((one) => ['allowed_scope', one])
      const body = new URLSearchParams([
        ...Object.entries({ ...formOf(page), decision: 'allow' }),
        ...ticked,
      ]).toString()
      const decided = await ada.browser.post(methods(desk).POST, {}, { url: devicePath, body })
      const { json } = await desk.poll(deviceCode)
      return { boxes: boxes.map(([, value]) => value), to: headerOf(decided, 'location'), json }
    }
    const some = await allow(['read', 'admin'])
    assert.deepEqual(some.boxes, ['write', 'read', 'offline_access'], '`openid` stays')
    assert.equal(some.to, '/o/device/done/')
    assert.equal(some.json['scope'], 'openid read', 'what was not asked for cannot be ticked')
    assert.equal('refresh_token' in some.json, false, 'offline_access was left out')
    assert.equal((await allow(['offline_access', 'read', 'write'])).json['scope'], scope)
    // To allow nothing of it is to deny it.
    const none = await allow([], 'read write')
    assert.deepEqual([none.to, none.json['error']], ['/o/device/denied/', 'access_denied'])
    await desk.close()
  })

  it('grant all that they show where there is no choice, whatever a form says', async () => {
    const desk = await openDeviceDesk()
    const ada = await desk.person()
    const { device_code: deviceCode, user_code: userCode } = await desk.begin({ scope: 'read write' })
    const page = await ada.enter(userCode)
    assert.doesNotMatch(page.body, /type="checkbox"/)
    await ada.decide(page, 'allow', { allowed_scope: 'read' })
    assert.equal((await desk.poll(deviceCode)).json['scope'], 'read write')
    await desk.close()
  })

  it('refuse the device where the person does', async () => {
    const desk = await openDeviceDesk()
    const { device_code: deviceCode, user_code: userCode } = await desk.begin()
    const ada = await desk.person()
    const denied = await ada.decide(await ada.enter(userCode), 'deny')
    assert.deepEqual([denied.status, headerOf(denied, 'location')], [303, '/o/device/denied/'])
    assert.equal((await desk.poll(deviceCode)).json['error'], 'access_denied')
    assert.match((await endpoint(desk, '/o/device/denied/')(fakeRequest('/'))).body, /does not get access/)
    await desk.close()
  })

  it('need a session, and keep the code on the way to sign in and back [B-DEV-05]', async () => {
    const desk = await openDeviceDesk()
    const { user_code: userCode } = await desk.begin()
    const stranger = fakeBrowser()
    const pages = methods(desk)
    const plain = await stranger.get(pages.GET, devicePath)
    assert.deepEqual([plain.status, headerOf(plain, 'location')], [303, '/accounts/login/?next=%2Fo%2Fdevice%2F'])
    const withCode = `/accounts/login/?next=${encodeURIComponent(`/o/device/?user_code=${userCode}`)}`
    const complete = await stranger.get(pages.GET, `${devicePath}?user_code=${userCode.toLowerCase()}`)
    assert.deepEqual([complete.status, headerOf(complete, 'location')], [303, withCode])
    const sent = await stranger.post(pages.POST, { user_code: userCode })
    assert.deepEqual([sent.status, headerOf(sent, 'location')], [303, withCode])
    const decided = await stranger.post(pages.POST, { device: 'x', decision: 'allow' })
    assert.equal(decided.status, 303)
    await desk.close()
  })

  it('only fill in a code that comes with the address: it still has to be sent and allowed [DV08]', async () => {
    const desk = await openDeviceDesk()
    const { device_code: deviceCode, user_code: userCode, verification_uri_complete: complete } = await desk.begin()
    const ada = await desk.person()
    const page = await ada.open(complete.replace('https://id.example', ''))
    assert.ok(page.body.includes(`value="${userCode}"`))
    assert.ok(!page.body.includes('an application'))
    assert.equal((await desk.poll(deviceCode)).json['error'], 'authorization_pending')
    // Nothing that is no code is put on the page.
    for (const query of [
      '?user_code=%22%3E%3Cscript%3E',
      '?user_code=A&user_code=B',
      '?user_code=%ff',
      `?user_code=${'x'.repeat(9000)}`,
    ]) {
      const other = await ada.open(devicePath + query)
      assert.equal(other.status, 200)
      assert.match(other.body, /name="user_code"[^>]* value=""/)
    }
    await desk.close()
  })

  it('take the code in any case, with or without its dash [DV06 B-DEV-08]', async () => {
    const desk = await openDeviceDesk()
    const { user_code: userCode } = await desk.begin()
    const ada = await desk.person()
    for (const typed of [userCode.toLowerCase(), userCode.replace('-', ' '), ` ${userCode.replace('-', '')} `]) {
      assert.equal((await ada.enter(typed)).status, 200, typed)
    }
    await desk.close()
  })

  it('say the same of every code that no device waits with [B-DEV-05]', async () => {
    const desk = await openDeviceDesk()
    const ada = await desk.person()
    const bob = await desk.person({}, '203.0.113.9')
    const used = await desk.begin()
    await ada.allow(used.user_code)
    const late = await desk.begin()
    desk.time.now += 600_000
    const ofNobody = await desk.begin()
    await desk.database.write(async (unit) => {
      await unit.updateTable('clients').set({ is_active: 0 }).execute()
    })
    const answers = []
    for (const code of [used.user_code, late.user_code, ofNobody.user_code, wrongCode])
      answers.push([code, await bob.enter(code)] as const)
    const texts = answers.map(
      ([code, { status, body }]) => `${status} ${body.replaceAll(code, 'CODE').replaceAll(/csrf[^>]*/g, '')}`,
    )
    assert.equal(new Set(texts).size, 1)
    assert.match(texts[0] ?? '', /^400 [^]*No device is waiting with this code/)
    assert.match(texts[0] ?? '', /aria-invalid="true"/)
    const missing = await bob.enter(' ')
    assert.match(missing.body, /Enter the code that your device shows/)
    await desk.close()
  })

  it('let nobody decide but who entered the code: 404 [B-DEV-04]', async () => {
    const desk = await openDeviceDesk()
    const { device_code: deviceCode, user_code: userCode } = await desk.begin()
    const [ada, eve] = [await desk.person(), await desk.person()]
    const shown = formOf(await ada.enter(userCode))
    const own = hiddenIn(await eve.open(), 'csrfmiddlewaretoken')
    const { POST } = methods(desk)
    for (const fields of [
      { ...shown, csrfmiddlewaretoken: own },
      { device: shown['device'] ?? '', csrfmiddlewaretoken: own },
      { device: 'x', consent_token: 'x', csrfmiddlewaretoken: own },
    ]) {
      const answer = await eve.browser.post(POST, { ...fields, decision: 'allow' })
      assert.equal(answer.status, 404)
      assert.ok(!answer.body.includes('an application'))
    }
    assert.equal((await desk.poll(deviceCode)).json['error'], 'authorization_pending')
    await desk.close()
  })

  it('take one of the two answers and no other, once: 400 and 404 [B-DEV-05]', async () => {
    const desk = await openDeviceDesk()
    const { user_code: userCode } = await desk.begin()
    const ada = await desk.person()
    const page = await ada.enter(userCode)
    for (const decision of ['', 'approve', 'ALLOW', '<script>']) {
      const answer = await ada.decide(page, decision)
      assert.equal(answer.status, 400)
      assert.ok(!answer.body.includes('<script>'))
    }
    assert.equal((await ada.decide(page, 'allow')).status, 303)
    assert.equal((await ada.decide(page, 'allow')).status, 404)
    assert.equal((await ada.decide(page, 'deny')).status, 404)
    await desk.close()
  })

  it('refuse a form of another site, even with the right token, and one without it', async () => {
    const desk = await openDeviceDesk()
    const { device_code: deviceCode, user_code: userCode } = await desk.begin()
    const ada = await desk.person()
    const form = { ...formOf(await ada.enter(userCode)), decision: 'allow' }
    const { POST } = methods(desk)
    for (const [fields, headers] of [
      [form, { origin: 'https://evil.example' }],
      [form, { 'sec-fetch-site': 'cross-site' }],
      [{ ...form, csrfmiddlewaretoken: 'x' }, {}],
      [{ ...form, csrfmiddlewaretoken: '' }, {}],
      [{ user_code: userCode }, {}],
    ] as const) {
      const answer = await ada.browser.post(POST, fields, { headers })
      assert.equal(answer.status, 403)
      assert.match(answer.body, /csrf_failed/)
    }
    assert.equal((await desk.poll(deviceCode)).json['error'], 'authorization_pending')
    await desk.close()
  })

  it('answer what is no form with a page, never with a fault', async () => {
    const desk = await openDeviceDesk()
    const ada = await desk.person()
    const csrfmiddlewaretoken = hiddenIn(await ada.open(), 'csrfmiddlewaretoken')
    const { POST } = methods(desk)
    for (const [body, type, status] of [
      ['{"user_code":"x"}', 'application/json', 415],
      ['user_code=x', 'text/plain', 415],
      ['user_code=x&user_code=y', 'application/x-www-form-urlencoded', 400],
      ['user_code=%ff', 'application/x-www-form-urlencoded', 400],
      [Buffer.from([0xff, 0xfe]), 'application/x-www-form-urlencoded', 400],
      [
        `csrfmiddlewaretoken=${csrfmiddlewaretoken}&user_code=${'x'.repeat(60_000)}`,
        'application/x-www-form-urlencoded',
        400,
      ],
      [`csrfmiddlewaretoken=${csrfmiddlewaretoken}`, 'application/x-www-form-urlencoded', 400],
    ] as const) {
      const answer = await ada.browser.post(POST, {}, { body, headers: { 'content-type': type } })
      assert.equal(answer.status, status, String(body).slice(0, 60))
      assert.match(headerOf(answer, 'content-type') ?? '', /^text\/html/)
    }
    await desk.close()
  })

  it('warn of a client that registered by itself, and let no name become markup [DV08]', async () => {
    const desk = await openDeviceDesk()
    const { user_code: userCode } = await desk.begin()
    await desk.database.write(async (unit) => {
      await unit
        .updateTable('clients')
        .set({ source: 'dynamic', name: '<script>alert(1)</script>\u202eevil' })
        .execute()
    })
    const page = await (await desk.person()).enter(userCode)
    assert.match(page.body, /id="publisher">Nobody here answers for it\./)
    assert.match(page.body, /id="not-reviewed"/)
    assert.ok(!page.body.includes('<script>alert') && !page.body.includes('\u202e'))
    await desk.close()
  })
})

describe('guessing of user codes', () => {
  it('stops after five wrong codes an account, the right one included, and says no more than that [DV07 B-DEV-08]', async () => {
    const desk = await openDeviceDesk()
    const { device_code: deviceCode, user_code: userCode } = await desk.begin()
    const eve = await desk.person()
    const statuses = []
    for (const code of codes(60)) statuses.push((await eve.enter(code)).status)
    assert.deepEqual(statuses, [...Array.from({ length: 5 }, () => 400), ...Array.from({ length: 55 }, () => 429)])
    const [wrong, right] = [await eve.enter(wrongCode), await eve.enter(userCode)]
    assert.equal(right.status, 429)
    assert.equal(right.body, wrong.body)
    assert.ok(Number(headerOf(right, 'retry-after')) > 0)
    assert.match(right.body, /The right code does not help before that/)
    // Another session, or another address, of the same account changes nothing; another account goes on.
    const elsewhere = await eve.enter(userCode, { address: '203.0.113.77' })
    assert.equal(elsewhere.status, 429)
    assert.equal((await (await desk.person()).enter(userCode)).status, 200)
    assert.equal((await desk.poll(deviceCode)).json['error'], 'authorization_pending')
    await desk.close()
  })

  it('leaves an account five guesses while a code lives, wherever that begins [DV07]', async () => {
    // 5 / 20^8 < 2^-32: RFC 8628, section 5.1, has the same figures.
    assert.ok(5 / 20 ** 8 < 2 ** -32)
    const desk = await openDeviceDesk()
    const eve = await desk.person()
    const looked: number[] = []
    let tried = 0
    for (const code of codes(240)) {
      desk.time.now += 30_000
      tried += 1
      // The session would end before the test does.
      if ((await eve.enter(code)).status === 400) looked.push(desk.time.now)
    }
    assert.equal(tried, 240)
    for (const time of looked) {
      const during = looked.filter((other) => other >= time && other < time + 600_000)
      assert.ok(during.length <= 5, `${during.length} guesses in ten minutes`)
    }
    assert.ok(looked.length >= 10)
    await desk.close()
  })

  it('stops after twenty an address, whatever the accounts, and takes nothing from an account that is stopped so [DV07]', async () => {
    const desk = await openDeviceDesk()
    const { user_code: userCode } = await desk.begin()
    for (let account = 0; account < 4; account += 1) {
      const eve = await desk.person()
      for (const code of codes(5)) assert.equal((await eve.enter(code)).status, 400)
    }
    const bob = await desk.person()
    for (const code of codes(6)) assert.equal((await bob.enter(code)).status, 429)
    for (const code of codes(5)) assert.equal((await bob.enter(code, { address: '203.0.113.4' })).status, 400)
    assert.equal((await bob.enter(userCode, { address: '203.0.113.4' })).status, 429)
    await desk.close()
  })

  it('holds for guesses that come at once', async () => {
    const desk = await openDeviceDesk()
    const eve = await desk.person()
    const answers = await Promise.all(codes(50).map(async (code) => eve.enter(code)))
    assert.equal(answers.filter(({ status }) => status === 400).length, 5)
    await desk.close()
  })

  it('does not count right codes, nor what cannot be one', async () => {
    const desk = await openDeviceDesk()
    const { user_code: userCode } = await desk.begin()
    const ada = await desk.person()
    for (let time = 0; time < 30; time += 1) {
      assert.equal((await ada.enter('AEIO-UY10')).status, 400)
      assert.equal((await ada.enter(userCode)).status, 200)
    }
    await desk.close()
  })
})

describe('a confidential client', () => {
  it('has to prove who it is for the codes and for the tokens [CA19 B-DEV-09]', async () => {
    const desk = await openDeviceDesk()
    const tv = await desk.addClient({ grantTypes: [deviceCodeGrant], scopes: ['read'] })
    const basic = { authorization: `Basic ${Buffer.from(`${tv.id}:${tv.secret}`).toString('base64')}` }
    const begun = await desk.post('/o/device-authorization/', { scope: 'read' }, basic)
    await (await desk.person()).allow(String(begun.json['user_code']))
    const question = { grant_type: deviceCodeGrant, device_code: String(begun.json['device_code']) }
    const unproven = await desk.post('/o/token/', { ...question, client_id: tv.id })
    assert.deepEqual([unproven.status, unproven.json['error']], [401, 'invalid_client'])
    assert.equal((await desk.post('/o/token/', question, basic)).status, 200)
    await desk.close()
  })
})

function methods(desk: DeviceDesk): { readonly GET: Endpoint; readonly POST: Endpoint } {
  return desk.server.routes.find(({ path }) => path === devicePath)?.methods as { GET: Endpoint; POST: Endpoint }
}

function endpoint(desk: DeviceDesk, at: string): Endpoint {
  return desk.server.routes.find(({ path }) => path === at)?.methods['GET'] as Endpoint
}

function fakeRequest(url: string): Parameters<Endpoint>[0] {
  return { method: 'GET', url, headers: { get: () => null }, address: null, body: async () => new Uint8Array() }
}

/** Well-formed codes that no device has. */
function codes(count: number): string[] {
  const letters = 'BCDFGHJKLMNPQRSTVWXZ'
  return Array.from(
    { length: count },
    (_, index) => `BBBBBB${letters[Math.floor(index / 20) % 20]}${letters[index % 20]}`,
  )
}
