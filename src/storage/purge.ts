import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { firstIdAt } from './id.ts'
import { takeEndedRights } from './ended-rights.ts'
import { addPartitions, dropPartitions } from './partitions.ts'
import { deleteUnusedClients } from './unused-clients.ts'

export interface PurgeOptions {
  /** Milliseconds since 1970. */
  readonly now: number
  /** How many rows are deleted at once, at most (500). */
  readonly batch?: number
  /** Milliseconds between two batches, at least (10). */
  readonly pause?: number
  /** How long a session may go unused, in milliseconds (those that nobody uses stay until their end). */
  readonly sessionIdle?: number
  /** How long expired API tokens are still shown to their owner, in milliseconds (30 days). */
  readonly keepTokens?: number
  /** How long audit events are kept, in milliseconds (for ever). */
  readonly keepAudit?: number
  /** How long clients that registered by themselves are kept after their last change which nobody uses, in milliseconds (for ever). */
  readonly keepUnusedClients?: number
  /** Hears how many rows of a table are gone so far. */
  readonly onProgress?: (table: string, deleted: number) => void
}

/**
 * Deletes what has expired, and takes rights away whose time is over, in small batches with pauses between, so that no other writer
 * waits for long. May be interrupted and run by several processes at once. Returns how many rows are gone, by table. Throws
 * `TypeError`, before anything is done, for an option that makes no sense.
 */
export async function purge(database: Database, options: PurgeOptions): Promise<Readonly<Record<string, number>>> {
  checkOptions(options)
  const { now, keepTokens = 30 * day, keepAudit, sessionIdle, onProgress } = options
  const counts: Record<string, number> = {}
  const postgres = database.dialect === 'postgres'
  const add = (name: string, deleted: number) => {
    counts[name] = (counts[name] ?? 0) + deleted
    if (deleted > 0) onProgress?.(name, counts[name])
  }

  if (postgres) {
    await addPartitions(database, now)
    for (const [name, rows] of Object.entries(await dropPartitions(database, options))) {
      if (rows > 0) add(name, rows)
    }
  }
  const expiries: Expiry[] = [
    { name: 'sessions', before: now },
    ...(sessionIdle === undefined ? [] : [{ name: 'sessions', end: 'last_seen_at', before: now - sessionIdle }]),
    { name: 'pending_sign_ins', before: now },
    { name: 'totp_enrolments', key: 'user_id', before: now },
    { name: 'trusted_browsers', before: now },
    { name: 'api_tokens', before: now - keepTokens },
    // Those in a part of their own go with it, all at once.
    { name: 'refresh_tokens', table: postgres ? 'refresh_tokens_rest' : 'refresh_tokens', before: now },
    // A family would take its tokens with it, however many: so it goes after them.
    { name: 'refresh_families', before: now },
    ...oauthExpiries(now, postgres),
    { name: 'provider_sign_ins', before: now },
    { name: 'pending_links', before: now },
    { name: 'app_sign_ins', before: now },
    { name: 'role_grants', end: 'ends_at', before: now - keptOver },
    { name: 'invitations', before: now - keptOver },
    { name: 'mail_outbox', before: now },
    { name: 'mail_links', before: now },
    { name: 'mail_codes', before: now },
    { name: 'acted_sessions', key: 'session_id', before: now },
    { name: 'setup_links', before: now },
    { name: 'revocations', before: now },
    { name: 'key_refusal_days', end: 'day', before: Math.floor(now / day) - keptUsage },
    { name: 'key_usage_days', end: 'day', before: Math.floor(now / day) - keptUsage },
    { name: 'client_usage_days', end: 'day', before: Math.floor(now / day) - keptUsage },
    { name: 'consumed', key: 'digest', before: now },
    { name: 'throttle_counters', key: 'key', before: now },
    { name: 'throttle_overrides', before: now },
    { name: 'ending_notices', key: 'subject_id', end: 'ends_at', before: now },
    { name: 'key_set_readers', end: 'last_at', before: now - keptOver },
    // Numbers come round slowly: see `nodes.ts`.
    { name: 'nodes', key: 'number', before: now - day },
    { name: 'node_reports', key: 'number', end: 'reported_at', before: now - day },
  ]
  const oldEvents = { name: 'audit_events', table: postgres ? 'audit_events_rest' : 'audit_events', end: 'id' }
  if (keepAudit !== undefined) expiries.push({ ...oldEvents, before: firstIdAt(now - keepAudit) })
  for (const expiry of expiries)
    await deleteInBatches(database, expiry, options, (deleted) => add(expiry.name, deleted))
  add('ended_rights', await takeEndedRights(database, { now, batch: options.batch ?? 500 }))
  // Last of all: what is over does not keep them.
  if (options.keepUnusedClients !== undefined) {
    const { batch = 500, pause = 10, keepUnusedClients } = options
    const before = now - keepUnusedClients
    await deleteUnusedClients(database, { before, batch, pause, onDeleted: (deleted) => add('clients', deleted) })
  }
  return counts
}

