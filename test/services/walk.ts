import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { assertAccessible } from './accessible.ts'
import { isConsoleComplaint } from './console-complaint.ts'

export interface WalkOptions {
  /** The address of the server. */
  readonly base: string
  /** Cookies of who walks: `person(base).cookies` after signing in. */
  readonly cookies: ReadonlyMap<string, string>
  /** The screens: a name for each, for messages and pictures, and its path. */
  readonly screens: Readonly<Record<string, string>>
  /** What each answers with (200). */
  readonly status?: number
}

/**
 * Opens screens in a browser, with scripts and without: each answers, asks no other host for anything, breaks no rule of its
 * own policy, and has nothing that axe finds, light and dark, narrow and wide.
 */
export async function walkScreens(browser: Browser, options: WalkOptions): Promise<void> {
  const { status = 200 } = options
  // Browsers complain of every answer that is a refusal.
  const isExpected = (line: string): boolean => status !== 200 && line.includes(`a status of ${status}`)
  for (const javaScriptEnabled of [true, false]) {
    const context = await browser.newContext({ javaScriptEnabled })
    await context.addCookies(
      [...options.cookies].map(([cookie, value]) => ({ name: cookie, value, url: options.base })),
    )
    const page = await context.newPage()
    const heard = listen(page, options.base)
    for (const [name, path] of Object.entries(options.screens)) {
      const response = await page.goto(new URL(path, options.base).href)
      assert.equal(response?.status(), status, `${name} at ${path}`)
      if (javaScriptEnabled) await assertAccessible(page, name)
      const complaints = heard.splice(0).filter((line) => !isExpected(line))
      assert.deepEqual(complaints, [], `${name} at ${path}, scripts ${javaScriptEnabled ? 'on' : 'off'}`)
    }
    await context.close()
  }
}

/** What a page asks of other hosts, and what its browser complains of. */
function listen(page: Page, base: string): string[] {
  const heard: string[] = []
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(new URL(base).origin) && !url.startsWith('data:')) heard.push(`asked ${url}`)
  })
  page.on('console', (message) => {
    if (isConsoleComplaint(message)) heard.push(message.text())
  })
  page.on('pageerror', (error) => heard.push(String(error)))
  return heard
}
