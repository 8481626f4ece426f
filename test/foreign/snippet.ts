import assert from 'node:assert/strict'
import { blocksOf } from '../docs/blocks.ts'

const page = 'docs/oauth/clients-that-work.md'

/** A block of the page about clients as it stands there, with its examples replaced by what a test has. */
export function snippet(fence: string, replacements: Readonly<Record<string, string>>, index = 0): string {
  let text = blocksOf(page, fence)[index]?.text ?? ''
  assert.notEqual(text, '', `${page} has no block of ${fence}`)
  for (const [example, real] of Object.entries(replacements)) {
    assert.ok(text.includes(example), `${page}: its ${fence} does not hold ${example}`)
    text = text.replaceAll(example, real)
  }
  return text
}
