import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { deviceCodeGrant } from '../../src/oauth/grants/device-code.ts'
import { createLog } from '../../src/server/log.ts'
import { serve, type RunningServer } from '../../src/server/serve.ts'
import { readSettings } from '../../src/server/settings.ts'
import { clientRow } from '../../src/storage/databases.contract.ts'
import { formatId } from '../../src/storage/id.ts'
import { assertAccessible } from '../services/accessible.ts'
import { launchChromium } from '../services/chromium.ts'
import { isConsoleComplaint } from '../services/console-complaint.ts'

const folder = mkdtempSync(join(tmpdir(), 'doorward-device-'))
const password = 'correct horse battery'
let server: RunningServer
let browser: Browser
let tv: string

before(async () => {
  server = await serve(readSettings({ data: folder, port: 0 }), { log: createLog({ level: 'silent' }) })
  await server.instance.users.create({ username: 'ada', password })
  tv = await addDevice('Living-room television', 'manual')
  browser = await launchChromium()
})

after(async () => {
  await browser?.close()
  await server?.stop()
  rmSync(folder, { recursive: true })
})

describe('a device without a keyboard', () => {
  for (const javaScriptEnabled of [false, true]) {
    const how = javaScriptEnabled ? 'with scripts' : 'without scripts'

    it(`is allowed in a browser, from the address that it shows to its tokens, ${how} [DV01 DV08 L12 L13]`, async () => {
      const begun = await begin(tv)
      await inBrowser({ javaScriptEnabled }, async (page) => {
        await page.goto(begun.verification_uri)
        assert.equal(new URL(page.url()).pathname, '/accounts/login/')
        await signIn(page)
        await page.getByLabel('Code').fill(begun.user_code.toLowerCase().replace('-', ''))
        await page.getByRole('button', { name: 'Continue' }).click()
        assert.equal(await page.locator('#application').textContent(), 'Living-room television')
        assert.equal(await page.locator('#account').textContent(), 'ada')
        assert.equal(await page.locator('#user-code').textContent(), begun.user_code)
        assert.deepEqual(await page.locator('#scopes li').allTextContents(), ['Change your data', 'Read your data'])
        assert.equal((await poll(begun.device_code)).error, 'authorization_pending')
        await page.getByRole('button', { name: 'Allow' }).click()
        await page.waitForURL('**/o/device/done/')
        assert.match((await page.getByRole('status').textContent()) ?? '', /Look at your device/)
      })
      const { access_token: token } = await poll(begun.device_code)
      assert.match(String(token), /^dw_at_/)
    })

    it(`is refused there, from the whole address, which still asks, ${how} [DV03 DV08]`, async () => {
      const begun = await begin(tv)
      await inBrowser({ javaScriptEnabled }, async (page) => {
        await page.goto(begun.verification_uri_complete)
        await signIn(page)
        assert.equal(await page.locator('#id_user_code').inputValue(), begun.user_code)
        await page.keyboard.press('Enter')
        await page.locator('#device-deny').click()
        await page.waitForURL('**/o/device/denied/')
      })
      assert.equal((await poll(begun.device_code)).error, 'access_denied')
    })
  }

  it('is asked about with another account, where the person says so', async () => {
    await server.instance.users.create({ username: 'grace', password })
    const begun = await begin(tv)
    await inBrowser({}, async (page) => {
      await page.goto(begun.verification_uri_complete)
      await signIn(page)
      await page.locator('#device-code-submit').click()
      await page.locator('#other-account').click()
      await signIn(page, 'grace')
      assert.equal(await page.locator('#id_user_code').inputValue(), begun.user_code)
      await page.locator('#device-code-submit').click()
      assert.equal(await page.locator('#account').textContent(), 'grace')
    })
  })

  it('has pages without a fault that axe finds, which fit 360 and 1280 pixels, light and dark [L12 L13 L18]', async () => {
    const strange = await addDevice(`${'W'.repeat(60)} television`, 'dynamic')
    const [plain, odd] = [await begin(tv), await begin(strange)]
    const enter = async (page: Page, code: string): Promise<void> => {
      await page.goto(plain.verification_uri)
      await page.locator('#id_user_code').fill(code)
      await page.locator('#device-code-submit').click()
    }
    const steps: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
      'device-code': async (page) => page.goto(plain.verification_uri),
      'device-confirm': async (page) => enter(page, plain.user_code),
      'device-confirm-strange': async (page) => enter(page, odd.user_code),
      'device-unknown': async (page) => enter(page, 'BBBB-CCCC'),
      'device-missing': async (page) => enter(page, ' '),
      'device-done': async (page) => page.goto(`${plain.verification_uri}done/`),
      'device-denied': async (page) => page.goto(`${plain.verification_uri}denied/`),
      'device-too-many': async (page) => {
        for (let count = 0; count < 5; count += 1) await enter(page, `BBBB-CCC${'DFGHJ'[count]}`)
      },
    }
    await inBrowser({}, async (page) => {
      await page.goto(plain.verification_uri)
      await signIn(page)
      for (const [name, step] of Object.entries(steps)) {
        await step(page)
        await assertAccessible(page, name)
      }
    })
  })
})

