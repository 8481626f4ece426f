import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { assertAccessible } from '../../../test/services/accessible.ts'
import { launchChromium } from '../../../test/services/chromium.ts'
import { walkScreens } from '../../../test/services/walk.ts'
import { mailedServer, type MailedServer } from './by-mail-server.contract.ts'

const [right, next] = ['correct horse battery', 'a new long sentence']
const terms = `Be kind.\n\n${'Do not do to others what you would not like to be done to you. '.repeat(12)}`
const settings = { signUp: 'open', signUpTerms: terms, signUpUsername: true, emailCodes: true }

describe('what is done by mail, in a browser', () => {
  let browser: Browser

  before(async () => {
    browser = await launchChromium()
  })
  after(async () => browser?.close())

  for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? 'with scripts' : 'without scripts'

    it(`is signing up, confirming the address, and signing in by a code, ${how}`, async () => {
      await using server = await mailedServer(settings)
      const context = await browser.newContext({ javaScriptEnabled })
      const page = await open(context, server, '/accounts/login/?next=/account/profile/')
      await page.click('#sign-up')
      await page.fill('#id_email', 'ada@example.org')
      await page.fill('#id_username', 'ada')
      await page.fill('#id_password', next)
      if (javaScriptEnabled) {
        await page.check('#id_password_show')
        assert.equal(await page.getAttribute('#id_password', 'type'), 'text')
      } else assert.equal(await page.isVisible('#id_password_show'), false)
      assert.equal(await page.isVisible('#id_website'), true, 'it is there, out of sight')
      await page.check('#id_terms')
      await page.click('#sign-up-submit')
      assert.match(await page.innerText('main'), /Look at your mail/)

      await page.goto(`${server.base}/accounts/outbox/`)
      const link = await page.locator('#messages a').first().getAttribute('href')
      await page.goto(`${server.base}${new URL(link ?? '').pathname}${new URL(link ?? '').search}`)
      assert.equal(new URL(page.url()).search, '', 'the key is not in the address any more')
      await page.click('#verify-submit')
      await page.click('#go-on')

      await page.goto(`${server.base}/accounts/login/?next=/account/profile/`)
      await page.fill('#id_username', 'ada@example.org')
      await page.click('#by-code')
      assert.match(await page.innerText('main'), /ada@example\.org/)
      await page.fill('#id_code', await server.code())
      await page.click('#code-submit')
      assert.equal(new URL(page.url()).pathname, '/account/profile/')
      assert.match(await page.innerText('main'), /ada@example\.org Verified/)
      await context.close()
    })

    it(`is a new password, ${how}`, async () => {
      await using server = await mailedServer(settings)
      await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
      const context = await browser.newContext({ javaScriptEnabled })
      const page = await open(context, server, '/accounts/login/')
      await page.click('#forgotten-password')
      await page.fill('#id_email', 'ada@example.org')
      await page.click('#forgotten-submit')
      assert.match(await page.innerText('main'), /Look at your mail/)
      await page.goto(`${server.base}${await server.link('password_reset')}`)
      await page.fill('#id_new_password', 'password1234')
      await page.click('#new-password-submit')
      assert.match(await page.innerText('#problems'), /Choose another password/)
      await page.fill('#id_new_password', next)
      await page.click('#new-password-submit')
      await page.click('#go-on')
      assert.equal(await page.inputValue('#id_username'), 'ada')
      await page.fill('#id_password', next)
      await page.click('#sign-in-submit')
      assert.equal(
        (await context.cookies()).some(({ name }) => name === 'sessionid'),
        true,
      )
      await page.goto(`${server.base}/account/password/`)
      await page.fill('#current_password', next)
      await page.fill('#new_password', right)
      await page.click('#change')
      assert.match(await page.innerText('main'), /Your password is changed/)
      await context.close()
    })
  }

  it('has nothing that axe finds, and keeps to its own policy', async () => {
    await using server = await mailedServer(settings)
    const { instance } = server.doorward
    const ada = await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    const visitor = server.visitor()
    const screens: Record<string, string> = {
      login: '/accounts/login/?next=/account/&login_hint=ada',
      'sign-up': '/accounts/sign-up/',
      'sign-up-done': '/accounts/sign-up/?done=1',
      forgotten: '/accounts/password/reset/',
      'forgotten-sent': '/accounts/password/reset/?done=sent',
      'reset-done': '/accounts/password/reset/confirm/?done=set&login_hint=ada',
      resend: '/accounts/verify-email/resend/',
      'resend-sent': '/accounts/verify-email/resend/?done=1',
      'verify-done': '/accounts/verify-email/?done=1',
      'email-done': '/accounts/email/confirm/?done=1',
      code: '/accounts/code/',
      outbox: '/accounts/outbox/',
    }
    await visitor.submit(await visitor.get('/accounts/code/'), 'ask-code', { email: 'ada@example.org' })
    screens['code-entry'] = '/accounts/code/confirm/'
    await server.json('/accounts/password/reset/', { email: 'ada@example.org' })
    await visitor.get(await server.link('password_reset'))
    screens['new-password'] = '/accounts/password/reset/confirm/'
    await server.json('/accounts/verify-email/resend/', { email: 'ada@example.org' })
    await visitor.get(await server.link('email_verification'))
    screens['verify'] = '/accounts/verify-email/'
    await instance.byMail.emailChanges.request(ada.id, 'new@example.org', { actor: `user:${ada.id}` })
    await visitor.get(await server.link('email_change'))
    screens['confirm-email'] = '/accounts/email/confirm/'
    await walkScreens(browser, { base: server.base, cookies: visitor.cookies, screens })

    const bob = await server.doorward.users.create({ username: 'bob', email: 'bob@example.org', password: right })
    await instance.requiredPasswords.ask(bob.id, {})
    const held = server.visitor()
    await held.signIn('bob', right)
    const required = { 'required-password': '/accounts/password/required/' }
    await walkScreens(browser, { base: server.base, cookies: held.cookies, screens: required })

    const own = server.visitor()
    await own.signIn('ada', right)
    await walkScreens(browser, {
      base: server.base,
      cookies: own.cookies,
      screens: {
        profile: '/account/profile/',
        'profile-username': '/account/profile/username/',
        'profile-email': '/account/profile/email/',
        password: '/account/password/',
      },
    })
  })

  it('shows what has to be mended, and what a sign-in waits for, in a way that axe finds nothing in', async () => {
    await using server = await mailedServer({ ...settings, emailVerification: 'mandatory' })
    await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    const context = await browser.newContext()
    const page = await open(context, server, '/accounts/sign-up/')
    await page.fill('#id_email', 'ada@example.org')
    await page.fill('#id_username', 'ada')
    await page.fill('#id_password', 'short')
    await page.check('#id_terms')
    await page.click('#sign-up-submit')
    await assertAccessible(page, 'sign-up-problems')
    await page.goto(`${server.base}/accounts/password/reset/confirm/`)
    await assertAccessible(page, 'dead-link')
    await page.goto(`${server.base}/accounts/login/`)
    await page.fill('#id_username', 'ada')
    await page.fill('#id_password', right)
    await page.click('#sign-in-submit')
    assert.equal(new URL(page.url()).pathname, '/accounts/verify-email/pending/')
    await assertAccessible(page, 'verify-pending')
    await context.close()
  })
})

async function open(context: BrowserContext, { base }: MailedServer, path: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${base}${path}`)
  return page
}
