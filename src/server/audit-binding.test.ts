import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { DatabaseSync } from 'node:sqlite'
import { createSealer } from '../crypto/seal.ts'
import { openSqlite } from '../storage/sqlite.ts'
import { verifyAudit } from '../storage/verify-audit.ts'
import { auditBinding } from './audit-binding.ts'
import { openInstance } from './instance.ts'
import { readSettings } from './settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'doorward-audit-'))
after(() => rmSync(folder, { recursive: true }))
const [first, second] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')]

describe('the audit log of a server', () => {
  it('is bound to its secret from the first row on, and stays so when that is changed', async () => {
    const data = join(folder, 'new')
    const secrets = [{ secret: first }, { secret: second, previousSecrets: [first] }]
    for (const [index, given] of secrets.entries()) {
      await using server = await opened({ data, ...given })
      await server.instance.users.create({ username: `user${index}` })
      const { breaks, unbound, rows } = await server.instance.verifyAudit()
      assert.deepEqual([breaks, unbound], [[], 0])
      assert.ok(rows > 1)
    }
    // The key was sealed anew: the first secret is not needed for it any more.
    const database = await openSqlite({ path: join(data, 'doorward.sqlite3') })
    const binding = await auditBinding({ database, sealer: createSealer({ secret: second }), clock: Date.now })
    assert.deepEqual((await verifyAudit(database, undefined, binding)).breaks, [])
    await database.close()
  })

  it('shows what somebody changed who had the file alone, whatever they computed anew', async () => {
    const data = join(folder, 'changed')
    {
      await using server = await opened({ data, secret: first })
      await server.instance.users.create({ username: 'mallory' })
    }
    const file = new DatabaseSync(join(data, 'doorward.sqlite3'))
    file.exec(`update audit_events set detail = '{}' where event = 'audit.started'`)
    file.close()
    await using server = await opened({ data, secret: first })
    assert.ok((await server.instance.verifyAudit()).breaks.length > 0)
  })

  it('keeps the rows of a release before as they are, and is bound from the next start on', async () => {
    const data = join(folder, 'upgraded')
    {
      await using server = await opened({ data, secret: first })
      assert.deepEqual((await server.instance.verifyAudit()).breaks, [])
    }
    const file = join(data, 'doorward.sqlite3')
    const plain = new DatabaseSync(file)
    plain.exec(`delete from kept_secrets where name = 'audit-log'; delete from audit_events`)
    plain.close()
    const before = await openSqlite({ path: file })
    await before.append({ audit: { event: 'a', actor: 'b', subject: 'c' } })
    await before.close()
    await using server = await opened({ data, secret: first })
    await server.instance.users.create({ username: 'ada' })
    const { breaks, unbound, rows } = await server.instance.verifyAudit()
    assert.deepEqual(breaks, [])
    assert.equal(unbound, 2)
    assert.ok(rows > unbound)
  })
})

async function opened(given: Parameters<typeof readSettings>[0]) {
  const instance = await openInstance(readSettings({ logLevel: 'silent', ...given }))
  return { instance, [Symbol.asyncDispose]: async () => instance.close() }
}
