import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { lastBackup, noteBackup } from './last-backup.ts'

describe('lastBackup', () => {
  it('tells when a copy was made last, and nothing where that is not known', (test) => {
    const data = mkdtempSync(join(tmpdir(), 'doorward-backup-'))
    test.after(() => rmSync(data, { recursive: true }))
    assert.equal(lastBackup({ data }), null)
    noteBackup({ data }, { at: 1, bytes: 10 })
    noteBackup({ data }, { at: 2, bytes: 20 })
    assert.deepEqual(lastBackup({ data }), { at: 2, bytes: 20 })
    for (const garbage of ['', '{', '[]', '{"at":"2026"}', 'null']) {
      for (const file of readdirSync(data)) writeFileSync(join(data, file), garbage)
      assert.equal(lastBackup({ data }), null, garbage)
    }
  })
})