/** A wrong number here would delete what is still of use, nothing at all, or everything at once. */
function checkOptions({ batch, pause, ...times }: PurgeOptions): void {
  if (batch !== undefined && !(Number.isSafeInteger(batch) && batch >= 1)) {
    throw new TypeError('purge: batch must be a whole number of rows, 1 or more.')
  }
  const { sessionIdle, keepTokens, keepAudit } = times
  const spans = { pause, sessionIdle, keepTokens, keepAudit }
  for (const [name, value] of Object.entries({
    ...spans,
    keepUnusedClients: times.keepUnusedClients,
    now: times.now,
  })) {
    if (value !== undefined && !(Number.isFinite(value) && value >= 0)) {
      throw new TypeError(`purge: ${name} must be a number of milliseconds, 0 or more.`)
    }
  }
}

const day = 86_400_000

/** Roles that have ended and invitations that have run out are shown for a month. In milliseconds. */
const keptOver = 30 * day

/** For how many days it is kept how often keys and applications were used: the same month of the year before is still there. */
const keptUsage = 400

/** What the authorization server writes. No token outlives its grant. */
function oauthExpiries(now: number, postgres: boolean): readonly Expiry[] {
  return [
    { name: 'access_tokens', table: postgres ? 'access_tokens_rest' : 'access_tokens', before: now },
    { name: 'grant_tokens', table: postgres ? 'grant_tokens_rest' : 'grant_tokens', before: now },
    // Some time longer, so that one that is used again still ends its grant, and a device still hears that it was too slow.
    { name: 'authorization_codes', before: now - day },
    { name: 'device_codes', before: now - day },
    { name: 'grants', before: now },
    { name: 'pushed_requests', before: now },
    { name: 'registration_tokens', before: now },
    // Clients that came by a document which nobody has asked for in a day; they come again as they were. Others have no freshness.
    { name: 'clients', end: 'fresh_until', before: now - day, unless: { table: 'grants', column: 'client_id' } },
    { name: 'logout_notices', before: now },
  ]
}

interface Expiry {
  readonly name: string
  /** Where to delete (its name). */
  readonly table?: string
  /** The column that tells rows apart (`id`). */
  readonly key?: string
  /** The column that says how long a row is of use (`expires_at`). */
  readonly end?: string
  readonly before: number | bigint
  /** Rows that another table still refers to stay. */
  readonly unless?: { readonly table: string; readonly column: string }
}

async function deleteInBatches(
  database: Database,
  { name, table = name, key = 'id', end = 'expires_at', before, unless }: Expiry,
  { batch = 500, pause = 10 }: PurgeOptions,
  onDeleted: (rows: number) => void,
): Promise<void> {
  const [from, column, limit] = [sql.table(table), sql.ref(`${table}.${key}`), sql.ref(`${table}.${end}`)]
  const free =
    unless === undefined
      ? sql``
      : sql`and not exists (select 1 from ${sql.table(unless.table)} as user_of where user_of.${sql.ref(unless.column)} = ${column})`
  for (let size = batch; ;) {
    const expired = sql`select ${column} from ${from} where ${limit} < ${before} ${free} order by ${limit} limit ${size}`
    const began = performance.now()
    const { numAffectedRows = 0n } = await database.write(async (transaction) =>
      sql`delete from ${from} where ${column} in (${expired})`.execute(transaction),
    )
    const took = performance.now() - began
    onDeleted(Number(numAffectedRows))
    if (numAffectedRows < BigInt(size)) return
    // A slow disk is slow, and others are not to notice.
    if (took > longest) size = Math.max(1, size >> 1)
    else if (took < longest / 4) size = Math.min(batch, size * 2)
    await sleep(Math.max(pause, took))
  }
}

/** Milliseconds that a batch is to take at most. */
const longest = 20
