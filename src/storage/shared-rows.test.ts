import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createAuditLog } from './audit-log.ts'
import type { AuditEvent } from './audit.ts'
import { describeDatabases } from './databases.contract.ts'
import { sharedRows } from './shared-rows.ts'
import { verifyAudit } from './verify-audit.ts'
import { withDatabase } from './with-database.contract.ts'

const issued = (index: number, more: Partial<AuditEvent> = {}): AuditEvent => ({
  event: 'access_token.issued',
  actor: 'client:a',
  subject: `access_token:${index}`,
  address: '192.0.2.1',
  requestId: `r-${index}`,
  detail: { client: 'a', scopes: 'read' },
  isRoutine: true,
  ...more,
})

describe('sharedRows', () => {
  it('puts together what differs in subject and request alone, and keeps everything else apart', () => {
    const others = [
      issued(1, { actor: 'client:b' }),
      issued(2, { address: '192.0.2.2' }),
      issued(3, { address: null }),
      issued(4, { detail: { client: 'a', scopes: 'write' } }),
      issued(5, { detail: { client: 'a', scopes: 'read', more: true } }),
      issued(6, { event: 'access_token.revoked' }),
      issued(7, { isRoutine: false }),
      issued(8, { isRoutine: false }),
    ]
    const rows = sharedRows([issued(0), ...others, issued(9), issued(10)])
    assert.deepEqual(
      rows.map(({ subject }) => subject),
      [0, 1, 2, 3, 4, 5, 6, 7, 8].map((index) => `access_token:${index}`),
    )
    const named = rows.map(({ more = [] }) => more)
    assert.deepEqual(named[0], [
      ['access_token:9', 'r-9'],
      ['access_token:10', 'r-10'],
    ])
    assert.deepEqual(named.slice(1).flat(), [])
  })

  it('loses none of many, of few kinds and of many, and makes no row of more than a hundred', () => {
    for (const kinds of [1, 3, 50]) {
      const events = Array.from({ length: 1000 }, (_, index) => issued(index, { actor: `client:${index % kinds}` }))
      const rows = sharedRows(events)
      const subjects = rows.flatMap(({ subject, more = [] }) => [subject, ...more.map(([one]) => one)])
      assert.deepEqual(subjects.toSorted(), events.map(({ subject }) => subject).toSorted())
      assert.ok(rows.every(({ more = [] }) => more.length < 100))
      if (kinds === 1) assert.equal(rows.length, 10)
    }
  })
})

describeDatabases('audit rows of several events', (start) => {
  it('name each one, are found and counted by it, and are part of the chain', async () => {
    await withDatabase(start, async (database) => {
      await Promise.all(Array.from({ length: 64 }, async (_, index) => database.append({ audit: issued(index) })))
      const rows = await database.read
        .selectFrom('audit_events')
        .selectAll()
        .where('event', '=', 'access_token.issued')
        .execute()
      assert.ok(rows.length < 64)
      assert.equal(
        rows.reduce((sum, { events }) => sum + events, 0),
        64,
      )
      const log = createAuditLog({ database })
      for (const index of [0, 40, 63]) {
        const bySubject = await log.list({ event: 'access_token.issued', subject: `access_token:${index}` })
        const byRequest = await log.list({ requestId: `r-${index}` })
        assert.deepEqual([bySubject.entries.length, byRequest.entries.length], [1, 1])
      }
      assert.equal((await log.list({ requestId: 'r-' })).entries.length, 0)
      assert.deepEqual(await log.count(['access_token.issued'], 0), { 'access_token.issued': 64 })
      assert.deepEqual((await verifyAudit(database)).breaks, [])

      const shared = rows.find(({ events }) => events > 1)
      assert.ok(shared !== undefined)
      const changed = shared.detail.replace(/access_token:\d+"/, 'access_token:999"')
      await database.write(async (unit) =>
        unit.updateTable('audit_events').set({ detail: changed }).where('id', '=', shared.id).execute(),
      )
      assert.equal((await verifyAudit(database)).breaks.length, 1)
    })
  })

  it('hold nothing of a call of the same turn that failed', async () => {
    await withDatabase(start, async (database) => {
      const calls = Array.from({ length: 20 }, async (_, index) => {
        const id = index % 7 === 3 ? -1n : database.newId()
        const token = { id, user_id: null, service_account_id: null, digest: new Uint8Array(32), name: 'x' }
        // Of nobody, which the table refuses.
        const faulty = { api_tokens: { ...token, created_at: 0, expires_at: null, last_used_at: null } }
        return database.append({ ...(id === -1n ? faulty : {}), audit: issued(index) })
      })
      const outcomes = await Promise.allSettled(calls)
      const log = createAuditLog({ database })
      for (const [index, { status }] of outcomes.entries()) {
        assert.equal(status, index % 7 === 3 ? 'rejected' : 'fulfilled')
        const { entries } = await log.list({ requestId: `r-${index}` })
        assert.equal(entries.length, status === 'fulfilled' ? 1 : 0)
      }
      assert.deepEqual((await verifyAudit(database)).breaks, [])
    })
  })

  it('have no room for secrets', async () => {
    await withDatabase(start, async (database) => {
      const calls = ['a', 'Bearer canarycanary', 'eyJcanary.canary.canary'].map(async (subject) =>
        database.append({ audit: issued(0, { subject, requestId: subject }) }),
      )
      await Promise.all(calls)
      const rows = await database.read.selectFrom('audit_events').selectAll().execute()
      assert.doesNotMatch(
        JSON.stringify(rows.map(({ subject, detail, request_id: id }) => [subject, detail, id])),
        /canary/,
      )
    })
  })
})
