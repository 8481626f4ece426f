import { sql } from 'kysely'
import type { Found } from '../core/authenticator.ts'
import type { ServiceAccount, User } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { equalBytes } from '../crypto/compare.ts'
import { createAddressRanges } from '../http/address.ts'
import type { AddressRanges } from '../http/address-ranges.ts'
import { userAgentIn } from '../http/user-agent.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { ApiKeyRow } from '../storage/schema.ts'
import { apiKeyRecord } from './api-key-record.ts'
import type { ApiKeyMode, ApiKeyRecord } from './api-key-record.ts'
import type { ParsedToken, TokenFormat } from './format.ts'
import { principalColumns, toPrincipal, wordsOf } from './principal.ts'
import type { PrincipalColumns } from './principal.ts'
import type { KeyUsage } from './key-usage.ts'
import { rememberUse } from './noted-status.ts'
import { createTouches } from './touches.ts'

export interface ApiKeyFinderOptions {
  readonly database: Database
  readonly format: TokenFormat
  /** A last word on keys that are good otherwise, such as whether their organisation has paid (all are usable). */
  readonly usable?: (key: ApiKeyRecord) => Promise<boolean>
  /** Seconds that `last used` may be behind (60). */
  readonly precision?: number
  /** Counts uses of keys, for their owners (nothing). */
  readonly usage?: Pick<KeyUsage, 'count'> | undefined
  /** Hears why a key was refused, for the log. Callers are told nothing of it (nothing). */
  readonly onRefused?: (refusal: { readonly id: string | null; readonly reason: ApiKeyRefusal }) => void
  /** Hears of `last used` that could not be written (nothing). */
  readonly onError?: (error: unknown) => void
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * `malformed`: no key of ours; `unknown`: no row; `wrong`: the row of another secret; `rotated`: the old secret after its
 * overlap; `owner`: inactive; `unusable`: by `usable`.
 */
export type ApiKeyRefusal =
  | 'malformed'
  | 'unknown'
  | 'wrong'
  | 'rotated'
  | 'revoked'
  | 'disabled'
  | 'expired'
  | 'address'
  | 'owner'
  | 'unusable'

/** An API key, as `identity.auth`: what permissions, throttles and the audit go by. Never the key itself. */
export interface ApiKeyAuth {
  readonly id: string
  readonly name: string
  /** What it may do, at most: never more than the service account that it belongs to. */
  readonly scopes: readonly string[]
  readonly mode: ApiKeyMode
  /** Its own rate, such as `100/min`; `null` takes that of the server. */
  readonly rate: string | null
  /** Milliseconds since 1970; `null`: it does not expire. */
  readonly expiresAt: number | null
}

/** Where a key comes from: the caller's address, and the request, where it is known. */
export interface KeySource {
  readonly address: string | null
  readonly request?: (Pick<AuthRequest, 'method' | 'url'> & Partial<Pick<AuthRequest, 'headers'>>) | undefined
}

export interface ApiKeyFinder {
  readonly find: (text: string, from: KeySource) => Promise<Found<User | ServiceAccount, ApiKeyAuth> | null>
  readonly close: () => Promise<void>
}

/** The reading side of API keys: one look-up joined with its owner, and uses that are written down later. */
export function createApiKeyFinder(options: ApiKeyFinderOptions): ApiKeyFinder {
  const { database, format, usable, usage, onRefused, clock = Date.now } = options
  const precision = (options.precision ?? 60) * 1000
  const lookup = database.lookup<Row>((read, match) =>
    read
      .selectFrom('api_keys')
      .leftJoin('users', 'users.id', 'api_keys.user_id')
      .leftJoin('service_accounts', 'service_accounts.id', 'api_keys.service_account_id')
      .selectAll('api_keys')
      .select(principalColumns)
      .where(match('api_keys.id')),
  )
  const allows = createAddressRules()
  // Apart, so that a use of the old secret shows however often the new one is used.
  const uses = createKeyTouches(options, 'last_used_at')
  const nextUses = createKeyTouches(options, 'next_last_used_at')

  async function find(text: string, from: KeySource): Promise<Found<User | ServiceAccount, ApiKeyAuth> | null> {
    const token = format.parse(text)
    if (token?.kind !== 'live' && token?.kind !== 'test') return refuse(null, 'malformed')
    const row = await lookup(token.id)
    if (row === null || row.mode !== token.kind) return refuse(token.id, 'unknown')
    const now = Math.floor(clock())
    const { address } = from
    const refused = (reason: ApiKeyRefusal): null => {
      count(row.id, reason, now, from)
      return refuse(row.id, reason)
    }
    const secret = secretOf(row, token)
    const reason = whyNot(row, secret, now)
    if (reason !== null) return refused(reason)
    if (!allows(row.allowed_addresses, address)) return refused('address')
    // Keys belong to programs: that a person signs out everywhere does not stop them.
    const principal = toPrincipal(row, Infinity, now)
    if (principal === null) return refused('owner')
    if (usable !== undefined && !(await usable(apiKeyRecord(row, format)))) return refused('unusable')
    used(row, secret, now, from)
    count(row.id, 'accepted', now, from)
    return { principal, auth: authOf(row, token.kind, principal) }
  }

  function refuse(id: bigint | null, reason: ApiKeyRefusal): null {
    onRefused?.({ id: id === null ? null : formatId(id), reason })
    return null
  }

  function count(id: bigint, outcome: string, at: number, { address, request }: KeySource): void {
    if (usage === undefined) return
    const use = { at, outcome, address, method: request?.method ?? null, path: pathOf(request?.url), status: null }
    usage.count(id, use)
    if (request !== undefined) rememberUse(request, use)
  }

  function used(row: Row, secret: Secret, at: number, { address, request }: KeySource): void {
    const last = secret === 'next' ? row.next_last_used_at : row.last_used_at
    if (last !== null && at - last < precision && row.last_used_address === address) return
    const touches = secret === 'next' ? nextUses : uses
    touches.touch(row.id, { at, address, userAgent: userAgentIn(request?.headers) })
  }

  return {
    find,
    close: async () => {
      await uses.close()
      await nextUses.close()
    },
  }
}

type Row = ApiKeyRow & PrincipalColumns
type Secret = 'current' | 'next' | 'none'

interface Touch {
  readonly at: number
  readonly address: string | null
  readonly userAgent: string | null
}

function secretOf(row: ApiKeyRow, { digest }: ParsedToken): Secret {
  if (row.next_digest !== null && equalBytes(row.next_digest, digest)) return 'next'
  return equalBytes(row.digest, digest) ? 'current' : 'none'
}

function whyNot(row: ApiKeyRow, secret: Secret, now: number): ApiKeyRefusal | null {
  if (secret === 'none') return 'wrong'
  const { rotation_ends_at: rotationEnd, expires_at: end } = row
  if (secret === 'current' && row.next_digest !== null && rotationEnd !== null && now >= rotationEnd) return 'rotated'
  if (row.revoked_at !== null) return 'revoked'
  if (row.disabled_at !== null) return 'disabled'
  return end !== null && now >= end ? 'expired' : null
}

function authOf(row: ApiKeyRow, mode: ApiKeyMode, principal: User | ServiceAccount): ApiKeyAuth {
  const scopes = wordsOf(row.scopes)
  return {
    id: formatId(row.id),
    name: row.name,
    scopes: principal.kind === 'user' ? scopes : scopes.filter((scope) => principal.scopes.includes(scope)),
    mode,
    rate: row.rate,
    expiresAt: row.expires_at,
  }
}

/** A path is for its owner to read: no query, which may hold what is nobody's business, and not without end. */
function pathOf(url: string | undefined): string | null {
  if (url === undefined) return null
  const path = url.replace(/[?#].*$/s, '').replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '')
  return path.slice(0, 200) || '/'
}

/** Remembers the rules that were read: a key brings the same list each time. */
function createAddressRules(): (list: string, address: string | null) => boolean {
  const known = new Map<string, AddressRanges>()
  return (list, address) => {
    if (list === '') return true
    let rule = known.get(list)
    if (rule === undefined) {
      if (known.size === 1000) known.clear()
      rule = createAddressRanges(wordsOf(list))
      known.set(list, rule)
    }
    return rule(address)
  }
}

function createKeyTouches({ database, onError }: ApiKeyFinderOptions, column: 'last_used_at' | 'next_last_used_at') {
  return createTouches<Touch>({
    database,
    ...(onError === undefined ? {} : { onError }),
    write: async (unit, rows) => {
      const values = rows.map(
        ([id, { at, address, userAgent }]) =>
          sql`(cast(${id} as bigint), cast(${at} as bigint), cast(${address} as text), cast(${userAgent} as text))`,
      )
      await sql`
        with touched (id, at, address, user_agent) as (values ${sql.join(values)})
        update api_keys set
          ${sql.ref(column)} = touched.at,
          last_used_address = touched.address,
          last_used_user_agent = touched.user_agent
        from touched
        where api_keys.id = touched.id and (${sql.ref(column)} is null or ${sql.ref(column)} < touched.at)
      `.execute(unit)
    },
  })
}
