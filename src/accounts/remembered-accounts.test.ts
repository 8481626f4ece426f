import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { fakeBrowser, hiddenIn, setCookies } from './browser.contract.ts'
import { createRememberedAccounts } from './remembered-accounts.ts'
import { createSealer } from '../crypto/seal.ts'
import { json, right, sendForm, session, signIn, signInStage } from './sign-in.contract.ts'

const cookie = '__Host-accounts'

onEachDatabase('accounts that a browser remembers', (stage) => {
  const open = signInStage(stage)

  it('are only those whose owner ticked the box, and signed in', async () => {
    const { login } = await open()
    const browser = fakeBrowser()
    const page = await browser.get(login.GET)
    assert.match(page.body, /id="remember-account"(?![^>]*checked)/)
    await sendForm(browser, login, page, { remember: '1', password: 'wrong' })
    await sendForm(browser, login, page, { remember: '1', username: 'nobody' })
    await sendForm(browser, login, page)
    assert.equal(browser.cookies.has(cookie), false)
    const other = fakeBrowser()
    const answer = await signIn(other, login, { remember: '1' })
    const set = setCookies(answer).find((one) => one.startsWith(cookie)) ?? ''
    assert.match(set, /; Path=\/; Max-Age=15552000; Secure; HttpOnly; SameSite=Lax$/)
    assert.doesNotMatch(set, /ada/)
    assert.doesNotMatch(Buffer.from(set, 'base64url').toString('latin1'), /ada/)
  })

  it('are offered to whoever comes back, and let nobody in', async () => {
    const { login } = await open()
    const browser = fakeBrowser()
    await signIn(browser, login, { remember: '1' })
    browser.cookies.delete(session)
    const page = await browser.get(login.GET, '/accounts/login/?next=/admin/&fresh=1')
    assert.match(page.body, /<h1[^>]*>\s*Choose an account/)
    assert.match(
      page.body,
      /href="\/accounts\/login\/\?next=%2Fadmin%2F&amp;fresh=1&amp;login_hint=ada" id="account-0"/,
    )
    const chosen = await browser.get(login.GET, '/accounts/login/?next=%2Fadmin%2F&fresh=1&login_hint=ada')
    assert.match(chosen.body, /id="id_username"[^>]* value="ada"/)
    assert.match(chosen.body, /id="id_password"/)
    assert.match(chosen.body, /id="remember-account"[^>]*checked/)
    const another = await browser.get(login.GET, '/accounts/login/?another=1')
    assert.match(another.body, /id="id_username"[^>]* value=""/)
    // Whoever leads here with a name means that one, and whoever has never been here sees a form.
    assert.match((await browser.get(login.GET, '/accounts/login/?login_hint=eve')).body, /value="eve"/)
    assert.match((await fakeBrowser().get(login.GET)).body, /id="id_username"/)
  })

  it('stand beside the one that is signed in, and are removed by their button, not by another site', async () => {
    const { login, users } = await open()
    await users.create({ username: 'bob', password: right })
    const browser = fakeBrowser()
    await signIn(browser, login, { remember: '1' })
    const fresh = await browser.get(login.GET, '/accounts/login/?fresh=1')
    await sendForm(browser, login, fresh, { username: 'bob', remember: '1' })
    const page = await browser.get(login.GET, '/accounts/login/?next=/admin/')
    assert.match(page.body, /signed in as <bdi><strong>bob</)
    assert.match(page.body, /id="account-0"><bdi>ada<\/bdi>/)
    assert.doesNotMatch(page.body, /id="account-1"/)
    const csrfmiddlewaretoken = hiddenIn(page, 'csrfmiddlewaretoken')
    for (const [fields, headers] of [
      [{ forget: 'ada' }, {}],
      [{ forget: 'ada', csrfmiddlewaretoken: 'x' }, {}],
      [{ forget: 'ada', csrfmiddlewaretoken }, { origin: 'https://evil.example' }],
    ] as const) {
      assert.equal((await browser.post(login.POST, fields, { headers })).status, 403)
    }
    const answer = await browser.post(login.POST, { forget: 'ada', next: '/admin/', csrfmiddlewaretoken })
    assert.deepEqual(
      [answer.status, answer.headers.find(([name]) => name === 'location')?.[1]],
      [303, '/accounts/login/?next=%2Fadmin%2F'],
    )
    assert.doesNotMatch((await browser.get(login.GET)).body, /id="account-0"/)
    browser.cookies.delete(session)
    const left = await browser.get(login.GET)
    assert.match(left.body, /id="account-0"><bdi>bob</)
    const last = { forget: 'bob', next: '//evil.example', csrfmiddlewaretoken: hiddenIn(left, 'csrfmiddlewaretoken') }
    const gone = await browser.post(login.POST, last)
    assert.equal(gone.headers.find(([name]) => name === 'location')?.[1], '/accounts/login/')
    assert.equal(browser.cookies.has(cookie), false)
  })

  it('are forgotten where the box is not ticked any more', async () => {
    const { login } = await open()
    const browser = fakeBrowser()
    await signIn(browser, login, { remember: '1' })
    browser.cookies.delete(session)
    await sendForm(browser, login, await browser.get(login.GET, '/accounts/login/?login_hint=ada'))
    assert.equal(browser.cookies.has(cookie), false)
  })

  it('keep the box as it was left where something was mistyped', async () => {
    const { login } = await open()
    const browser = fakeBrowser()
    const missed = await signIn(browser, login, { remember: '1', password: 'wrong' })
    assert.equal(missed.status, 400)
    assert.match(missed.body, /id="remember-account"[^>]*checked/)
    const empty = await signIn(browser, login, { remember: '1', password: '' })
    assert.match(empty.body, /id="remember-account"[^>]*checked/)
    await sendForm(browser, login, missed, { remember: '1' })
    assert.equal(browser.cookies.has(cookie), true)
    browser.cookies.delete(session)
    const chosen = await browser.get(login.GET, '/accounts/login/?login_hint=ada')
    const unticked = await sendForm(browser, login, chosen, { password: 'wrong' })
    assert.match(unticked.body, /id="remember-account"(?![^>]*checked)/)
  })

  it('are not offered to the very one that is signed in, however they typed their name', async () => {
    const { login } = await open()
    for (const username of ['ADA', '\uff41da', 'Ada@Example.org']) {
      const browser = fakeBrowser()
      await signIn(browser, login, { username, remember: '1' })
      const page = await browser.get(login.GET)
      assert.match(page.body, /signed in as <bdi><strong>ada</)
      assert.doesNotMatch(page.body, /id="account-0"/, username)
    }
  })

  it('lead to the form whatever the name is made of, new characters too', async () => {
    const { login, users } = await open()
    const username = 'new\u0378'
    await users.create({ username, password: right })
    const browser = fakeBrowser()
    await signIn(browser, login, { username, remember: '1' })
    browser.cookies.delete(session)
    const [, href = ''] = /href="([^"]*)" id="account-0"/.exec((await browser.get(login.GET)).body) ?? []
    const chosen = await browser.get(login.GET, href.replaceAll('&amp;', '&'))
    assert.match(chosen.body, /id="id_username"[^>]* value="new\u0378"/)
  })

  it('are kept for scripts that say so, where a password is enough', async () => {
    const { login, steps } = await open()
    const browser = fakeBrowser()
    for (const remember of [undefined, false, 'true', 1, '1']) {
      await browser.send(login.POST, json({ username: 'ada', password: right, remember }))
      assert.equal(browser.cookies.has(cookie), false)
    }
    await browser.send(login.POST, json({ username: 'ada', password: right, remember: true }))
    assert.equal(browser.cookies.has(cookie), true)
    steps.push({ name: 'terms', path: '/accounts/terms/', due: async () => ({}) })
    const due = fakeBrowser()
    await assert.rejects(due.send(login.POST, json({ username: 'ada', password: right, remember: true })), {
      code: 'sign_in_incomplete',
    })
  })
})

