import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { createAuditKey } from './audit-key.ts'
import { type AuditEvent, hashOf, linkEvents, nothingBefore, startChain } from './audit.ts'
import type { Database } from './database.ts'
import { describeDatabases } from './databases.contract.ts'
import type { AuditEventRow } from './schema.ts'
import { verifyAudit } from './verify-audit.ts'
import { withDatabase } from './with-database.contract.ts'

const secret = randomBytes(32)
const key = createAuditKey(secret)
const binding = { key, since: 0 }

describe('createAuditKey', () => {
  it('is HMAC-SHA-256 (RFC 2104), however long the row is', () => {
    for (const size of [0, 1, 200, 2730, 2731, 20_000]) {
      const written = `["é${'x'.repeat(size)}"]`
      const before = randomBytes(32)
      const expected = createHmac('sha256', secret).update(before).update(written).digest()
      assert.deepEqual(Buffer.from(key.hash(before, written)), expected)
    }
    assert.throws(() => createAuditKey(new Uint8Array(31)), RangeError)
  })
})

describeDatabases('An audit log that is bound to a key', (start) => {
  /** A log of ten rows, which somebody then tampers with who has the database and not the key. */
  async function tampered(
    tamper: (database: Database, rows: readonly AuditEventRow[]) => Promise<unknown>,
    expected: readonly (readonly [number, string])[],
  ): Promise<void> {
    await withDatabase(
      start,
      async (database) => {
        for (let index = 0; index < 9; index += 1) await database.append({ audit: event(`${index}`) })
        const whole = await verifyAudit(database, undefined, binding)
        assert.deepEqual(whole, { rows: 10, chains: 1, trimmed: 0, unbound: 0, breaks: [] })
        await tamper(database, await rowsOf(database))
        const { breaks } = await verifyAudit(database, undefined, binding)
        assert.deepEqual(
          breaks.map(({ position, reason }) => [position, reason]),
          expected,
        )
      },
      { auditKey: () => key },
    )
  }

  it('shows that a row was changed and all hashes after it were made anew', async () => {
    await tampered(
      async (database, rows) =>
        rewrite(
          database,
          forged(rows, (hash, row) => hashOf(hash, row)),
        ),
      [[5, 'changed']],
    )
    const another = createAuditKey(randomBytes(32))
    await tampered(
      async (database, rows) =>
        rewrite(
          database,
          forged(rows, (hash, row) => hashOf(hash, row, another)),
        ),
      [[5, 'changed']],
    )
  })

  it('shows that the whole log was made anew as if it were bound to nothing', async () => {
    await tampered(
      async (database, rows) => {
        const stamp = { newId: database.newId, clock: Date.now }
        const { chain, rows: first } = startChain(null, stamp)
        const events = rows.slice(1).map(({ subject }) => event(`${subject} or not`))
        await database.write(async (unit) => unit.deleteFrom('audit_events').execute())
        await database.append({ audit_events: [...first, ...linkEvents(chain, events, stamp).rows] })
      },
      [[1, 'not bound to the secret']],
    )
  })

  it('shows a chain that pretends that its beginning was purged', async () => {
    await tampered(
      async (database, rows) => {
        const id = database.newId()
        const row = { ...(rows[4] as AuditEventRow), id: database.newId(), chain_id: id }
        await database.append({ audit_events: row })
      },
      [[5, 'missing before']],
    )
  })

  it('shows what was changed in a chain whose beginning was purged', async () => {
    await tampered(
      async (database, rows) => {
        const [fourth, seventh] = [rows[3]?.id ?? 0n, rows[6]?.id ?? 0n]
        await database.write(async (unit) => {
          await unit.deleteFrom('audit_events').where('id', '<', fourth).execute()
          await unit.updateTable('audit_events').set({ actor: 'x' }).where('id', '=', seventh).execute()
        })
      },
      [[7, 'changed']],
    )
  })

  it('takes rows from before the key as they were, and counts them', async () => {
    let known: typeof key | null = null
    await withDatabase(
      start,
      async (database) => {
        await database.append({ audit: event('before') })
        known = key
        // The chain that was begun goes on as it began.
        await database.append({ audit: event('still before') })
        const late = { key, since: Date.now() + 60_000 }
        assert.deepEqual(await verifyAudit(database, undefined, late), {
          rows: 3,
          chains: 1,
          trimmed: 0,
          unbound: 3,
          breaks: [],
        })
        const { breaks } = await verifyAudit(database, undefined, binding)
        assert.deepEqual(
          breaks.map(({ reason }) => reason),
          ['not bound to the secret'],
        )
      },
      { auditKey: () => known },
    )
  })

  it('cannot be vouched for without the key', async () => {
    await withDatabase(
      start,
      async (database) => {
        await database.append({ audit: event('bound') })
        const { breaks } = await verifyAudit(database)
        assert.deepEqual(
          breaks.map(({ reason }) => reason),
          ['bound to a secret that is not known'],
        )
      },
      { auditKey: () => key },
    )
  })
})

function event(subject: string): AuditEvent {
  return { event: 'a', actor: 'b', subject }
}

async function rowsOf({ read }: Database): Promise<readonly AuditEventRow[]> {
  return read.selectFrom('audit_events').selectAll().orderBy('id').execute()
}

/** With another actor in the fifth row, and hashes to fit from there on. */
function forged(
  rows: readonly AuditEventRow[],
  hash: (before: Uint8Array, row: AuditEventRow) => Uint8Array,
): readonly AuditEventRow[] {
  let before: Uint8Array = nothingBefore
  return rows.map((row, index) => {
    const changed = index === 4 ? { ...row, actor: 'nobody' } : row
    before = index < 4 ? row.hash : hash(before, changed)
    return { ...changed, hash: before }
  })
}

async function rewrite(database: Database, rows: readonly AuditEventRow[]): Promise<void> {
  await database.write(async (unit) => {
    for (const { id, actor, hash } of rows)
      await unit.updateTable('audit_events').set({ actor, hash }).where('id', '=', id).execute()
  })
}
