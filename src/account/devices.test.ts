import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Person, person, type Seen } from '../screens/person.contract.ts'
import { createTestDoorward } from '../testing/test-doorward.ts'
import { deviceName } from '../pages/device-name.ts'

describe('devices of an account', () => {
  it('are shown with this one marked, and each can be signed out (SE08)', async () => {
    await using doorward = await createTestDoorward()
    const base = await doorward.listen()
    await doorward.users.create({ username: 'ada', password: 'correct horse battery' })
    const [here, there] = [person(base), person(base)]
    await here.signIn('ada', 'correct horse battery')
    await there.signIn('ada', 'correct horse battery')

    const page = await here.get('/account/devices/')
    assert.equal(page.status, 200)
    assert.equal(page.text.match(/This device/g)?.length, 1)
    assert.equal(page.text.match(/name="session"/g)?.length, 1)

    const after = await here.submit(page, 'end')
    assert.match(after.text, /The device is signed out\./)
    assert.match((await there.get('/account/devices/')).path, /^\/accounts\/login\//)
    // The message is gone with the next look at the page.
    assert.doesNotMatch((await here.get('/account/devices/')).text, /The device is signed out\./)
    // Sent twice, by an impatient finger.
    assert.match((await here.submit(page, 'end')).text, /signed out already/)
  })

  it('of somebody else cannot be signed out', async () => {
    await using doorward = await createTestDoorward()
    const base = await doorward.listen()
    for (const username of ['ada', 'bob']) await doorward.users.create({ username, password: 'correct horse battery' })
    const [ada, bob] = [person(base), person(base)]
    await ada.signIn('ada', 'correct horse battery')
    await bob.signIn('bob', 'correct horse battery')
    const [session] = await doorward.instance.sessions.list(
      (await doorward.instance.users.findByLogin('bob'))?.id ?? '',
    )
    const page = await ada.get('/account/devices/')
    const [, token = ''] = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec((await withAForm(base, ada)).text) ?? []
    const answer = await ada.post('/account/devices/', {
      csrfmiddlewaretoken: token,
      action: 'end',
      session: session?.id ?? '',
    })
    assert.equal(page.status, 200)
    assert.match(answer.text, /signed out already/)
    assert.equal((await bob.get('/account/devices/')).path, '/account/devices/')
  })

  it('can all be signed out but this one, after a page that counts them (SE08)', async () => {
    await using doorward = await createTestDoorward()
    const base = await doorward.listen()
    await doorward.users.create({ username: 'ada', password: 'correct horse battery' })
    const here = person(base)
    await here.signIn('ada', 'correct horse battery')
    for (let more = 0; more < 3; more += 1) await person(base).signIn('ada', 'correct horse battery')
    const asked = await here.get('/account/devices/others/')
    assert.match(asked.text, /3 sessions/)
    assert.match((await here.submit(asked, 'end-others')).text, /3 devices are signed out\./)
    assert.equal((await here.get('/account/devices/others/')).status, 404)
  })
})

describe('the name of a device', () => {
  it('is that of browser and system, as far as they say', () => {
    const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
    const edge = 'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0'
    assert.equal(deviceName(firefox), 'Firefox on Linux')
    assert.equal(deviceName(edge), 'Edge on Windows')
    assert.equal(deviceName('curl/8.1'), 'curl')
    assert.equal(deviceName(null), 'A device that did not say what it is')
    assert.equal(deviceName('x'.repeat(300)).length, 60)
  })
})

/** The page of somebody who is signed in twice, so that there is a form on it. */
async function withAForm(base: string, who: Person): Promise<Seen> {
  await person(base).signIn('ada', 'correct horse battery')
  return who.get('/account/devices/')
}
