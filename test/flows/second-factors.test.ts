import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { createSetupLinks } from '../../src/accounts/setup-links.ts'
import { enrol } from '../../src/factors/enrolled.contract.ts'
import { secretIn } from '../../src/factors/secret-in.contract.ts'
import { totpCode } from '../../src/factors/totp.ts'
import { person } from '../../src/screens/person.contract.ts'
import { createApp } from '../../src/server/app.ts'
import { createTestDoorward, type TestDoorward } from '../../src/testing/test-doorward.ts'
import { assertAccessible } from '../services/accessible.ts'
import { launchChromium } from '../services/chromium.ts'
import { isConsoleComplaint } from '../services/console-complaint.ts'
import { walkScreens } from '../services/walk.ts'

describe('second factors and passkeys in a browser', () => {
  let browser: Browser
  before(async () => {
    browser = await launchChromium()
  })
  after(async () => browser.close())

  it('make a passkey, sign in with it, and use it as a second factor and to confirm [WA13 B-MFA-05]', async () => {
    await using site = await openSite()
    const { base, doorward } = site
    const ada = await doorward.users.create({ username: 'ada' })
    await using tab = await openTab(browser)
    const { page } = tab
    await withAuthenticator(page)

    await page.goto(`${base}/accounts/login/?next=/account/passkeys/add/`)
    await page.fill('#id_username', 'ada')
    await page.fill('#id_password', ada.password)
    await page.click('#sign-in-submit')
    await page.fill('#name', 'My laptop')
    await page.click('#create-passkey-submit')
    await page.waitForSelector('#codes')
    assert.equal(await page.locator('#codes li').count(), 10)
    await page.check('#stored')
    await page.click('#codes-stored')
    assert.match(await page.locator('#passkeys').innerText(), /My laptop/)

    // Once more on the same device: the browser says that it is there.
    await page.click('#add-passkey')
    await page.click('#create-passkey-submit')
    await page.waitForSelector('#create-passkey-trouble:not([hidden])')
    assert.match(await page.locator('#create-passkey-trouble').innerText(), /has a passkey for your account already/)

    await signOut(page, base)
    await page.goto(`${base}/accounts/passkey/?next=/account/passkeys/`)
    await page.click('#use-passkey-submit')
    await page.waitForURL(`${base}/account/passkeys/`)
    const [session] = await doorward.instance.sessions.list(ada.id)
    assert.ok(session?.amr.includes('mfa'))

    await doorward.clock.advance('11m')
    await page.goto(`${base}/account/passkeys/add/`)
    assert.match(page.url(), /\/accounts\/confirm\/passkey\//)
    await page.click('#use-passkey-submit')
    await page.waitForURL(`${base}/account/passkeys/add/`)

    await signOut(page, base)
    await doorward.instance.factors.passkeys.list(ada.id)
    await page.goto(`${base}/accounts/login/?next=/account/passkeys/`)
    // The page offers passkeys by itself: whoever types instead goes on.
    await page.waitForLoadState('networkidle')
    if (page.url().includes('/accounts/login/')) {
      await page.fill('#id_username', 'ada')
      await page.fill('#id_password', ada.password)
      await page.click('#sign-in-submit')
      await page.waitForURL(/second-factor\/passkey/)
      await page.click('#use-passkey-submit')
    }
    await page.waitForURL(`${base}/account/passkeys/`)
    assert.deepEqual(tab.heard, [])
  })

  it('make the first administrator with a passkey in place of a password (A1)', async () => {
    await using site = await openSite()
    const { base, doorward } = site
    const key = (await createSetupLinks(doorward.instance).make()) ?? ''
    await using tab = await openTab(browser)
    const { page } = tab
    await withAuthenticator(page)
    await page.goto(`${base}/admin/setup/?key=${key}`)
    await page.fill('#username', 'root')
    await page.fill('#email', 'root@example.org')
    await page.click('#by-passkey')
    await assertAccessible(page, 'set-up-passkey')
    await page.fill('#name', 'My laptop')
    await page.click('#set-up-passkey-submit')
    await page.waitForSelector('#codes')
    await page.check('#stored')
    await page.click('#codes-stored')
    assert.equal(page.url(), `${base}/admin/`)

    await signOut(page, base)
    await page.goto(`${base}/accounts/passkey/?next=/admin/`)
    await page.click('#use-passkey-submit')
    await page.waitForURL(`${base}/admin/`)
    assert.deepEqual(tab.heard, [])
  })

  it('say to the first administrator that passkeys need scripts, and lead back to the password', async () => {
    await using site = await openSite()
    const { base, doorward } = site
    const key = (await createSetupLinks(doorward.instance).make()) ?? ''
    await using tab = await openTab(browser, { javaScriptEnabled: false })
    const { page } = tab
    await page.goto(`${base}/admin/setup/?key=${key}`)
    await page.fill('#username', 'root')
    await page.click('#by-passkey')
    assert.match(await page.locator('#set-up-passkey-without-scripts').innerText(), /need scripts, which are off here/)
    await page.click('#choose-password')
    assert.equal(await page.locator('#password').isVisible(), true)
  })

  it('add an app, and take its codes, with scripts and without [MF01 MF04]', async () => {
    for (const javaScriptEnabled of [true, false]) {
      await using site = await openSite()
      const { base, doorward } = site
      const ada = await doorward.users.create({ username: 'ada' })
      await using tab = await openTab(browser, { javaScriptEnabled })
      const { page } = tab
      await signInBy(page, `${base}/accounts/login/?next=/account/authenticator/`, ada.password)
      await page.click('#begin')
      const secret = secretIn((await page.getAttribute('#totp_link', 'href')) ?? '')
      const code = totpCode(secret, doorward.clock.now())
      await page.fill('#id_code', code)
      await page.click('#confirm')
      assert.equal(await page.locator('#codes li').count(), 10)
      await signOut(page, base)

      await signInBy(page, `${base}/accounts/login/?next=/account/authenticator/`, ada.password)
      assert.match(page.url(), /second-factor\/totp/)
      // The one of the enrolment, whether or not its half minute is over.
      await page.fill('#id_code', code)
      await page.click('#factor-submit')
      assert.match(await page.locator('#problems').innerText(), /was used already/)
      await doorward.clock.advance('30s')
      await page.fill('#id_code', totpCode(secret, doorward.clock.now()))
      await page.click('#factor-submit')
      assert.equal(page.url(), `${base}/account/authenticator/`)
      assert.deepEqual(tab.heard, [])
    }
  })

  it('say in place of a button that passkeys need scripts, and offer another way', async () => {
    await using site = await openSite()
    const { base, doorward } = site
    const ada = await doorward.users.create({ username: 'ada' })
    await addPasskeyFor(doorward, ada)
    await using tab = await openTab(browser, { javaScriptEnabled: false })
    const { page } = tab
    await signInBy(page, `${base}/accounts/login/`, ada.password)
    assert.match(await page.locator('#use-passkey-without-scripts').innerText(), /need scripts, which are off here/)
    assert.equal(await page.locator('#use-passkey-submit').isVisible(), false)
    await page.click('#another-way')
    assert.equal(await page.locator('#way-recovery_code').isVisible(), true)
  })

  it('are accessible on every page, narrow and wide, light and dark', async () => {
    await using site = await openSite({ trustedBrowserLifetime: '30d' })
    const { base, doorward } = site
    const ada = await doorward.users.create({ username: 'ada', email: 'ada@example.org' })
    const { code } = await enrol(doorward, ada)
    await addPasskeyFor(doorward, ada)
    const [pending, inside] = [person(base), person(base)]
    await pending.signIn('ada', ada.password)
    const factor = '/accounts/second-factor/'
    await walkScreens(browser, {
      base,
      cookies: pending.cookies,
      screens: {
        'sign-in': '/accounts/login/',
        'sign-in-by-passkey': '/accounts/passkey/',
        'second-factor-totp': `${factor}totp/`,
        'second-factor-passkey': `${factor}passkey/`,
        'second-factor-recovery-code': `${factor}recovery-code/`,
        'second-factor-other': `${factor}other/`,
      },
    })
    await inside.signIn('ada', ada.password)
    await inside.submit(await inside.get(`${factor}totp/`), 'factor', { code: await code(), trust: 'on' })
    const [passkey] = await doorward.instance.factors.passkeys.list(ada.id)
    await walkScreens(browser, {
      base,
      cookies: inside.cookies,
      screens: {
        'confirm-password': '/accounts/confirm/password/',
        'confirm-totp': '/accounts/confirm/totp/',
        'confirm-passkey': '/accounts/confirm/passkey/',
        'confirm-other': '/accounts/confirm/other/',
        authenticator: '/account/authenticator/',
        'authenticator-remove': '/account/authenticator/remove/',
        passkeys: '/account/passkeys/',
        'passkeys-add': '/account/passkeys/add/',
        passkey: `/account/passkeys/${passkey?.id}/`,
        'passkey-remove': `/account/passkeys/${passkey?.id}/remove/`,
        recovery: '/account/recovery/',
      },
    })
  })

  it('are accessible where a factor has to be added, and where secrets are shown once', async () => {
    await using site = await openSite({ secondFactor: 'required' })
    const { base, doorward } = site
    const ada = await doorward.users.create({ username: 'ada' })
    const who = person(base)
    await who.signIn('ada', ada.password)
    await walkScreens(browser, {
      base,
      cookies: who.cookies,
      screens: { 'add-factor': '/accounts/add-second-factor/' },
    })
    await using tab = await openTab(browser)
    const { page } = tab
    await signInBy(page, `${base}/accounts/login/`, ada.password)
    await page.click('#begin')
    await assertAccessible(page, 'add-app')
    const secret = secretIn((await page.getAttribute('#totp_link', 'href')) ?? '')
    await page.fill('#id_code', '000000')
    await page.click('#confirm-submit')
    await assertAccessible(page, 'add-app-wrong')
    await page.fill('#id_code', totpCode(secret, doorward.clock.now()))
    await page.click('#confirm-submit')
    await assertAccessible(page, 'recovery-codes')
    await page.goto(`${base}/account/authenticator/`)
    await page.click('button[id^="begin"]')
    await assertAccessible(page, 'replace-app')
  })
})

interface Site extends AsyncDisposable {
  readonly base: string
  readonly doorward: TestDoorward
}

/** A Doorward under a name that passkeys can be made for. */
async function openSite(settings: Readonly<Record<string, unknown>> = {}): Promise<Site> {
  const server: Server = createServer()
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const base = `http://localhost:${(server.address() as AddressInfo).port}`
  const doorward = await createTestDoorward({ settings: { publicUrl: base, ...settings } })
  server.on('request', createApp(doorward.instance).answer)
  return {
    base,
    doorward,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await doorward.close()
    },
  }
}

