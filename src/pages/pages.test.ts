import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import type { Browser, ConsoleMessage, Page } from 'playwright-core'
import { assertAccessible } from '../../test/services/accessible.ts'
import { launchChromium } from '../../test/services/chromium.ts'
import type { AskedScope, Risk } from './asked.ts'
import { duration } from './components.ts'
import { consentPage } from './consent.ts'
import { deviceCodePage } from './device-code.ts'
import { deviceConfirmPage, type DeviceConfirmPage } from './device-confirm.ts'
import { deviceDonePage } from './device-done.ts'
import { errorPage } from './error.ts'
import { formPostPage } from './form-post.ts'
import { htmlAnswer } from './html-answer.ts'
import { signInPage } from './sign-in.ts'
import { signOutPage } from './sign-out.ts'
import { signedInPage } from './signed-in.ts'
import { signedOutPage } from './signed-out.ts'
import { staticFiles } from './static-files.ts'
import { tooManyPage } from './too-many.ts'

const csrf = { name: 'csrfmiddlewaretoken', token: 'the-token' }
const action = '/accounts/login/'
const time = Date.UTC(2026, 5, 1, 12)
const hostile = `"><script>alert(1)</script><img src=x onerror=alert(2)>' & \u202e`
const longWord = 'x'.repeat(254)

function asked(sentence: string, risk: Risk): AskedScope {
  return { sentence, risk, value: sentence }
}

const device: DeviceConfirmPage = {
  action: '/o/device/',
  fields: [[csrf.name, csrf.token]],
  decision: 'decision',
  application: longWord,
  publisher: { kind: 'person', name: longWord, slug: null },
  isReviewed: false,
  user: longWord,
  otherUser: action,
  userCode: 'WDJB-MJHT',
  scopes: [asked('Read your data', 'reads'), asked(longWord, 'sensitive')],
  lasts: { seconds: 7_776_000, isOffline: true },
  resources: ['api.example', 'files.example'],
  address: '2001:db8::1',
  time,
}

const consent = {
  action: '/o/authorize/',
  fields: [['state', 'x']] as const,
  decision: 'decision',
  application: 'Notes',
  publisher: { kind: 'operator', name: null, slug: null },
  isReviewed: true,
  user: 'ada',
  otherUser: action,
  scopes: [asked('Know who you are', 'reads')],
  resources: [],
  lasts: { seconds: 7_776_000, until: time, isOffline: false },
  redirectUri: 'https://app.example/cb',
  remember: 'always',
} as const

const ownPages = [
  { text: 'Its home page', href: `https://app.example/${longWord}` },
  { text: 'What it says about privacy', href: 'https://app.example/privacy' },
]

const wide = { width: 1280, height: 800 }
const narrow = { width: 320, height: 640 }

const pages = {
  'sign-in': await signInPage({ action, csrf }),
  'sign-in-development': await signInPage({
    action,
    csrf,
    site: { siteName: 'Example Company', developmentMode: true },
  }),
  'sign-in-mismatch': await signInPage({ action, csrf, identifier: 'ada', next: '/admin/', problem: 'mismatch' }),
  'sign-in-missing': await signInPage({ action, csrf, problem: 'missing_both' }),
  'sign-in-long': await signInPage({ action, csrf, identifier: longWord, problem: 'missing_password' }),
  'sign-out': await signOutPage({ action, csrf, name: longWord, next: '/' }),
  'signed-out': await signedOutPage({ signIn: action }),
  'signed-in': await signedInPage({ name: longWord, next: '/', another: action, signOut: '/accounts/logout/', csrf }),
  consent: await consentPage({
    ...consent,
    ownPages,
    scopes: [
      asked('Know who you are', 'reads'),
      asked(longWord, 'changes'),
      asked('Delete everything', 'sensitive'),
      asked('Keep access', 'lasts'),
    ],
    choice: { form: 'consent', field: 'allowed_scope' },
    remember: { field: 'remember_consent', days: 90, isTicked: false },
  }),
  'consent-long': await consentPage({
    ...consent,
    ownPages,
    application: longWord,
    user: longWord,
    resources: [`${longWord}.example`, 'api.example'],
    redirectUri: `https://${longWord}.example/cb`,
    isReviewed: false,
    publisher: { kind: 'organisation', name: longWord, slug: longWord },
  }),
  error: await errorPage({ status: 500, code: 'internal_error', requestId: longWord, time }),
  'error-with-link': await errorPage({ status: 404, code: 'not_found', time, link: { href: '/', text: 'Home' } }),
  'device-code': await deviceCodePage({ action, csrf, userCode: longWord, problem: 'unknown' }),
  'device-confirm': await deviceConfirmPage(device),
  'device-done': await deviceDonePage({ decision: 'allow' }),
  'device-denied': await deviceDonePage({ decision: 'deny' }),
  'too-many': await tooManyPage({ wait: 90, code: 'too_many_attempts', again: action, requestId: 'r1', time }),
}

