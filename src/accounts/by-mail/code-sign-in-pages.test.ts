import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { secretIn } from '../../factors/secret-in.contract.ts'
import { totpCode } from '../../factors/totp.ts'
import { alike, codeServer, mailedServer, whoIs } from './by-mail-server.contract.ts'

const [path, confirm] = ['/accounts/code/', '/accounts/code/confirm/']

describe('signing in by a code in a mail', () => {
  it('begins at the sign-in page, with the name that was typed there, and leads to where one wanted to go [MF08]', async () => {
    await using server = await codeServer()
    const ada = server.visitor()
    const page = await ada.get('/accounts/login/?next=/account/devices/')
    assert.match(page.text, /formaction="\/accounts\/code\/"/)
    const [, token = ''] = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(page.text) ?? []
    const fields = { csrfmiddlewaretoken: token, next: '/account/devices/', username: 'ada@example.org', password: '' }
    const asked = await ada.post(path, fields)
    assert.match(asked.path, /^\/accounts\/code\/confirm\/\?next=/)
    assert.match(asked.text, /autocomplete="one-time-code"/)
    assert.match(asked.text, /<bdi>ada@example\.org<\/bdi>/)
    assert.match(asked.text, /10 minutes/)
    const code = await server.code()
    assert.match((await ada.submit(asked, 'code', { code: code.replace(' ', '') })).path, /^\/account\/devices\//)
    assert.equal(await whoIs(ada), 'ada')
    const [session] = await server.doorward.instance.sessions.list(
      (await server.doorward.instance.users.findByLogin('ada'))?.id ?? '',
    )
    assert.deepEqual(session?.amr, ['email'])
    assert.equal(ada.cookies.has('mailcode'), false)
  })

  it('counts wrong codes, is over after three, and gives another by a button [B-ACC-13]', async () => {
    await using server = await codeServer()
    const ada = server.visitor()
    let page = await ada.submit(await ada.get(path), 'ask-code', { email: 'ada@example.org' })
    page = await ada.submit(page, 'code', { code: '' })
    assert.match(page.text, /Type in the code of the mail/)
    page = await ada.submit(page, 'code', { code: 'wrong' })
    assert.match(page.text, /You can try 2 times more/)
    page = await ada.submit(page, 'code', { code: 'wrong' })
    assert.match(page.text, /You can try once more/)
    const first = await server.code()
    page = await ada.submit(page, 'again')
    assert.match(page.path, /^\/accounts\/code\/confirm\//)
    const second = await server.code()
    assert.notEqual(first, second)
    for (const code of ['wrong', 'wrong', 'wrong']) page = await ada.submit(page, 'code', { code })
    assert.match(page.text, /used up or too old/)
    assert.match(page.text, /value="ada@example\.org"/)
    assert.match((await ada.get(confirm)).text, /used up or too old/)
    assert.equal(await whoIs(ada), null)
  })

  it('works in the browser that asked and in no other [MF08]', async () => {
    await using server = await codeServer()
    const [ada, eve] = [server.visitor(), server.visitor()]
    const page = await ada.submit(await ada.get(path), 'ask-code', { email: 'ada@example.org' })
    const code = await server.code()
    const hers = await eve.get(confirm)
    assert.equal(hers.path, path, 'a browser that asked for none is led to ask')
    const theirs = await eve.submit(hers, 'ask-code', { email: 'ada@example.org' })
    await eve.submit(theirs, 'code', { code })
    assert.equal(await whoIs(eve), null)
    await ada.submit(page, 'code', { code })
    assert.equal(await whoIs(ada), 'ada')
  })

  it('looks the same for an address that nobody has [PW07 B-ACC-05 B-ACC-13]', async () => {
    await using server = await codeServer()
    const { queries } = server.doorward
    const answers = []
    const counts = []
    for (const email of ['ada@example.org', 'nob@example.org']) {
      const visitor = server.visitor()
      const form = await visitor.get(path)
      await queries.reset()
      const page = await visitor.submit(form, 'ask-code', { email })
      counts.push([queries.reads, queries.writes])
      const wrong = await visitor.submit(page, 'code', { code: '0000 0000' })
      answers.push([alike(page, email), alike(wrong, email)])
    }
    assert.deepEqual(answers[1], answers[0])
    assert.deepEqual(counts[1], counts[0])
  })

  it('does not let a second factor out', async () => {
    await using server = await codeServer()
    const { factors, users } = server.doorward.instance
    const { id } = (await users.findByLogin('ada')) ?? assert.fail()
    const secret = secretIn((await factors.apps.begin({ id, name: 'ada' })).uri)
    await factors.apps.confirm(id, totpCode(secret, server.doorward.clock.now()), {})
    const ada = server.visitor()
    await server.json(path, { email: 'ada@example.org' }, { as: ada })
    const answer = await server.json(confirm, { code: await server.code() }, { as: ada })
    assert.deepEqual([answer.status, answer.body['next']], [401, 'second_factor'])
    assert.equal(await whoIs(ada), null)
  })

  it('is for scripts as well', async () => {
    await using server = await codeServer()
    const ada = server.visitor()
    const asked = await server.json(path, { email: 'ada@example.org' }, { as: ada })
    assert.deepEqual([asked.status, asked.body['expiresIn']], [200, 600])
    const code = await server.code()
    const wrong = await server.json(confirm, { code: 'x' }, { as: ada })
    assert.deepEqual([wrong.status, wrong.body['attemptsLeft']], [401, 2])
    assert.equal((await server.json(confirm, { code })).status, 401)
    const done = await server.json(confirm, { code }, { as: ada })
    assert.equal(done.status, 200)
    assert.equal((done.body['user'] as { name: string }).name, 'ada')
    assert.equal((await server.json(confirm, { code }, { as: ada })).status, 401)
    assert.deepEqual([(await server.json(path, {})).status, (await server.json(confirm, {})).status], [400, 400])
  })

  it('takes no cookie that somebody made up', async () => {
    await using server = await codeServer()
    const ada = server.visitor()
    for (const value of ['x', 'AAAA', Buffer.from('{"handle":"x","email":"ada@example.org"}').toString('base64url')]) {
      ada.cookies.set('mailcode', value)
      assert.equal((await ada.get(confirm)).path, path)
      assert.equal((await server.json(confirm, { code: '12345678' }, { as: ada })).status, 401)
    }
  })

  it('is not there unless it is switched on', async () => {
    await using server = await mailedServer()
    assert.equal((await server.visitor().get(path)).status, 404)
    assert.doesNotMatch((await server.visitor().get('/accounts/login/')).text, /Mail me a code/)
  })

  it('lets people sign up without a password [B-ACC-15]', async () => {
    await using server = await mailedServer({ emailCodes: true, signUp: 'open' })
    const ada = server.visitor()
    const page = await ada.get('/accounts/sign-up/')
    assert.match(page.text, /Password \(may be left empty\)/)
    await ada.submit(page, 'sign-up', { email: 'ada@example.org', password: '' })
    const { users } = server.doorward.instance
    assert.equal((await users.findByLogin('ada@example.org'))?.hasPassword, false)
    await ada.submit(await ada.get(await server.link('email_verification')), 'verify')
    await server.json(path, { email: 'ada@example.org' }, { as: ada })
    assert.equal((await server.json(confirm, { code: await server.code() }, { as: ada })).status, 200)
    assert.equal((await server.json('/accounts/login/', { username: 'ada@example.org', password: '' })).status, 400)
  })
})