describe('createRememberedAccounts', () => {
  const sealer = createSealer({ secret: 'x'.repeat(32) })
  const headersOf = (value: string) => ({ headers: { get: () => `${cookie}=${value}` } })
  const valueOf = ([, set]: readonly [string, string]): string => /=([^;]*)/.exec(set)?.[1] ?? ''

  it('keeps five names, the last one first, each once, and only as many long ones as a cookie holds', () => {
    const remembered = createRememberedAccounts({ sealer })
    let request = headersOf('')
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'B'])
      request = headersOf(valueOf(remembered.adding(request, name)))
    assert.deepEqual(remembered.namesIn(request), ['B', 'f', 'e', 'd', 'c'])
    for (const name of ['1', '2', '3', '4', '5']) {
      request = headersOf(valueOf(remembered.adding(request, name + '\u4e16'.repeat(253))))
    }
    assert.equal(remembered.namesIn(request).length, 2)
    assert.deepEqual(remembered.namesIn(headersOf(valueOf(remembered.adding(request, '\u{1f600}'.repeat(900))))), [])
  })

  it('keeps each for half a year after it was last used, whatever is done with the others', () => {
    const day = 86_400_000
    let now = 0
    const remembered = createRememberedAccounts({ sealer, clock: () => now })
    let request = headersOf(valueOf(remembered.adding(headersOf(''), 'ada')))
    now = 100 * day
    const [, added] = remembered.adding(request, 'bob')
    assert.match(added, /Max-Age=15552000/)
    request = headersOf(valueOf(['', added]))
    now = 150 * day
    const [, left] = remembered.removing(request, 'eve')
    assert.match(left, new RegExp(`Max-Age=${130 * 86_400};`))
    request = headersOf(valueOf(['', left]))
    now = 180 * day
    assert.deepEqual(remembered.namesIn(request), ['bob'])
    now = 280 * day
    assert.deepEqual(remembered.namesIn(request), [])
  })

  it('reads nothing out of what is not its own, or too old', () => {
    let now = 0
    const remembered = createRememberedAccounts({ sealer, clock: () => now })
    const value = valueOf(remembered.adding(headersOf(''), 'ada'))
    const changed = `${value.slice(0, -2)}${value.endsWith('AA') ? 'BB' : 'AA'}`
    const ofAnother = Buffer.from(sealer.seal('another purpose', Buffer.from('{"names":["eve"],"until":9e15}')))
    for (const wrong of [
      '',
      'x',
      '"',
      changed,
      value.slice(1),
      ofAnother.toString('base64url'),
      '%00',
      'A'.repeat(4000),
    ]) {
      assert.deepEqual(remembered.namesIn(headersOf(wrong)), [])
    }
    assert.deepEqual(remembered.namesIn(headersOf(value)), ['ada'])
    now = 15_552_000_000
    assert.deepEqual(remembered.namesIn(headersOf(value)), [])
  })
})