describe('the pages, in a browser', () => {
  let browser: Browser
  let origin: string
  const tabs = new Map<string, Page>()
  const server = createServer((request, response) => {
    const file = staticFiles.get(request.url ?? '')
    const answer = htmlAnswer(pages[request.url?.slice(1) as keyof typeof pages] ?? '', { secure: false })
    if (file === undefined) response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(answer.body)
    else response.setHeader('content-type', file.contentType).end(file.body)
  })

  before(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    browser = await launchChromium()
  })
  after(async () => {
    await browser?.close()
    server.closeAllConnections()
    server.close()
  })

  /** Opens a page, and fails for anything that the browser complains about, such as a breach of the policy. */
  async function inBrowser(
    name: string,
    options: NonNullable<Parameters<Browser['newContext']>[0]>,
    look: (page: Page) => Promise<void>,
  ): Promise<void> {
    // Tabs are kept: opening one costs more than most tests do, and a page that is loaded leaves nothing of the one before.
    const key = JSON.stringify(options)
    const tab = tabs.get(key) ?? (await (await browser.newContext(options)).newPage())
    tabs.set(key, tab)
    const complaints: string[] = []
    const onConsole = (message: ConsoleMessage): void => void complaints.push(message.text())
    const onError = (error: Error): void => void complaints.push(error.message)
    tab.on('console', onConsole).on('pageerror', onError)
    try {
      await tab.goto(`${origin}/${name}`)
      await look(tab)
      assert.deepEqual(complaints, [])
    } finally {
      tab.off('console', onConsole).off('pageerror', onError)
    }
  }

  for (const name of Object.keys(pages)) {
    it(`have no fault that axe finds, light and dark, wide and narrow: ${name} [L1 L17 L18]`, async () => {
      await inBrowser(name, { viewport: wide }, async (page) => assertAccessible(page, name))
    })

    it(`fit a screen of 320 pixels, with one heading, and targets of 24 pixels that have an id: ${name} [L1]`, async () => {
      await inBrowser(name, { viewport: narrow }, async (page) => {
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320)
        assert.equal(await page.locator('h1').count(), 1)
        const targets = await page.evaluate(`
          [...document.querySelectorAll('input:not([type=hidden]), button, a.button')].map((target) => {
            const boxes = [target, ...(target.labels ?? [])].map((one) => one.getBoundingClientRect())
            const shown = boxes[0].height > 0
            return [target.id !== '' && (target.tagName === 'A' || target.name !== '' || target.tagName === 'BUTTON' || target.type === 'checkbox'), !shown || Math.max(...boxes.map(({ height }) => height)) >= 24]
          })`)
        for (const target of targets as boolean[][]) assert.deepEqual(target, [true, true])
      })
    })
  }

  it('take the focus past what is on every page by the first key [L1]', async () => {
    await inBrowser('signed-out', {}, async (page) => {
      await page.keyboard.press('Tab')
      assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to content')
      await page.keyboard.press('Enter')
      assert.equal(await page.evaluate('document.activeElement.id'), 'main')
    })
  })

  it('show where the focus is [L1]', async () => {
    await inBrowser('sign-in', {}, async (page) => {
      for (const id of ['id_username', 'id_password', 'id_password_show', 'sign-in-submit']) {
        assert.equal(await page.evaluate('document.activeElement.id'), id)
        const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineWidth')
        assert.equal(outline, '3px')
        await page.keyboard.press('Tab')
      }
    })
  })

  it('show the password while a box is checked, where scripts run [L2]', async () => {
    await inBrowser('sign-in', {}, async (page) => {
      const password = page.locator('#id_password')
      await password.fill('geheim')
      await page.getByLabel('Show the password').check()
      assert.equal(await password.getAttribute('type'), 'text')
      assert.equal(await password.inputValue(), 'geheim')
      await page.getByLabel('Show the password').uncheck()
      assert.equal(await password.getAttribute('type'), 'password')
    })
  })

  it('miss nothing without scripts: no box that would do nothing, and the form is sent [L1 L2]', async () => {
    await inBrowser('sign-in-mismatch', { javaScriptEnabled: false }, async (page) => {
      assert.equal(await page.getByLabel('Show the password').isVisible(), false)
      await page.getByLabel('Username or e-mail address').fill('ada')
      await page.getByLabel('Password', { exact: true }).fill('a b&c=ä')
      const sent = page.waitForRequest((request) => request.method() === 'POST')
      await page.getByRole('button', { name: 'Sign in' }).click()
      const request = await sent
      assert.equal(new URL(request.url()).pathname, action)
      assert.deepEqual(Object.fromEntries(new URLSearchParams(request.postData() ?? '')), {
        csrfmiddlewaretoken: 'the-token',
        next: '/admin/',
        username: 'ada',
        password: 'a b&c=ä',
      })
    })
  })

  it('lead from the summary of problems to the field, and tie each message to its field [L1]', async () => {
    await inBrowser('sign-in-missing', {}, async (page) => {
      assert.match(await page.title(), /^Error: /)
      await page.getByRole('alert').getByRole('link', { name: 'Enter your password.' }).click()
      assert.equal(await page.evaluate('document.activeElement.id'), 'id_password')
      for (const id of ['id_username', 'id_password']) {
        const field = page.locator(`#${id}`)
        assert.equal(await field.getAttribute('aria-invalid'), 'true')
        const describedBy = await field.getAttribute('aria-describedby')
        assert.match((await page.locator(`#${describedBy}`).textContent()) ?? '', /^Enter your /)
      }
    })
  })
})

