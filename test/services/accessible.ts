import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const looks = [
  ['light', 1280],
  ['dark', 360],
] as const

/**
 * Holds the page that a tab shows to what axe finds, light and dark, and to the width of the screen. The tab has to be one
 * without a policy (`bypassCSP`), which would keep axe out. `shots` is a folder for pictures of it (none).
 */
export async function assertAccessible(page: Page, name: string, shots?: string): Promise<void> {
  await page.addScriptTag({ path: createRequire(import.meta.url).resolve('axe-core/axe.min.js') })
  for (const [colorScheme, width] of looks) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 900 })
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
    const result = await page.evaluate(`axe.run(${JSON.stringify({ runOnly: tags, resultTypes: ['violations'] })})`)
    const { violations, passes } = result as AxeResult
    assert.ok(passes.length > 10)
    assert.deepEqual(
      violations.map(({ id, nodes }) => [name, id, nodes.map(({ html }) => html)]),
      [],
    )
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width)
    if (shots !== undefined) await page.screenshot({ path: `${shots}/${name}-${width}.png`, fullPage: true })
  }
  assert.equal(await page.locator('h1').count(), 1)
}

interface AxeResult {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[]
  readonly passes: readonly unknown[]
}