interface Tab extends AsyncDisposable {
  readonly page: Page
  /** What the browser complains of. */
  readonly heard: readonly string[]
}

async function openTab(browser: Browser, how: Parameters<Browser['newContext']>[0] = {}): Promise<Tab> {
  const context: BrowserContext = await browser.newContext(how)
  const page = await context.newPage()
  const heard: string[] = []
  page.on('pageerror', (error) => heard.push(String(error)))
  page.on('console', (message) => {
    // A form that comes back with something to mend is a 400.
    if (isConsoleComplaint(message) && !message.text().includes('400')) heard.push(message.text())
  })
  return { page, heard, [Symbol.asyncDispose]: async () => context.close() }
}

/** Gives the tab a device that keeps passkeys, asks its owner, and has them there at once. */
async function withAuthenticator(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}

async function signInBy(page: Page, url: string, password: string): Promise<void> {
  await page.goto(url)
  await page.fill('#id_username', 'ada')
  await page.fill('#id_password', password)
  await page.click('#sign-in-submit')
}

async function signOut(page: Page, base: string): Promise<void> {
  await page.goto(`${base}/accounts/logout/`)
  await page.click('main button[type=submit]')
}

/** A passkey that no browser of these has. */
async function addPasskeyFor(
  doorward: TestDoorward,
  { id, username }: { readonly id: string; readonly username: string },
): Promise<void> {
  const { softPasskey } = await import('../../src/factors/soft-passkey.contract.ts')
  const { passkeys, changes } = doorward.instance.factors
  const user = { kind: 'user', id, name: username, permissions: new Set<string>() } as const
  const origin = doorward.instance.settings.publicUrl ?? ''
  const answer = softPasskey({ rpId: 'localhost', origin }).create(await passkeys.creation(user, 'x'))
  await changes.addPasskey({ user, binding: 'x', answer, name: 'Security key', by: { actor: `user:${id}` } })
}
