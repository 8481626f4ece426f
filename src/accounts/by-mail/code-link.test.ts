import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eachDatabase } from '../../testing/on-postgres.contract.ts'
import { codeServer, whoIs } from './by-mail-server.contract.ts'

const [path, link] = ['/accounts/code/', '/accounts/code/link/']

describe('signing in by the link of the mail', () => {
  it('takes a click, in the browser that asked, and leads to where one wanted to go', async () => {
    await using server = await codeServer()
    const ada = server.visitor()
    await ada.submit(await ada.get(`${path}?next=/account/devices/`), 'ask-code', { email: 'ada@example.org' })
    const url = await server.link('sign_in_code')
    // Programs that look into mail open it as well, with no cookie or with some other: nothing is used up by that.
    await server.visitor().get(url)
    const page = await ada.get(url)
    assert.deepEqual([page.path, page.status], [link, 200])
    assert.match(page.text, /<bdi>ada@example\.org<\/bdi>/)
    assert.equal(await whoIs(ada), null)
    const done = await ada.submit(page, 'sign-in-by-link')
    assert.equal(done.path, '/account/devices/')
    assert.equal(await whoIs(ada), 'ada')
    assert.deepEqual([ada.cookies.has('mailcode'), ada.cookies.has('codelink')], [false, false])
  })

  it('says in another browser to type the code in the one that asked', async () => {
    await using server = await codeServer()
    const [ada, phone] = [server.visitor(), server.visitor()]
    const asked = await ada.submit(await ada.get(path), 'ask-code', { email: 'ada@example.org' })
    const page = await phone.get(await server.link('sign_in_code'))
    assert.match(page.text, /Type the code where you asked/)
    assert.ok(page.text.includes(`id="shown-code">${await server.code()}<`))
    assert.equal(await whoIs(phone), null)
    const sent = await server.json(link, { key: (await server.code()).replace(' ', '') }, { as: phone })
    assert.equal(sent.status, 401)
    await ada.submit(asked, 'code', { code: await server.code() })
    assert.equal(await whoIs(ada), 'ada')
  })

  for (const [database, on] of eachDatabase)
    it(`works once, of fifty clicks at once for one (race), on ${database}`, async () => {
      await using server = await codeServer(on)
      const ada = server.visitor()
      await server.json(path, { email: 'ada@example.org' }, { as: ada })
      const key = (await server.code()).replace(' ', '')
      const cookie = [...ada.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const all = await Promise.all(
        Array.from({ length: 50 }, async () => server.json(link, { key }, { headers: { cookie } })),
      )
      assert.equal(all.filter(({ status }) => status === 200).length, 1)
      assert.match((await ada.get(`${link}?key=${key}`)).text, /used up or too old/)
    })

  it('takes the link of an older mail, one that was cut, or none for what it is', async () => {
    await using server = await codeServer()
    const ada = server.visitor()
    await ada.submit(await ada.get(path), 'ask-code', { email: 'ada@example.org' })
    const old = await server.link('sign_in_code')
    await ada.submit(await ada.get(path), 'ask-code', { email: 'ada@example.org' })
    const wrong = await ada.submit(await ada.get(old), 'sign-in-by-link')
    assert.equal(wrong.status, 400)
    assert.match(wrong.text, /not the code of the newest mail/)
    for (const bad of ['', '123', '1234567x', '%00', 'x'.repeat(300)]) {
      assert.equal((await ada.get(`${link}?key=${bad}`)).path.split('?')[0], path, bad)
    }
    for (const body of [{}, { key: 1 }, 'no json']) {
      assert.equal((await server.json(link, body, { as: ada })).status, 400)
    }
    assert.equal(await whoIs(ada), null)
  })
})