describe('the texts of pages', () => {
  it('let no value become markup', async () => {
    const hostileSite = { siteName: hostile }
    const all = [
      await signInPage({
        site: hostileSite,
        action: hostile,
        csrf: { name: hostile, token: hostile },
        next: hostile,
        identifier: hostile,
      }),
      await signOutPage({
        site: hostileSite,
        action: hostile,
        csrf: { name: hostile, token: hostile },
        name: hostile,
        next: hostile,
        home: hostile,
      }),
      await signedOutPage({ site: hostileSite, signIn: hostile }),
      await signedInPage({
        site: hostileSite,
        name: hostile,
        next: hostile,
        another: hostile,
        signOut: hostile,
        csrf: { name: hostile, token: hostile },
      }),
      await errorPage({
        site: hostileSite,
        status: 400,
        code: hostile,
        detail: hostile,
        requestId: hostile,
        time,
        link: { href: hostile, text: hostile },
      }),
      await deviceCodePage({ site: hostileSite, action: hostile, csrf, userCode: hostile }),
      await deviceConfirmPage({
        ...device,
        site: hostileSite,
        action: hostile,
        fields: [[hostile, hostile]],
        decision: hostile,
        application: hostile,
        user: hostile,
        otherUser: hostile,
        userCode: hostile,
        scopes: [asked(hostile, 'changes')],
        publisher: { kind: 'organisation', name: hostile, slug: hostile },
        resources: [hostile],
        address: hostile,
      }),
      await deviceDonePage({ site: hostileSite, decision: 'allow' }),
      await consentPage({
        site: hostileSite,
        action: hostile,
        fields: [[hostile, hostile]],
        decision: hostile,
        application: hostile,
        isReviewed: false,
        user: hostile,
        otherUser: hostile,
        scopes: [asked(hostile, 'changes')],
        publisher: { kind: 'organisation', name: hostile, slug: hostile },
        resources: [hostile],
        redirectUri: `https://${hostile}`,
        ownPages: [{ text: hostile, href: `https://${hostile}` }],
        lasts: consent.lasts,
        remember: { field: hostile, days: 1, isTicked: true },
      }),
      await formPostPage({ site: hostileSite, action: hostile, fields: [[hostile, hostile]], name: hostile }),
      await tooManyPage({ site: hostileSite, wait: 1, code: hostile, again: hostile, requestId: hostile, time }),
    ]
    for (const page of all) {
      assert.ok(page.includes('&lt;script&gt;alert(1)'))
      assert.ok(!page.includes('<script>alert'))
      assert.ok(!page.includes('<img'))
      assert.equal(page.split('<script').length, 2)
    }
  })

  it('have no script and no style of their own, and load nothing from elsewhere [HT01]', () => {
    for (const page of Object.values(pages)) {
      // What an application calls its own is named, and a link loads nothing.
      const own = /<a href="https:[^"]*" target="_blank" rel="noopener noreferrer">|<bdi>https:[^<]*<\/bdi>/g
      assert.doesNotMatch(
        page.replaceAll(own, ''),
        /<style|<script(?! src="\/static\/)| style=| on[a-z]+=|javascript:|https?:\/\//i,
      )
      for (const [, href] of page.matchAll(/(?:href|src)="(\/static\/[^"]*)"/g)) assert.ok(staticFiles.has(href ?? ''))
    }
    for (const { body } of staticFiles.values())
      assert.doesNotMatch(body, /url\(|@import|https?:\/\/(?!www\.w3\.org\/2000\/svg|simplewebauthn\.dev\/docs\/)/)
  })

  it('say the same of a wrong password and of an account that does not exist, and never give a password back [L1 PW07]', () => {
    assert.ok(!pages['sign-in-mismatch'].includes('exist'))
    assert.match(pages['sign-in-mismatch'], /<input\s+id="id_username"[^>]* value="ada"/)
    assert.doesNotMatch(pages['sign-in-mismatch'], /<input\s+id="id_password"[^>]* value=/)
  })

  it('let password managers and pasting do their work [L1]', () => {
    assert.match(pages['sign-in'], /name="username"\s+type="text"\s+autocomplete="username"/)
    assert.match(pages['sign-in'], /name="password"\s+type="password"\s+autocomplete="current-password"/)
    assert.equal(pages['sign-in'].split(/\srequired\s/).length, 3)
  })

  it('tell what to quote when something went wrong [L17]', () => {
    assert.match(pages.error, /<dd id="error-code">500 internal_error<\/dd>/)
    assert.ok(pages.error.includes(longWord))
    assert.match(pages.error, /<time datetime="2026-06-01T12:00:00\.000Z">2026-06-01 12:00:00 UTC<\/time>/)
    assert.doesNotMatch(pages['error-with-link'], /id="request-id"/)
  })

  it('tell how long to wait, and until when [L18]', () => {
    assert.match(pages['too-many'], /<strong>90 seconds<\/strong>, until <time datetime="2026-06-01T12:01:30\.000Z">/)
  })

  it('warn of development mode where they are told to', () => {
    assert.match(pages['sign-in-development'], /id="development-mode"/)
    assert.doesNotMatch(pages['sign-in'], /id="development-mode"/)
  })
})

describe('duration', () => {
  it('is never too short', () => {
    const texts = [0.2, 1, 1.2, 119, 120, 121, 900, 3601, 7200, 7201, 86_400].map(duration)
    assert.deepEqual(texts, [
      '1 second',
      '1 second',
      '2 seconds',
      '119 seconds',
      '120 seconds',
      '3 minutes',
      '15 minutes',
      '61 minutes',
      '120 minutes',
      '3 hours',
      '24 hours',
    ])
  })
})

describe('htmlAnswer', () => {
  it('has the headers that keep a page safe, and insists on https where there is https [HT01]', () => {
    const headers = new Map(htmlAnswer('x', { status: 400, headers: [['allow', 'GET']] }).headers)
    assert.equal(headers.get('content-type'), 'text/html; charset=utf-8')
    assert.equal(headers.get('strict-transport-security'), 'max-age=31536000')
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('x-frame-options'), 'DENY')
    assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin')
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('allow'), 'GET')
    assert.ok(headers.has('permissions-policy'))
    const policy = headers.get('content-security-policy') ?? ''
    for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]) {
      assert.ok(policy.includes(part))
    }
    assert.doesNotMatch(policy, /unsafe|\*|data:/)
    assert.ok(!new Map(htmlAnswer('x', { secure: false }).headers).has('strict-transport-security'))
  })
})
