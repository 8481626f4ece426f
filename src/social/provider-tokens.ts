import { setTimeout as wait } from 'node:timers/promises'
import { ProviderUnavailable } from './provider-refused.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { LinkedAccountRow } from '../storage/schema.ts'
import type { ForeignTokens } from './foreign-identity.ts'
import { newestLinkedRow } from './linked-account-list.ts'
import type { Provider } from './provider.ts'
import type { SealedTokens } from './sealed-tokens.ts'

export interface ProviderTokensOptions {
  readonly database: Database
  readonly sealed: SealedTokens
  readonly providers: ReadonlyMap<string, Pick<Provider, 'refresh' | 'settings'>>
  /** Seconds that whoever refreshes has before somebody else may (30). */
  readonly patience?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * The tokens of providers, for an application that calls their APIs for its users. Where one is about to expire and there is a
 * refresh token, it is refreshed before it is handed out: at one time by one of all processes, since many providers take a
 * refresh token once, and end everything where it comes twice.
 */
export interface ProviderTokens {
  /**
   * What is kept of a user and provider (`storeTokens`); of several accounts, the one that was used last. `null` where nothing
   * is, or it has expired and the provider gives no more. Rejects with `ProviderUnavailable` where it cannot be asked.
   */
  readonly of: (userId: string, provider: string) => Promise<ForeignTokens | null>
}

export function createProviderTokens(options: ProviderTokensOptions): ProviderTokens {
  const { database, sealed, providers, patience = 30, clock = Date.now } = options
  /** What is under way in this process: everybody gets the same. */
  const running = new Map<bigint, Promise<ForeignTokens | null>>()

  async function of(userId: string, provider: string): Promise<ForeignTokens | null> {
    const row = await newestLinkedRow(database.read, userId, provider)
    const tokens = sealed.open(row?.tokens ?? null)
    if (row === null || tokens === null || tokens.accessToken === '') return null
    const { expiresAt, refreshToken } = tokens
    if (expiresAt === null || expiresAt > clock() + early) return tokens
    if (refreshToken === null || !providers.has(provider)) return live(tokens)
    const known = running.get(row.id)
    if (known !== undefined) return known
    const refreshing = refreshed(row, tokens).finally(() => running.delete(row.id))
    running.set(row.id, refreshing)
    return refreshing
  }

  function live(tokens: ForeignTokens): ForeignTokens | null {
    return tokens.expiresAt === null || tokens.expiresAt > clock() ? tokens : null
  }

  async function refreshed(row: LinkedAccountRow, tokens: ForeignTokens): Promise<ForeignTokens | null> {
    const until = Math.floor(clock()) + patience * 1000
    if (!(await hold(row, until))) return whatOthersGot(row)
    try {
      const given = await providers.get(row.provider)?.refresh(tokens.refreshToken ?? '')
      // The provider has ended it: what is left lives as long as it does.
      const next = given === undefined || given === null ? { ...tokens, refreshToken: null } : merged(tokens, given)
      const isStored = await store(row, until, next, given === undefined || given === null)
      // Somebody signed in there meanwhile: theirs are newer.
      return isStored ? live(next) : whatOthersGot(row)
    } catch (error) {
      await release(row, until)
      if (error instanceof ProviderUnavailable && live(tokens) !== null) return tokens
      throw error
    }
  }

  /** Takes the row for a while: of many at once, one is told `true`. */
  async function hold({ id, tokens }: LinkedAccountRow, until: number): Promise<boolean> {
    const now = Math.floor(clock())
    const held = await database.write(async (unit) =>
      unit
        .updateTable('linked_accounts')
        .set({ refreshing_until: until })
        .where('id', '=', id)
        .where('tokens', '=', tokens)
        .where((where) => where.or([where('refreshing_until', 'is', null), where('refreshing_until', '<=', now)]))
        .returning('id')
        .executeTakeFirst(),
    )
    return held !== undefined
  }

  async function release({ id }: LinkedAccountRow, until: number): Promise<void> {
    await database.write(async (unit) => {
      await unit
        .updateTable('linked_accounts')
        .set({ refreshing_until: null })
        .where('id', '=', id)
        .where('refreshing_until', '=', until)
        .execute()
    })
  }

  async function store(row: LinkedAccountRow, until: number, next: ForeignTokens, isEnded: boolean): Promise<boolean> {
    const tokens = sealed.keep({ provider: row.provider, tokens: next })
    return database.write(async (unit) => {
      const stored = await unit
        .updateTable('linked_accounts')
        .set({ tokens, refreshing_until: null })
        .where('id', '=', row.id)
        .where('tokens', '=', row.tokens)
        .where('refreshing_until', '=', until)
        .returning('id')
        .executeTakeFirst()
      if (stored === undefined) return false
      await database.audit(unit, {
        event: isEnded ? 'linked_account.tokens_ended' : 'linked_account.tokens_refreshed',
        actor: `provider:${row.provider}`,
        subject: `user:${formatId(row.user_id)}`,
        detail: { provider: row.provider, subject: row.subject },
      })
      return true
    })
  }

  /** Waits for whoever holds the row, and takes what they got; where they never come back, it is tried once more. */
  async function whatOthersGot(before: LinkedAccountRow): Promise<ForeignTokens | null> {
    for (let tries = 0; tries < (patience * 1000) / pause; tries += 1) {
      const query = database.read.selectFrom('linked_accounts').selectAll().where('id', '=', before.id)
      const row = await query.executeTakeFirst()
      if (row === undefined) return null
      const tokens = sealed.open(row.tokens)
      const isSame = row.tokens !== null && before.tokens !== null && Buffer.compare(row.tokens, before.tokens) === 0
      if (!isSame) return tokens === null || tokens.accessToken === '' ? null : live(tokens)
      if (row.refreshing_until === null || row.refreshing_until <= clock()) {
        return tokens === null ? null : refreshed(row, tokens)
      }
      await wait(pause)
    }
    throw new ProviderUnavailable(providers.get(before.provider)?.settings.name ?? before.provider)
  }

  return { of }
}

/** RFC 6749, section 6: what is not given anew stays as it was. */
function merged(before: ForeignTokens, given: ForeignTokens): ForeignTokens {
  return {
    accessToken: given.accessToken,
    refreshToken: given.refreshToken ?? before.refreshToken,
    idToken: given.idToken ?? before.idToken,
    expiresAt: given.expiresAt,
    scope: given.scope ?? before.scope,
  }
}

/** Milliseconds before the end from which on a token is refreshed: enough for the call that it is wanted for. */
const early = 60_000

/** Milliseconds between two looks at what somebody else is doing. */
const pause = 50
