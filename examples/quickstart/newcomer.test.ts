import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../../test/services/chromium.ts'
import { startQuickstart, type RunningQuickstart } from './running-quickstart.contract.ts'
import type { Quickstart } from './accounts.ts'

describe('a newcomer who follows the README', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-newcomer-'))
  let server: RunningQuickstart
  let browser: Browser
  let quickstart: Quickstart
  before(async () => {
    server = await startQuickstart(folder)
    browser = await launchChromium()
    quickstart = JSON.parse(readFileSync(join(folder, 'quickstart.json'), 'utf8')) as Quickstart
  })
  after(async () => {
    await browser.close()
    await server.stop()
    rmSync(folder, { recursive: true })
  })

  for (const javaScriptEnabled of [true, false]) {
    it(`registers an application that gets a token, and makes a key that works, scripts ${javaScriptEnabled ? 'on' : 'off'}`, async () => {
      const context = await browser.newContext({ javaScriptEnabled })
      const page = await context.newPage()
      // What is printed says where to go, and as whom.
      const [, console = ''] = /^ {2}(http:\S+\/admin\/)/m.exec(server.printed()) ?? []
      await page.goto(console)
      const { username, password } = quickstart.users.root
      await page.fill('#id_username', username)
      await page.fill('#id_password', password)
      await page.click('#sign-in-submit')
      await page.waitForURL(console)

      await page.goto(`${console}applications/new/`)
      await page.click('#type-machine')
      await page.fill('#name', 'My application')
      await page.click('#next')
      await page.check('input[name="scope_read"]')
      await page.click('#next')
      await page.click('#create')
      const application = await secretFrom(page)
      const token = JSON.parse(await tryIt(page, application)) as { access_token?: string; token_type?: string }
      assert.match(token.access_token ?? '', /^dw_at_/)

      await page.goto(new URL('/portal/keys/new/', console).href)
      // Keys of one person are called differently.
      await page.fill('#key-name', `My key, scripts ${javaScriptEnabled ? 'on' : 'off'}`)
      await page.check('input[name="scope_read"]')
      await page.click('#review')
      await page.locator('button', { hasText: 'Make the key' }).click()
      const key = await secretFrom(page)
      const who = JSON.parse(await tryIt(page, key)) as {
        via?: string
        principal?: { name?: string }
        scopes?: string[]
      }
      assert.deepEqual([who.via, who.principal?.name, who.scopes], ['apiKey', username, ['read']])
      await context.close()
    })
  }
})

async function secretFrom(page: Page): Promise<string> {
  await page.waitForSelector('#secret')
  return page.inputValue('#secret')
}

/** Pastes the commands of the page into a shell, and the secret where it asks for it. */
async function tryIt(page: Page, secret: string): Promise<string> {
  const commands = (await page.textContent('#try-it')) ?? ''
  const pasted = promisify(execFile)('bash', ['-c', commands.replace(/curl /g, 'curl -s ')])
  pasted.child.stdin?.end(`${secret}\n`)
  return (await pasted).stdout
}
