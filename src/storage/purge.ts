import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { firstIdAt } from './id.ts'
import type { Schema } from './schema.ts'

export interface PurgeOptions {
  /** Milliseconds since 1970. */
  readonly now: number
  /** How many rows are deleted at once, at most (500). */
  readonly batch?: number
  /** Milliseconds between two batches, at least (10). */
  readonly pause?: number
  /** How long expired API tokens are still shown to their owner, in milliseconds (30 days). */
  readonly keepTokens?: number
  /** How long audit events are kept, in milliseconds (for ever). */
  readonly keepAudit?: number
  /** Hears how many rows of a table are gone so far. */
  readonly onProgress?: (table: string, deleted: number) => void
}

/**
 * Deletes what has expired, in small batches with pauses between, so that no other writer waits for long. May be
 * interrupted and run by several processes at once. Returns how many rows are gone, by table.
 */
export async function purge(database: Database, options: PurgeOptions): Promise<Readonly<Record<string, number>>> {
  const { now, keepTokens = 30 * day, keepAudit, onProgress } = options
  const counts: Record<string, number> = {}
  const expiries: readonly Expiry[] = [
    { table: 'sessions', key: 'id', end: 'expires_at', before: now },
    { table: 'api_tokens', key: 'id', end: 'expires_at', before: now - keepTokens },
    { table: 'refresh_tokens', key: 'id', end: 'expires_at', before: now },
    { table: 'refresh_families', key: 'id', end: 'expires_at', before: now },
    { table: 'revocations', key: 'id', end: 'expires_at', before: now },
    { table: 'consumed', key: 'digest', end: 'expires_at', before: now },
    { table: 'throttle_counters', key: 'key', end: 'expires_at', before: now },
    // Numbers come round slowly: see `nodes.ts`.
    { table: 'nodes', key: 'number', end: 'expires_at', before: now - day },
  ]
  const oldEvents: Expiry[] =
    keepAudit === undefined ? [] : [{ table: 'audit_events', key: 'id', end: 'id', before: firstIdAt(now - keepAudit) }]
  for (const expiry of [...expiries, ...oldEvents]) {
    counts[expiry.table] = await deleteInBatches(database, expiry, options, (deleted) => {
      onProgress?.(expiry.table, deleted)
    })
  }
  return counts
}

const day = 86_400_000

interface Expiry {
  readonly table: keyof Schema
  readonly key: string
  readonly end: string
  readonly before: number | bigint
}

async function deleteInBatches(
  database: Database,
  { table, key, end, before }: Expiry,
  { batch = 500, pause = 10 }: PurgeOptions,
  onProgress: (deleted: number) => void,
): Promise<number> {
  let deleted = 0
  let size = batch
  for (;;) {
    const expired = sql`
      select ${sql.ref(key)} from ${sql.table(table)} where ${sql.ref(end)} < ${before} order by ${sql.ref(end)} limit ${size}`
    const began = performance.now()
    const { numAffectedRows = 0n } = await database.write(async (transaction) =>
      sql`delete from ${sql.table(table)} where ${sql.ref(key)} in (${expired})`.execute(transaction),
    )
    const took = performance.now() - began
    deleted += Number(numAffectedRows)
    if (numAffectedRows > 0n) onProgress(deleted)
    if (numAffectedRows < BigInt(size)) return deleted
    // A family takes its tokens with it, and a slow disk is slow: others are not to notice.
    if (took > longest) size = Math.max(1, size >> 1)
    else if (took < longest / 4) size = Math.min(batch, size * 2)
    await sleep(Math.max(pause, took))
  }
}

/** Milliseconds that a batch is to take at most. */
const longest = 20
