import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { errorCodes } from '../src/core/errors.ts'
import { configurationPage } from '../src/server/settings-text.ts'

describe('docs/errors.md', () => {
  it('lists every code with its status, and no other', () => {
    const rows = readFileSync('docs/errors.md', 'utf8').matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm)
    const documented = Object.fromEntries([...rows].map(([, code, status]) => [code, Number(status)]))
    const known = Object.fromEntries(Object.entries(errorCodes).map(([code, [status]]) => [code, status]))
    assert.deepEqual(documented, known)
  })
})

describe('docs/configuration.md', () => {
  it('is what the table of settings makes of it: run "npm run docs" after a change', () => {
    assert.equal(readFileSync('docs/configuration.md', 'utf8'), configurationPage())
  })
})
