import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { mailedServer } from '../../src/accounts/by-mail/by-mail-server.contract.ts'
import { enrolled } from '../../src/factors/enrolled.contract.ts'
import { launchChromium } from '../services/chromium.ts'
import { walkScreens } from '../services/walk.ts'

const password = 'correct horse battery'

describe('the pages on the way in, in a browser', () => {
  let browser: Browser
  before(async () => {
    browser = await launchChromium()
  })
  after(async () => browser.close())

  it('of new terms, a sign-up with a passkey, and what a mail leads to, work with scripts and without', async () => {
    await using server = await mailedServer({
      signUp: 'open',
      emailCodes: true,
      secondFactor: 'required',
      termsVersion: '2026-05',
      termsUrl: 'https://example.org/terms',
      signUpTerms: 'Be kind.\n\nDo not do to others what you would not like to be done to you.',
    })
    const { base, doorward } = server
    await doorward.users.create({ username: 'ada', email: 'ada@example.org', password, emailVerified: true })
    const ada = server.visitor()
    await ada.signIn('ada', password)
    await server.json('/accounts/code/', { email: 'ada@example.org' }, { as: ada })
    await ada.get(await server.link('sign_in_code'))
    await server.json('/accounts/sign-up/passkey/', { email: 'eve@example.org', terms: true })
    await ada.get(await server.link('passkey_sign_up'))
    await walkScreens(browser, {
      base,
      cookies: ada.cookies,
      screens: {
        terms: '/accounts/terms/',
        'code-link': '/accounts/code/link/',
        'sign-up-passkey': '/accounts/sign-up/passkey/',
        'first-passkey': '/accounts/sign-up/passkey/confirm/',
      },
    })
    const phone = server.visitor()
    await phone.get(await server.link('sign_in_code'))
    phone.cookies.set('codelink', (await server.code()).replace(' ', ''))
    await walkScreens(browser, { base, cookies: phone.cookies, screens: { 'code-elsewhere': '/accounts/code/link/' } })
  })

  it('of names that are remembered in a browser work with scripts and without, and a chosen one leads to its password', async () => {
    await using server = await mailedServer()
    const { base, doorward } = server
    const names = ['ada', `eve-${'with-a-long-name-'.repeat(6)}`]
    for (const username of names) await doorward.users.create({ username, password })
    const who = server.visitor()
    for (const name of names) {
      const page = await who.get('/accounts/login/?fresh=1&another=1')
      await who.submit(page, 'sign-in', { username: name, password, remember: '1' })
    }
    await walkScreens(browser, {
      base,
      cookies: who.cookies,
      screens: { 'signed-in-others': '/accounts/login/?next=/account/' },
    })
    who.cookies.delete('sessionid')
    await walkScreens(browser, {
      base,
      cookies: who.cookies,
      screens: { 'choose-account': '/accounts/login/?next=/account/' },
    })
    const context = await browser.newContext({ javaScriptEnabled: false })
    try {
      await context.addCookies([...who.cookies].map(([name, value]) => ({ name, value, url: base })))
      const page = await context.newPage()
      await page.goto(`${base}/accounts/login/?next=/account/devices/`)
      await page.getByRole('link', { name: 'ada', exact: true }).click()
      await page.getByLabel('Password', { exact: true }).fill(password)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      assert.equal(new URL(page.url()).pathname, '/account/devices/')
      await page.goto(`${base}/accounts/login/`)
      await page.getByRole('button', { name: 'Remove eve' }).click()
      assert.equal(await page.getByRole('button', { name: 'Remove eve' }).count(), 0)
    } finally {
      await context.close()
    }
  })

  it('of an account that is to be deleted, and browsers that are remembered, work with scripts and without', async () => {
    await using server = await mailedServer()
    const { base, doorward } = server
    const { ada, code } = await enrolled(doorward, { email: 'ada@example.org' })
    const who = server.visitor()
    const asked = await who.signIn('ada', ada.password)
    const inside = await who.submit(asked, 'factor', { code: await code(), trust: 'on' })
    assert.equal(inside.path, '/account/devices/')
    await doorward.instance.deletions.ask(ada.id, { actor: `user:${ada.id}` })
    await who.get(await server.link('deletion_asked'))
    await walkScreens(browser, {
      base,
      cookies: who.cookies,
      screens: {
        'devices-remembered': '/account/devices/',
        'data-waiting': '/account/data/',
        'overview-waiting': '/account/',
        'keep-account': '/accounts/deletion/cancel/',
      },
    })
  })
})