describe('the endpoints that devices and clients call', () => {
  it('take POST alone, and no more than the server takes anywhere [PR03]', async () => {
    for (const path of ['/o/device-authorization/', '/o/par/']) {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const answer = await fetch(server.url + path, { method })
        assert.equal(answer.status, 405)
        assert.match(answer.headers.get('allow') ?? '', /\bPOST\b/)
        assert.doesNotMatch(answer.headers.get('allow') ?? '', /GET|PUT/)
      }
      const large = await fetch(server.url + path, {
        method: 'POST',
        body: new URLSearchParams({ client_id: tv, state: 'x'.repeat(2_000_000) }),
      })
      assert.equal(large.status, 413)
      assert.equal(((await large.json()) as { error: string }).error, 'invalid_request')
    }
  })
})

interface Begun {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly verification_uri_complete: string
}

async function begin(client_id: string): Promise<Begun> {
  const body = new URLSearchParams({ client_id, scope: 'read write' })
  const answer = await fetch(`${server.url}/o/device-authorization/`, { method: 'POST', body })
  assert.equal(answer.status, 200)
  return (await answer.json()) as Begun
}

async function poll(device_code: string): Promise<{ readonly error?: string; readonly access_token?: string }> {
  const body = new URLSearchParams({ grant_type: deviceCodeGrant, client_id: tv, device_code })
  return (await (await fetch(`${server.url}/o/token/`, { method: 'POST', body })).json()) as Record<string, string>
}

async function signIn(page: Page, username = 'ada'): Promise<void> {
  await page.locator('#id_username').fill(username)
  await page.locator('#id_password').fill(password)
  await page.locator('#sign-in-submit').click()
}

/** A browser of its own, which fails for what a page does that it must not, such as a breach of its policy. */
async function inBrowser(
  options: NonNullable<Parameters<Browser['newContext']>[0]>,
  look: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    // It says of each page with a refusal that it was one.
    if (isConsoleComplaint(message) && !/status of 4\d\d/.test(message.text())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => void complaints.push(error.message))
  try {
    await look(page)
    assert.deepEqual(complaints, [])
  } finally {
    await context.close()
  }
}

async function addDevice(name: string, source: 'manual' | 'dynamic'): Promise<string> {
  const { database } = server.instance
  const id = database.newId()
  const row = clientRow(id, {
    identifier: formatId(id),
    name,
    source,
    grant_types: deviceCodeGrant,
    scopes: 'read write',
    created_at: Date.now(),
    updated_at: Date.now(),
  })
  await database.append({ clients: row })
  return row.identifier
}
