import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import type { Browser, ConsoleMessage, Page } from 'playwright-core'
import { assertAccessible } from '../../../test/services/accessible.ts'
import { launchChromium } from '../../../test/services/chromium.ts'
import { isConsoleComplaint } from '../../../test/services/console-complaint.ts'
import { createCompleteSignIn } from '../../accounts/complete-sign-in.ts'
import { createSignIn } from '../../accounts/sign-in.ts'
import { createPasswords } from '../../accounts/passwords.ts'
import { createSessions } from '../../accounts/sessions.ts'
import { createPasswordHasher } from '../../crypto/password-hash.ts'
import { createCsrf } from '../../http/csrf.ts'
import type { Endpoint } from '../../http/exchange.ts'
import { staticFiles } from '../../pages/static-files.ts'
import { openSqlite } from '../../storage/sqlite.ts'
import { createGuessingGuard } from '../../throttling/guessing.ts'
import { createTokenFormat } from '../../tokens/format.ts'
import {
  type AskingClient,
  type AuthorizeDesk,
  goodRequest,
  openAuthorizeDesk,
  password,
  queryOf,
} from '../authorize.contract.ts'

describe('the code flow, in a browser', () => {
  let browser: Browser
  let desk: AuthorizeDesk
  let site: Listening
  let client: Listening
  const seen: string[] = []

  before(async () => {
    const clock = Date.now
    const time = {
      get now() {
        return clock()
      },
    }
    const database = await openSqlite({ path: ':memory:', clock })
    await database.migrate()
    const csrf = createCsrf({ key: Buffer.alloc(32, 1), secure: false })
    const sessions = createSessions({ database, format: createTokenFormat(), csrf, clock, secure: false })
    desk = await openAuthorizeDesk({ csrf, sessions, secure: false }, { database, time })
    const passwords = createPasswords({
      database,
      clock,
      hasher: createPasswordHasher({ memoryCost: 8192, timeCost: 1 }),
      guard: createGuessingGuard({ clock }),
    })
    const { signInTargets: formTargets } = desk.server
    const completion = createCompleteSignIn({ sessions, csrf, secure: false })
    const login = createSignIn({ passwords, sessions, completion, csrf, clock, secure: false, formTargets })
    site = await listen({ '/accounts/login/': { ...login }, '/o/authorize/': { ...desk.authorize } })
    client = await listen({}, seen)
    await desk.addPerson('ada')
    browser = await launchChromium()
  })
  after(async () => {
    await browser?.close()
    site?.close()
    client?.close()
    await desk?.close()
  })

  /** A page in a browser of its own, which fails for anything that the browser complains about. */
  async function inBrowser(
    options: NonNullable<Parameters<Browser['newContext']>[0]>,
    look: (page: Page) => Promise<void>,
  ): Promise<void> {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message: ConsoleMessage) => {
      // That a page is a refusal is no complaint about it.
      if (isConsoleComplaint(message) && !/status of 400/.test(message.text())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => void complaints.push(error.message))
    try {
      await look(page)
      assert.deepEqual(complaints, [])
    } finally {
      await context.close()
    }
  }

  async function signIn(page: Page): Promise<void> {
    await page.locator('#id_username').fill('ada')
    await page.locator('#id_password').fill(password)
    await page.locator('#sign-in-submit').click()
  }

  const callback = (): string => `${client.origin}/cb`
  const addClient = async (consent: 'once' | 'never' = 'once'): Promise<AskingClient> =>
    desk.addWeb({ redirectUris: [callback()], consent })
  const linkOf = (asking: AskingClient, fields: Readonly<Record<string, string>> = {}): string =>
    `${site.origin}/o/authorize/?${queryOf({ ...goodRequest(asking), ...fields })}`

  for (const javaScriptEnabled of [false, true]) {
    const how = javaScriptEnabled ? 'with scripts' : 'without scripts'

    it(`leads from the link through signing in and consent to the application, ${how} [L1 L11 B-AUZ-10]`, async () => {
      const asking = await addClient()
      await inBrowser({ javaScriptEnabled }, async (page) => {
        await page.goto(linkOf(asking))
        assert.equal(new URL(page.url()).pathname, '/accounts/login/')
        await signIn(page)
        assert.equal(await page.getByLabel('Remember this answer').isChecked(), true)
        await page.locator('#consent-allow').click()
        await page.waitForURL(`${callback()}?**`)
        const code = new URL(page.url()).searchParams.get('code') ?? ''
        assert.equal((await desk.redeem(asking, code)).status, 200)
        // It is remembered: the next time there is nothing to do.
        await page.goto(linkOf(asking))
        assert.ok(page.url().startsWith(`${callback()}?code=`))
      })
    })

    it(`leads back with access_denied where the answer is no, ${how} [AZ19]`, async () => {
      const asking = await addClient()
      await inBrowser({ javaScriptEnabled }, async (page) => {
        await page.goto(linkOf(asking))
        await signIn(page)
        await page.getByRole('button', { name: 'Cancel' }).click()
        await page.waitForURL(`${callback()}?error=access_denied**`)
      })
    })

    it(`leads on from the page to sign in, where nothing is asked, to another origin, ${how}`, async () => {
      const asking = await addClient('never')
      await inBrowser({ javaScriptEnabled }, async (page) => {
        await page.goto(linkOf(asking, { prompt: 'login' }))
        await signIn(page)
        await page.waitForURL(`${callback()}?code=**`)
      })
    })

    it(`carries the answer as a form, ${how} [AZ36]`, async () => {
      const asking = await addClient('never')
      await inBrowser({ javaScriptEnabled }, async (page) => {
        await page.goto(linkOf(asking, { response_mode: 'form_post' }))
        seen.length = 0
        await signIn(page)
        if (!javaScriptEnabled) await page.locator('#form-post-submit').click()
        await page.waitForURL(callback())
        const fields = new URLSearchParams(seen.find((body) => body !== ''))
        assert.deepEqual([...fields.keys()], ['code', 'state', 'iss'])
      })
    })
  }

  it('leaves a popup to the page that opened it, whatever is asked on the way', async () => {
    for (const fields of [{}, { response_mode: 'form_post' }]) {
      const asking = await addClient()
      await inBrowser({}, async (page) => {
        await page.goto(`${client.origin}/start`)
        const [popup] = await Promise.all([
          page.waitForEvent('popup'),
          page.evaluate((url) => void Object.assign(globalThis, { opened: window.open(url) }), linkOf(asking, fields)),
        ])
        await popup.locator('#id_username').fill('ada')
        await popup.locator('#id_password').fill('wrong')
        await popup.locator('#sign-in-submit').click()
        await signIn(popup)
        // Who waits for the window to be closed has to see that it is not.
        const isClosed = async (): Promise<unknown> =>
          page.evaluate(() => (globalThis as { opened?: Window | null }).opened?.closed)
        await popup.locator('#consent-allow').waitFor()
        assert.equal(await isClosed(), false)
        await popup.locator('#consent-allow').click()
        await popup.waitForURL(`${callback()}**`)
        assert.equal(await popup.evaluate(() => window.opener !== null), true)
        await popup.evaluate(() => window.opener.postMessage(location.href, location.origin))
        await popup.close()
      })
    }
  })

  it('says which account it is, and lets another one be used', async () => {
    await desk.addPerson('eve')
    const asking = await addClient()
    await inBrowser({}, async (page) => {
      await page.goto(linkOf(asking))
      await signIn(page)
      assert.equal(await page.locator('#account').textContent(), 'ada')
      await page.locator('#other-account').click()
      await page.locator('#id_username').fill('eve')
      await page.locator('#id_password').fill(password)
      await page.locator('#sign-in-submit').click()
      assert.equal(await page.locator('#account').textContent(), 'eve')
    })
  })

  it('has pages without a fault that axe finds, which fit 360 and 1280 pixels, light and dark [L11 L17]', async () => {
    const asking = await addClient()
    await inBrowser({}, async (page) => {
      await page.goto(linkOf(asking))
      await signIn(page)
      const pages = {
        consent: linkOf(asking, { scope: 'openid profile email offline_access read write' }),
        'choose-account-asked': linkOf(asking, { prompt: 'select_account' }),
        error: linkOf({ ...asking, id: 'nobody' }),
        'form-post': '',
      }
      for (const [name, link] of Object.entries(pages)) {
        if (link === '') {
          await page.route('**/static/*.js', async (route) =>
            route.fulfill({ body: '', contentType: 'text/javascript' }),
          )
          await page.goto(linkOf(asking, { response_mode: 'form_post', scope: 'admin' }))
        } else await page.goto(link).catch(() => null)
        await assertAccessible(page, name)
      }
    })
  })
})

