import { sql } from 'kysely'
import type { Transaction } from 'kysely'
import type { Database } from './database.ts'
import { firstIdAt, timeOfId } from './id.ts'
import type { RevocationRow, Schema } from './schema.ts'

export interface WatchRevocationsOptions {
  /** Milliseconds between two looks (100 on SQLite, 1000 on PostgreSQL, which also tells by itself). */
  readonly interval?: number
  /** Milliseconds without a successful look until `stale` (30,000). */
  readonly staleAfter?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Something that is no longer valid although it has not expired. */
export type Revocation =
  | {
      readonly kind: 'user' | 'client'
      readonly subjectId: bigint
      readonly notBefore: number
      readonly expiresAt: number
    }
  | { readonly kind: 'family' | 'token'; readonly subjectId: bigint; readonly expiresAt: number }

/** What is revoked, in memory: for tokens that are checked without a look at the database. */
export interface Revocations {
  /** Tokens of this user or client that were issued before this time are dead: milliseconds since 1970. */
  readonly notBefore: (kind: 'user' | 'client', id: bigint) => number | undefined
  readonly revoked: (kind: 'family' | 'token', id: bigint) => boolean
  /** Revokes in a unit of writing. This process knows when the unit is durable, the others at their next look. */
  readonly revoke: (transaction: Transaction<Schema>, revocation: Revocation) => Promise<void>
  /** Calls back for each revocation that is new here. Returns how to stop. */
  readonly onChange: (listener: (revocation: Revocation) => void) => () => void
  /** The database could not be read for so long that revocations of others may be missing. */
  readonly stale: () => boolean
  /** When it last looked, and when it last learned of a revocation (`null`: never), in milliseconds since 1970. */
  readonly times: () => { readonly looked: number; readonly learned: number | null }
  /** Looks now. */
  readonly refresh: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Reads all revocations, and keeps up with those of other processes. Rejects where the first reading fails. */
export async function watchRevocations(
  database: Database,
  options: WatchRevocationsOptions = {},
): Promise<Revocations> {
  const { staleAfter = 30_000, clock = Date.now } = options
  const { interval = database.dialect === 'sqlite' ? 100 : 1000 } = options
  const listeners = new Set<(revocation: Revocation) => void>()
  const known = new Map<string, Map<bigint, Known>>(kinds.map((kind) => [kind, new Map()]))
  let newest = 0n
  let lastLook = 0
  let lastLearned: number | null = null
  let lastVersion = ''
  let looksUntilAll = 0
  let looking: Promise<void> | null = null

  function learn(revocation: Revocation) {
    const ofKind = known.get(revocation.kind)
    const notBefore = 'notBefore' in revocation ? revocation.notBefore : 0
    const before = ofKind?.get(revocation.subjectId)
    if (before !== undefined && before.notBefore >= notBefore && before.expiresAt >= revocation.expiresAt) return
    ofKind?.set(revocation.subjectId, {
      notBefore: Math.max(notBefore, before?.notBefore ?? 0),
      expiresAt: Math.max(revocation.expiresAt, before?.expiresAt ?? 0),
    })
    // What was there at the start is no news.
    if (lastLook > 0) lastLearned = clock()
    for (const listener of listeners) listener(revocation)
  }

  async function look() {
    const version = await sqliteVersion(database)
    if (version === null || version !== lastVersion || looksUntilAll === 0) {
      // Of two transactions the one with the smaller id may commit later, and clocks differ: so look back a little, and
      // now and then at everything.
      const from = looksUntilAll === 0 ? 0n : firstIdAt(timeOfId(newest) - overlap)
      const rows = await database.read
        .selectFrom('revocations')
        .selectAll()
        .where('id', '>=', from)
        .where('expires_at', '>', Math.floor(clock()))
        .execute()
      for (const row of rows) {
        if (row.id > newest) newest = row.id
        learn(toRevocation(row))
      }
      if (looksUntilAll === 0) forgetExpired(known, clock())
      looksUntilAll = looksUntilAll === 0 ? Math.ceil(fullInterval / interval) : looksUntilAll - 1
      lastVersion = version ?? ''
    }
    lastLook = clock()
  }

  /** One look at a time: who asks meanwhile gets the one after it, since this one may have read already. */
  async function refresh() {
    await looking?.catch(() => undefined)
    looking ??= look().finally(() => {
      looking = null
    })
    return looking
  }

  await refresh()
  const timer = setInterval(() => void refresh().catch(() => undefined), interval)
  timer.unref()
  const stop = await database.listen?.(channel, () => void refresh().catch(() => undefined))

  return {
    notBefore: (kind, id) => known.get(kind)?.get(id)?.notBefore,
    revoked: (kind, id) => known.get(kind)?.has(id) === true,
    revoke: async (transaction, revocation) => {
      await writeRevocation(database, transaction, revocation)
      database.afterCommit(transaction, () => learn(revocation))
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    stale: () => clock() - lastLook > staleAfter,
    times: () => ({ looked: lastLook, learned: lastLearned }),
    refresh,
    close: async () => {
      clearInterval(timer)
      await stop?.()
      await looking?.catch(() => undefined)
    },
  }
}

/** Revokes in a unit of writing. Every process learns of it at its next look. */
export async function writeRevocation(
  database: Pick<Database, 'dialect' | 'newId'>,
  transaction: Transaction<Schema>,
  revocation: Revocation,
): Promise<void> {
  await transaction.insertInto('revocations').values(toRow(database.newId(), revocation)).execute()
  if (database.dialect === 'postgres') await sql`select pg_notify(${channel}, '')`.execute(transaction)
}

interface Known {
  readonly notBefore: number
  readonly expiresAt: number
}

const kinds = ['user', 'client', 'family', 'token'] as const
const channel = 'doorward_revocations'

/** Milliseconds. */
const overlap = 60_000
const fullInterval = 300_000

/**
 * On SQLite, something that differs when anything was written since, at the price of no reading: by other connections, or
 * by this one, which is the only one in memory (https://sqlite.org/pragma.html#pragma_data_version).
 */
export async function sqliteVersion({ dialect, read }: Pick<Database, 'dialect' | 'read'>): Promise<string | null> {
  if (dialect !== 'sqlite') return null
  const query = sql<{ data_version: number; changes: number }>`
    select data_version, total_changes() as changes from pragma_data_version`
  const [version] = (await query.execute(read)).rows
  return version === undefined ? null : `${version.data_version} ${version.changes}`
}

function toRevocation({ kind, subject_id, not_before, expires_at }: RevocationRow): Revocation {
  if (kind === 'user' || kind === 'client')
    return { kind, subjectId: subject_id, notBefore: not_before, expiresAt: expires_at }
  return { kind: kind as 'family' | 'token', subjectId: subject_id, expiresAt: expires_at }
}

function toRow(id: bigint, revocation: Revocation): RevocationRow {
  return {
    id,
    kind: revocation.kind,
    subject_id: revocation.subjectId,
    not_before: 'notBefore' in revocation ? revocation.notBefore : 0,
    expires_at: revocation.expiresAt,
  }
}

function forgetExpired(known: ReadonlyMap<string, Map<bigint, Known>>, now: number) {
  for (const ofKind of known.values()) {
    for (const [id, { expiresAt }] of ofKind) if (expiresAt <= now) ofKind.delete(id)
  }
}
