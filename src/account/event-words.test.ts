import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { eventWords } from './event-words.ts'

const source = join(import.meta.dirname, '..')

/** As they are written down where they happen; what is routine stands in nobody's list, and some have no person. */
function eventsInSource(): readonly string[] {
  const files = globSync('**/*.ts', { cwd: source }).filter((file) => !/\.(test|contract)\.ts$/.test(file))
  const written =
    /(?:event: |\bevent\w*\([^'()]*, |\baudit\([^'()]*, |\b(?:log|change)\([^'()]*, )'([a-z_]+\.[a-z_]+)'/g
  const found = files.flatMap((file) => [...readFileSync(join(source, file), 'utf8').matchAll(written)])
  return [...new Set(found.map(([, event = '']) => event))].filter((event) => !nobodys.has(event)).toSorted()
}

const nobodys = new Set([
  'access_token.issued',
  'grant.refreshed',
  'family.refreshed',
  'audit.purged',
  'audit.started',
  'authorization_request.pushed',
  'device_code.issued',
  'mail.not_delivered',
  'workload_trust.used',
])

describe('what happened to an account', () => {
  it('is in words, whatever the audit log calls it', () => {
    const events = eventsInSource()
    assert.ok(events.length > 60, String(events.length))
    const bare = events.filter((event) => eventWords(event, {}) === event)
    assert.deepEqual(bare, [])
  })
})
