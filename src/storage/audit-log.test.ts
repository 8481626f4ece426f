import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createAuditLog } from './audit-log.ts'
import type { AuditEvent } from './audit.ts'
import type { Database } from './database.ts'
import { describeDatabases } from './databases.contract.ts'
import { withDatabase } from './with-database.contract.ts'

describeDatabases('the reading side of the audit log', (start) => {
  it('finds by whom, what, which event and when, newest first', async () => {
    let now = Date.UTC(2026, 10, 24)
    await withDatabase(
      start,
      async (database) => {
        await say(database, { event: 'user.created', actor: 'user:ann', subject: 'user:bob' })
        now += 86_400_000
        await say(database, { event: 'user.disabled', actor: 'user:ann', subject: 'user:bob' })
        await say(database, { event: 'access_token.issued', actor: 'user:bob', subject: 'access_token:1' })
        const log = createAuditLog({ database })
        const events = async (...wanted: Parameters<typeof log.list>) =>
          (await log.list(...wanted)).entries.map(({ event }) => event)
        assert.deepEqual(await events({ subject: 'user:bob' }), ['user.disabled', 'user.created'])
        assert.deepEqual(await events({ actor: 'user:ann', until: now }), ['user.created'])
        assert.deepEqual(await events({ actor: 'user:ann', from: now }), ['user.disabled'])
        assert.deepEqual(await events({ event: 'user.created' }), ['user.created'])
        assert.deepEqual(await events({ event: 'user.' }), ['user.disabled', 'user.created'])
        // What comes with every token is found by time and event.
        assert.deepEqual(await events({ event: 'access_token.issued' }), ['access_token.issued'])
        assert.deepEqual(await events({ actor: 'user:bob' }), [])
        assert.deepEqual(await log.count(['user.disabled', 'user.created', 'user.gone'], now), {
          'user.disabled': 1,
          'user.created': 0,
          'user.gone': 0,
        })
      },
      { clock: () => now },
    )
  })

  it('finds what stands in the details, where it came from and in which request, whatever signs are in it', async () => {
    await withDatabase(start, async (database) => {
      const common = { actor: 'system', subject: 'client:a' }
      await say(database, { ...common, event: 'client.updated', detail: { name: '100% Sure_thing\\' } })
      await say(database, { ...common, event: 'client.updated', address: '192.0.2.7', requestId: 'r-1' })
      const log = createAuditLog({ database })
      const count = async (filter: Parameters<typeof log.list>[0]) => (await log.list(filter)).entries.length
      assert.equal(await count({ text: '100% SURE_' }), 1)
      assert.equal(await count({ text: '%' }), 1)
      assert.equal(await count({ text: '_' }), 1)
      assert.equal(await count({ text: "' or 1=1 --" }), 0)
      assert.equal(await count({ address: '192.0.2.7' }), 1)
      assert.equal(await count({ requestId: 'r-1' }), 1)
    })
  })

  it('goes on behind an id, and looks no further at once than its window (AD12)', async () => {
    await withDatabase(start, async (database) => {
      for (let made = 0; made < 7; made += 1) {
        const address = made === 0 ? '192.0.2.7' : null
        await say(database, { event: 'key.created', actor: 'system', subject: `api_key:${made}`, address })
      }
      const log = createAuditLog({ database, window: 3 })
      const first = await log.list({ event: 'key.created' }, { limit: 4 })
      assert.deepEqual(
        first.entries.map(({ subject }) => subject),
        ['api_key:6', 'api_key:5', 'api_key:4', 'api_key:3'],
      )
      await say(database, { event: 'key.created', actor: 'system', subject: 'api_key:7' })
      const second = await log.list({ event: 'key.created' }, { limit: 4, after: first.next ?? '' })
      assert.deepEqual(
        second.entries.map(({ subject }) => subject),
        ['api_key:2', 'api_key:1', 'api_key:0'],
      )
      assert.equal(second.next, null)

      const found: string[] = []
      let after: string | null | undefined
      let pages = 0
      while (after !== null) {
        const page = await log.list({ address: '192.0.2.7' }, after === undefined ? {} : { after })
        found.push(...page.entries.map(({ subject }) => subject))
        after = page.next
        pages += 1
      }
      assert.deepEqual(found, ['api_key:0'])
      assert.ok(pages > 1, 'it looked at everything at once')
      await assert.rejects(log.list({}, { after: 'forged' }), { code: 'invalid' })
    })
  })

  it('finds one event by its id, and nothing by an id that is none', async () => {
    await withDatabase(start, async (database) => {
      await say(database, { event: 'key.created', actor: 'system', subject: 'api_key:1', detail: { name: 'a' } })
      const log = createAuditLog({ database })
      const [entry] = (await log.list({ event: 'key.created' })).entries
      assert.deepEqual((await log.find(entry?.id ?? ''))?.detail, { name: 'a' })
      assert.equal(await log.find('00000000000'), null)
      assert.equal(await log.find("1' or 1"), null)
    })
  })
})

async function say(database: Database, event: AuditEvent): Promise<void> {
  await database.write(async (unit) => database.audit(unit, event))
}
