import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { CDPSession, Page } from 'playwright-core'

const looks = [
  ['light', 1280],
  ['dark', 360],
] as const

/**
 * Holds the page that a tab shows to what axe finds, light and dark, and to the width of the screen. axe runs in a world of its own,
 * beside the scripts of the page and outside of its policy. Where SHOTS names a folder, pictures of it are put there.
 */
export async function assertAccessible(page: Page, name: string): Promise<void> {
  const shots = process.env['SHOTS']
  const evaluate = await worldBeside(await sessionOf(page))
  await evaluate(axe)
  for (const [colorScheme, width] of looks) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 900 })
    const { violations, passes, wide } = JSON.parse(await evaluate(look)) as AxeResult
    assert.ok(passes > 10)
    assert.deepEqual(violations, [], name)
    assert.equal(wide, width)
    if (shots !== undefined) await page.screenshot({ path: `${shots}/${name}-${width}.png`, fullPage: true })
  }
  assert.equal(await page.locator('h1').count(), 1)
}

interface AxeResult {
  /** The rule, and the HTML of what breaks it. */
  readonly violations: readonly (readonly [id: string, nodes: readonly string[]])[]
  readonly passes: number
  /** CSS pixels that the content takes. */
  readonly wide: number
}

const sessions = new WeakMap<Page, Promise<CDPSession>>()

/** The one of its page: to end it would take away what the test has put into the browser by another, such as an authenticator. */
async function sessionOf(page: Page): Promise<CDPSession> {
  const session = sessions.get(page) ?? page.context().newCDPSession(page)
  sessions.set(page, session)
  return session
}

/** A world of scripts that sees the page, and nothing of its scripts. */
async function worldBeside(session: CDPSession): Promise<(expression: string) => Promise<string>> {
  const { frameTree } = await session.send('Page.getFrameTree')
  const { executionContextId } = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id })
  return async (expression) => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
      expression,
      contextId: executionContextId,
      awaitPromise: true,
      returnByValue: true,
    })
    assert.equal(exceptionDetails, undefined)
    return String(result.value)
  }
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const runOnly = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
// No more than what is asked for: a selector for each element takes longer than most rules.
const look = `axe.run(${JSON.stringify({ runOnly, resultTypes: ['violations'], selectors: false })}).then((result) =>
  JSON.stringify({
    violations: result.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
    passes: result.passes.length,
    wide: document.documentElement.scrollWidth,
  }))`
