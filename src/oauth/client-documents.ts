import { Unavailable } from '../core/errors.ts'
import { FetchRefused, type SafeFetch } from '../http/safe-fetch.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { ClientRow } from '../storage/schema.ts'
import { clientOf, type OAuthClient } from './client.ts'
import type { CheckedClient } from './client-values.ts'
import { documentClient, DocumentRefused } from './document-client.ts'
import { freshnessOf } from './document-freshness.ts'
import { OAuthError } from './oauth-error.ts'
import type { SelfRegistrationRules } from './self-registration.ts'

export interface ClientDocumentsOptions {
  readonly database: Database
  /** How documents are asked for: `createSafeFetch({ limit: 16_384, timeout: 5000 })`, never without its guards. */
  readonly fetch: SafeFetch
  /** What clients get that come by a document. */
  readonly rules: SelfRegistrationRules
  /** Checks `sector_identifier_uri`. */
  readonly checkSectorIdentifier: (metadata: CheckedClient['metadata']) => Promise<void>
  /** Hears why a document was not taken (nobody). */
  readonly onRefused?: (refused: { readonly url: string; readonly reason: string }) => void
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Clients that nobody registered: their `client_id` is the address of a document that says who they are. */
export interface ClientDocuments {
  /**
   * The client of an address, given what is stored of it: that as long as it is fresh, else what the document says now.
   * `null` where there is no document to go by. Throws `Unavailable` where too many are asked for at once.
   */
  readonly current: (url: string, stored: OAuthClient | null) => Promise<OAuthClient | null>
}

/**
 * OAuth Client ID Metadata Document, draft 02. The address is a stranger's word, so asking is bounded: all who want one
 * share one question, few are under way at once or new in a minute, one that failed is left alone for twice as long each time, and what was
 * read is kept for five minutes at least. A document whose server is away goes on counting for a day.
 */
export function createClientDocuments(options: ClientDocumentsOptions): ClientDocuments {
  const { database, fetch, rules, checkSectorIdentifier } = options
  const { onRefused = () => undefined, clock = Date.now } = options
  const underWay = new Map<string, Promise<OAuthClient | null>>()
  const failures = new Map<string, Failure>()
  let minute = 0
  let newInMinute = 0

  async function read(url: string, stored: OAuthClient | null): Promise<OAuthClient | null> {
    try {
      const answer = await fetch(url, { headers: { accept: 'application/json' } })
      const checked = documentClient(url, answer, rules)
      await checkSectorIdentifier(checked.metadata)
      const freshUntil = Math.floor(clock() + freshnessOf(answer.headers, clock()))
      failures.delete(url)
      return await keep(url, checked, freshUntil)
    } catch (error) {
      if (!(error instanceof FetchRefused || error instanceof DocumentRefused || error instanceof OAuthError))
        throw error
      remember(url)
      onRefused({ url, reason: error.message })
      // What is wrong counts at once; what is only away may come back.
      return isAway(error) ? stillGood(stored) : null
    }
  }

  /** Writes down what a document says, unless a client of that name was registered by somebody else. */
  async function keep(url: string, checked: CheckedClient, freshUntil: number): Promise<OAuthClient | null> {
    const now = Math.floor(clock())
    const { name, authMethod, grantTypes, scopes, metadata } = checked
    const said = {
      name,
      is_confidential: authMethod === 'none' ? 0 : 1,
      auth_method: authMethod,
      grant_types: grantTypes.join(' '),
      scopes: scopes.join(' '),
      metadata: JSON.stringify(metadata),
      updated_at: now,
      fresh_until: freshUntil,
    }
    const id = database.newId()
    const row = { ...nothingElse, ...said, id, identifier: url, source: 'document', is_active: 1, created_at: now }
    const kept = await database.write(async (unit) => {
      const written = await unit
        .insertInto('clients')
        .values(row)
        .onConflict((known) => known.column('identifier').doUpdateSet(said).where('clients.source', '=', 'document'))
        .returningAll()
        .executeTakeFirst()
      if (written === undefined || written.id !== id) return written
      const detail = { client: url, source: 'document', name }
      await database.audit(unit, {
        actor: 'system',
        event: 'client.created',
        subject: `client:${formatId(id)}`,
        detail,
      })
      return written
    })
    return kept === undefined ? null : clientOf(kept)
  }

  /** Whoever makes addresses up by the thousand fills this, and not the table of clients. */
  function isTooNew(): boolean {
    const now = Math.floor(clock() / 60_000)
    newInMinute = now === minute ? newInMinute + 1 : 1
    minute = now
    return newInMinute > mostNew
  }

  function stillGood(stored: OAuthClient | null): OAuthClient | null {
    return stored !== null && clock() < (stored.row.fresh_until ?? 0) + staleFor ? stored : null
  }

  function remember(url: string): void {
    const times = (failures.get(url)?.times ?? 0) + 1
    failures.delete(url)
    failures.set(url, { times, until: clock() + Math.min(firstPause * 2 ** (times - 1), longestPause) })
    if (failures.size > mostFailures) failures.delete(failures.keys().next().value ?? url)
  }

  return {
    current: async (url, stored) => {
      if (stored !== null && clock() < (stored.row.fresh_until ?? 0)) return stored
      const asked = underWay.get(url)
      if (asked !== undefined) return await asked
      if (clock() < (failures.get(url)?.until ?? 0)) return stillGood(stored)
      if (underWay.size >= mostAtOnce || (stored === null && isTooNew())) throw new Unavailable()
      const asking = read(url, stored).finally(() => underWay.delete(url))
      underWay.set(url, asking)
      return await asking
    },
  }
}

interface Failure {
  /** In a row. */
  readonly times: number
  readonly until: number
}

/** Milliseconds. */
const firstPause = 10_000
const longestPause = 3_600_000
const staleFor = 86_400_000

const mostFailures = 10_000

/** How many documents are asked for at once: whoever wants the next one is told to come back. */
const mostAtOnce = 8

/** How many are asked for in a minute that were never read before. */
const mostNew = 120

function isAway(error: Error): boolean {
  if (error instanceof DocumentRefused) return error.isAway
  return error instanceof FetchRefused && (error.reason === 'unreachable' || error.reason === 'timeout')
}

const nothingElse: Omit<ClientRow, 'id' | 'identifier' | 'source' | 'is_active' | 'created_at' | keyof Said> = {
  owner_id: null,
  secret_digest: null,
  secret_last_used_at: null,
  imported_secret_hash: null,
  next_secret_digest: null,
  next_secret_last_used_at: null,
  rotation_ends_at: null,
  sealed_secret: null,
  registration_digest: null,
  organisation_id: null,
  organisation_suspended: 0,
  held: 0,
  credentials_end_at: null,
}

type Said = Pick<
  ClientRow,
  'name' | 'is_confidential' | 'auth_method' | 'grant_types' | 'scopes' | 'metadata' | 'updated_at' | 'fresh_until'
>
