import { equalBytes } from '../crypto/compare.ts'
import { hashOf, nothingBefore } from './audit.ts'
import type { AuditKey } from './audit-key.ts'
import type { Database } from './database.ts'
import { parseId, timeOfId } from './id.ts'
import type { AuditEventRow } from './schema.ts'

/** Where a chain does not hold. */
export interface AuditBreak {
  readonly chainId: bigint
  readonly position: number
  readonly id: bigint
  /** `not bound to the secret`: it was made by somebody who had the database alone, or by a release from before. */
  readonly reason:
    | 'changed'
    | 'missing before'
    | 'doubled'
    | 'hung on a missing row'
    | 'not bound to the secret'
    | 'bound to a secret that is not known'
}

export interface AuditReport {
  readonly rows: number
  readonly chains: number
  /** Chains whose beginning is gone. That is as it should be where old events are purged, and only there. */
  readonly trimmed: number
  /** Rows that are bound to no secret: whoever could write to the database could have made them anew. */
  readonly unbound: number
  /** The first break of each chain that has one. */
  readonly breaks: readonly AuditBreak[]
}

/** What an audit log is held to. */
export interface AuditBinding {
  readonly key: AuditKey
  /** From when on every row has to be bound to the key, in milliseconds since 1970. */
  readonly since: number
}

/**
 * Reads the whole audit log and checks every chain: that no row was changed, removed or put in between, and with `binding`,
 * that whoever had the database alone did not make it anew. What was cut off at the end of a chain shows as soon as another
 * one has begun after it.
 */
export async function verifyAudit(
  database: Database,
  onProgress: (rows: number) => void = () => undefined,
  binding: AuditBinding | null = null,
): Promise<AuditReport> {
  const report = { rows: 0, trimmed: 0, unbound: 0 }
  const breaks: AuditBreak[] = []
  const ends = new Map<bigint, ChainEnd>()
  const oldest = await database.read.selectFrom('audit_events').select('id').orderBy('id').limit(1).executeTakeFirst()

  for await (const page of pages(database)) {
    for (const row of page) {
      const before = ends.get(row.chain_id)
      if (before === undefined && row.position > 1) report.trimmed += 1
      const key = before === undefined ? keyAtStart(row, binding) : keyAfter(before, row, binding)
      let isBroken = before?.isBroken ?? false
      if (!isBroken) {
        const reason =
          before === undefined ? await wrongAtStart(database, row, key, oldest?.id ?? 0n) : wrongAfter(before, row, key)
        const why = reason ?? wrongBinding(row, key, binding)
        isBroken = why !== null
        if (why !== null) breaks.push({ chainId: row.chain_id, position: row.position, id: row.id, reason: why })
      }
      if (key === null) report.unbound += 1
      ends.set(row.chain_id, { position: row.position, hash: row.hash, key, isBroken })
    }
    report.rows += page.length
    onProgress(report.rows)
  }
  return { ...report, chains: ends.size, breaks }
}

/** How far a chain was read. */
interface ChainEnd extends Pick<AuditEventRow, 'position' | 'hash'> {
  readonly key: ChainKey
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

/** What a chain is bound to: `null` for nothing, `unknown` where its beginning is gone, and `foreign` for a key that is not given. */
type ChainKey = AuditKey | 'unknown' | 'foreign' | null

/** The first row of a chain says whether it is bound. */
function keyAtStart(row: AuditEventRow, binding: AuditBinding | null): ChainKey {
  if (row.position > 1) return 'unknown'
  return startOf(row).isKeyed ? (binding?.key ?? 'foreign') : null
}

/** Of a chain whose beginning was purged, the second row that is left tells. */
function keyAfter({ key, hash }: ChainEnd, row: AuditEventRow, binding: AuditBinding | null): ChainKey {
  if (key !== 'unknown') return key
  if (binding !== null && equalBytes(hashOf(hash, row, binding.key), row.hash)) return binding.key
  if (equalBytes(hashOf(hash, row), row.hash)) return null
  // It fits neither: with the key it is changed, without one nobody can tell.
  return binding?.key ?? 'foreign'
}

function wrongBinding({ id }: AuditEventRow, key: ChainKey, binding: AuditBinding | null): Reason {
  if (key === 'foreign') return 'bound to a secret that is not known'
  return key === null && binding !== null && timeOfId(id) >= binding.since ? 'not bound to the secret' : null
}

function fits(before: Uint8Array, row: AuditEventRow, key: ChainKey): boolean {
  // What nobody can tell is said by `wrongBinding`.
  return key === 'foreign' || key === 'unknown' || equalBytes(hashOf(before, row, key), row.hash)
}

function wrongAfter(before: ChainEnd, row: AuditEventRow, key: ChainKey): Reason {
  if (row.position === before.position) return 'doubled'
  if (row.position !== before.position + 1) return 'missing before'
  return fits(before.hash, row, key) ? null : 'changed'
}

/** The first row of a chain says on which row of another one it was hung: see `startChain`. */
async function wrongAtStart({ read }: Database, row: AuditEventRow, key: ChainKey, oldest: bigint): Promise<Reason> {
  // What a row after purged ones was computed from is not known any more. Where older rows are left, nobody purged it.
  if (row.position > 1) return row.chain_id >= oldest ? 'missing before' : null
  const { after } = startOf(row)
  if (after === null) return fits(nothingBefore, row, key) ? null : 'changed'
  const anchor = await read.selectFrom('audit_events').select('hash').where('id', '=', after).executeTakeFirst()
  if (anchor === undefined) return after < oldest ? null : 'hung on a missing row'
  return fits(anchor.hash, row, key) ? null : 'changed'
}

function startOf({ detail }: AuditEventRow): { readonly after: bigint | null; readonly isKeyed: boolean } {
  const [, after, keyed] = /^\{(?:"after":"([0-9A-Za-z]{11})")?,?("keyed":true)?\}$/.exec(detail) ?? []
  return { after: after === undefined ? null : parseId(after), isKeyed: keyed !== undefined }
}