interface Listening {
  readonly origin: string
  readonly close: () => void
}

/** Serves endpoints by path; at every other path it says so, and keeps the bodies that came. */
async function listen(
  routes: Readonly<Record<string, Readonly<Record<string, Endpoint>>>>,
  bodies: string[] = [],
): Promise<Listening> {
  const server: Server = createServer((incoming, outgoing) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of incoming) chunks.push(chunk as Buffer)
      const { url = '/', method = 'GET', headers } = incoming
      const path = url.split('?')[0] ?? ''
      const file = staticFiles.get(path)
      if (file !== undefined) return outgoing.setHeader('content-type', file.contentType).end(file.body)
      const endpoint = routes[path]?.[method]
      if (endpoint === undefined) {
        bodies.push(Buffer.concat(chunks).toString())
        return outgoing
          .setHeader('content-type', 'text/html')
          .end('<!doctype html><title>x</title><link rel="icon" href="data:,">')
      }
      const all = new Headers(Object.entries(headers).map(([name, value]) => [name, String(value)]))
      const answer = await endpoint({
        method,
        url,
        headers: { get: (name) => all.get(name) },
        address: '127.0.0.1',
        body: async () => Buffer.concat(chunks),
      })
      return outgoing.writeHead(answer.status, answer.headers.flat()).end(answer.body)
    })()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
