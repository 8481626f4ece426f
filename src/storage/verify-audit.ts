import { sql } from 'kysely'
import { equalBytes } from '../crypto/compare.ts'
import { hashOf, nothingBefore } from './audit.ts'
import type { Database } from './database.ts'
import { parseId } from './id.ts'
import type { AuditEventRow } from './schema.ts'

/** Where a chain does not hold. */
export interface AuditBreak {
  readonly chainId: bigint
  readonly position: number
  readonly id: bigint
  readonly reason: 'changed' | 'missing before' | 'doubled' | 'hung on a missing row'
}

export interface AuditReport {
  readonly rows: number
  readonly chains: number
  /** Chains whose beginning is gone. That is as it should be where old events are purged, and only there. */
  readonly trimmed: number
  /** The first break of each chain that has one. */
  readonly breaks: readonly AuditBreak[]
}

/**
 * Reads the whole audit log and checks every chain: that no row was changed, removed or put in between. What was cut off
 * at the end of a chain shows as soon as another one has begun after it.
 */
export async function verifyAudit(
  database: Database,
  onProgress: (rows: number) => void = () => undefined,
): Promise<AuditReport> {
  const report = { rows: 0, chains: 0, trimmed: 0 }
  const breaks: AuditBreak[] = []
  const oldest = await database.read.selectFrom('audit_events').select('id').orderBy('id').limit(1).executeTakeFirst()
  let before: AuditEventRow | null = null
  let broken = false

  for await (const page of pages(database)) {
    for (const row of page) {
      const first: boolean = before === null || before.chain_id !== row.chain_id
      if (first) {
        broken = false
        report.chains += 1
        if (row.position > 1) report.trimmed += 1
      }
      if (!broken) {
        const reason = first
          ? await wrongAtStart(database, row, oldest?.id ?? 0n)
          : wrongAfter(before as unknown as AuditEventRow, row)
        broken = reason !== null
        if (reason !== null) breaks.push({ chainId: row.chain_id, position: row.position, id: row.id, reason })
      }
      before = row
    }
    report.rows += page.length
    onProgress(report.rows)
  }
  return { ...report, breaks }
}

/** All rows, chain after chain, a thousand at a time. */
async function* pages({ read }: Database): AsyncGenerator<readonly AuditEventRow[]> {
  let last: AuditEventRow | undefined
  do {
    let query = read
      .selectFrom('audit_events')
      .selectAll()
      .orderBy('chain_id')
      .orderBy('position')
      .orderBy('id')
      .limit(1000)
    if (last !== undefined) {
      query = query.where(sql<boolean>`(chain_id, position, id) > (${last.chain_id}, ${last.position}, ${last.id})`)
    }
    const page = await query.execute()
    if (page.length > 0) yield page
    last = page.at(-1)
  } while (last !== undefined)
}

type Reason = AuditBreak['reason'] | null

function wrongAfter(before: AuditEventRow, row: AuditEventRow): Reason {
  if (row.position === before.position) return 'doubled'
  if (row.position !== before.position + 1) return 'missing before'
  return equalBytes(hashOf(before.hash, row), row.hash) ? null : 'changed'
}

/** The first row of a chain says on which row of another one it was hung: see `startChain`. */
async function wrongAtStart({ read }: Database, row: AuditEventRow, oldest: bigint): Promise<Reason> {
  // What a row after purged ones was computed from is not known any more.
  if (row.position > 1) return null
  const after = hungOn(row)
  if (after === null) return equalBytes(hashOf(nothingBefore, row), row.hash) ? null : 'changed'
  const anchor = await read.selectFrom('audit_events').select('hash').where('id', '=', after).executeTakeFirst()
  if (anchor === undefined) return after < oldest ? null : 'hung on a missing row'
  return equalBytes(hashOf(anchor.hash, row), row.hash) ? null : 'changed'
}

function hungOn({ detail }: AuditEventRow): bigint | null {
  const match = /^\{"after":"([0-9A-Za-z]{11})"\}$/.exec(detail)
  return match === null ? null : parseId(match[1] as string)
}
