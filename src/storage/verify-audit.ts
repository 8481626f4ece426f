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
  const report = { rows: 0, trimmed: 0 }
  const breaks: AuditBreak[] = []
  const ends = new Map<bigint, ChainEnd>()
  const oldest = await database.read.selectFrom('audit_events').select('id').orderBy('id').limit(1).executeTakeFirst()

  for await (const page of pages(database)) {
    for (const row of page) {
      const before = ends.get(row.chain_id)
      if (before === undefined && row.position > 1) report.trimmed += 1
      let isBroken = before?.isBroken ?? false
      if (!isBroken) {
        const reason =
          before === undefined ? await wrongAtStart(database, row, oldest?.id ?? 0n) : wrongAfter(before, row)
        isBroken = reason !== null
        if (reason !== null) breaks.push({ chainId: row.chain_id, position: row.position, id: row.id, reason })
      }
      ends.set(row.chain_id, { position: row.position, hash: row.hash, isBroken })
    }
    report.rows += page.length
    onProgress(report.rows)
  }
  return { ...report, chains: ends.size, breaks }
}

/** How far a chain was read. */
interface ChainEnd extends Pick<AuditEventRow, 'position' | 'hash'> {
  readonly isBroken: boolean
}

/** All rows, a thousand at a time, by their ids: those of one process grow, so each chain comes in its order. */
async function* pages({ read }: Database): AsyncGenerator<readonly AuditEventRow[]> {
  let last: AuditEventRow | undefined
  do {
    let query = read.selectFrom('audit_events').selectAll().orderBy('id').limit(1000)
    if (last !== undefined) query = query.where('id', '>', last.id)
    const page = await query.execute()
    if (page.length > 0) yield page
    last = page.at(-1)
  } while (last !== undefined)
}

type Reason = AuditBreak['reason'] | null

function wrongAfter(before: ChainEnd, row: AuditEventRow): Reason {
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
