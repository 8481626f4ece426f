import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { assertAccessible } from '../../test/services/accessible.ts'
import { launchChromium } from '../../test/services/chromium.ts'
import { isConsoleComplaint } from '../../test/services/console-complaint.ts'
import { walkScreens } from '../../test/services/walk.ts'
import { openSite, password, providerAt, visitor } from './social.contract.ts'
import { samlProvider } from './saml/saml-idp.contract.ts'
import { startStandIn } from './stand-in.contract.ts'

const long = 'x'.repeat(60)

describe('the pages of signing in elsewhere, in a browser', async () => {
  const acme = await startStandIn()
  const rules = [{ claim: 'groups', value: 'eng', groups: ['Engineers'], staff: true }]
  const first = providerAt(acme, { domains: ['acme.example'], linkByEmail: true, rules })
  const second = providerAt(acme, { id: 'second', name: long })
  const saml = samlProvider({ id: 'corp', name: 'Corp', attributes: { subject: 'employeeNumber', groups: long } })
  const site = await openSite({ settings: { signInProviders: [first, second, saml], signInStartsPerAddress: null } })
  acme.clock = () => site.time.now
  let browser: Browser

  before(async () => {
    await site.addUser({ username: 'ada', email: 'ada@example.org', isStaff: true })
    browser = await launchChromium()
  })
  after(async () => browser?.close())

  it('show whoever is not signed in where they may go', async () => {
    const { base } = site
    const screens = { 'social-sign-in': '/accounts/login/', 'social-start': '/accounts/social/second/' }
    await walkScreens(browser, { base, cookies: visitor().cookies(base), screens })
  })

  it('show one’s own links, and those of all to staff', async () => {
    const { base } = site
    const ada = visitor()
    await ada.signIn(site, 'ada')
    const cookies = ada.cookies(base)
    await walkScreens(browser, { base, cookies, screens: { 'linked-none': '/account/linked/' } })
    await ada.submit(await ada.get(`${base}/account/linked/`), 'second-link-form')
    const user = await site.instance.users.findByLogin('ada')
    const [link] = await site.instance.social.linked.list(user?.id ?? '')
    await walkScreens(browser, {
      base,
      cookies,
      screens: {
        linked: `/account/linked/?linked=${link?.id}`,
        unlink: `/account/linked/${link?.id}/`,
        providers: '/admin/sign-in-providers/',
        provider: '/admin/sign-in-providers/acme/',
        'provider-saml': '/admin/sign-in-providers/corp/',
      },
    })
  })

  it('go on by themselves to the provider and back, and read well on the way', async () => {
    const { base } = site
    const context = await browser.newContext()
    const page = await context.newPage()
    const checked = async (name: string, path: RegExp): Promise<void> => {
      await page.waitForURL(path)
      await assertAccessible(page, name)
    }
    acme.person = { ...acme.person, sub: 'another', groups: ['eng'], nested: { deep: [long] } }
    await page.goto(`${base}/accounts/login/`)
    await page.click('#provider-acme-submit')
    await checked('address-taken', /callback/)
    assert.equal(await page.title(), 'You have an account already · Doorward')
    await page.click('#go-on')
    await page.fill('#id_username', 'ada')
    await page.fill('#id_password', password)
    await page.click('#sign-in-submit')
    await checked('confirm-link', /accounts\/social\/link/)
    await page.goto(`${base}/admin/sign-in-providers/acme/`)
    await page.click('#test-test')
    await checked('provider-test', /callback/)
    await page.goto(`${base}/accounts/social/acme/callback/?state=x`)
    await checked('provider-refused', /state=x/)
    await context.close()
  })

  it('tell whoever comes from a SAML provider unasked where to begin', async () => {
    const context = await browser.newContext()
    const page = await context.newPage()
    const callback = `${site.base}/accounts/social/corp/callback/`
    await page.route('https://idp.acme.example/**', async (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<form method="post" action="${callback}"><input name="SAMLResponse" value="x"><button>Go</button></form>`,
      }),
    )
    await page.goto('https://idp.acme.example/apps')
    await page.click('button')
    await page.waitForURL(callback)
    await assertAccessible(page, 'saml-unasked')
    await page.click('text=Sign in with Corp')
    assert.equal(page.url(), `${site.base}/accounts/social/corp/`)
    await context.close()
  })

  it('show somebody new the terms', async () => {
    const terms = Array.from({ length: 30 }, (_, index) => `Number ${index}. ${long}`).join('\n\n')
    const here = await openSite({ settings: { signInProviders: [providerAt(acme)], signUpTerms: terms } })
    acme.clock = () => here.time.now
    const context = await browser.newContext()
    const page = await context.newPage()
    acme.person = { ...acme.person, sub: 'new here', email: `${long}@example.org` }
    await page.goto(`${here.base}/accounts/login/`)
    await page.click('#provider-acme-submit')
    await page.waitForURL(/join/)
    await assertAccessible(page, 'join')
    await page.check('#id_terms')
    await page.click('#join-submit')
    await page.waitForURL(`${here.base}/`)
    await context.close()
  })

  it('do not hold the way to another site to the policy of a form, in a strict browser', async () => {
    const context = await browser.newContext()
    const page: Page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => {
      if (isConsoleComplaint(message)) complaints.push(message.text())
    })
    acme.person = { sub: 'somebody new' }
    acme.clock = () => site.time.now
    await page.goto(`${site.base}/accounts/login/?next=/account/linked/`)
    await page.click('#provider-acme-submit')
    await page.waitForURL(`${site.base}/account/linked/`)
    assert.deepEqual(complaints, [])
    await context.close()
  })
})
