import type { User } from '../core/identity.ts'
import { equalBytes } from '../crypto/compare.ts'
import { digest } from '../crypto/digest.ts'
import type { Database, Rows } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import { findImported } from '../storage/imported-credentials.ts'
import type { GrantTokenRow } from '../storage/schema.ts'
import type { TokenFormat } from '../tokens/format.ts'
import type { By } from '../tokens/owner.ts'
import type { Confirmation } from './access-tokens.ts'
import type { OAuthClient } from './client.ts'
import { grantIn, grantUserIn, isGrantAlive } from './grant-columns.ts'
import { type Grant, subjectOf } from './grants.ts'
import { isSignInOver, refreshTokenLookup } from './refresh-token-row.ts'
import { refreshTokenStatements } from './refresh-token-statements.ts'

export interface RefreshTokensOptions {
  readonly database: Database
  readonly format: TokenFormat
  /** Seconds that a refresh token lives which is not used (7 days). Clients may have their own. */
  readonly refreshTokenLifetime?: number
  /** Seconds after which a browser session that is not used is over (two weeks): that of `createSessions`. */
  readonly sessionIdle?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export interface NewRefreshToken {
  readonly grant: Pick<Grant, 'id' | 'expiresAt'>
  readonly client: OAuthClient
  /** What the caller has proven to hold: the tokens of public clients are bound to it. */
  readonly confirmation: Confirmation | null
  /** Milliseconds since 1970. */
  readonly now: number
}

/** A refresh token as it is stored, with what it hangs on. */
export interface StoredRefreshToken {
  readonly id: bigint
  readonly grant: Grant
  /** `null` where the user is not there or may not any more. */
  readonly user: User | null
  readonly confirmation: Confirmation | null
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly expiresAt: number
  readonly spentAt: number | null
  /** The one that was given for it. */
  readonly nextId: bigint | null
  /** Whether its grant, its user and the sign-in that it may need are there and not over. */
  readonly isLive: boolean
}

export interface Spending {
  readonly successor: GrantTokenRow
  /** What is given with it: rows to be stored, and what the audit log is to say of it. */
  readonly rows: Pick<Rows, 'access_tokens' | 'audit'>
  /** What may be given again (nothing). */
  readonly given: GivenAnswer | null
  readonly by: By
}

/** The answer in which a token was given for the one before it. It is kept until that token is spent. */
export interface GivenAnswer {
  /** Digest of what the caller showed of itself. */
  readonly askedBy: Uint8Array
  /** Sealed under the token before. */
  readonly answer: Uint8Array
}

export interface Keeping extends Pick<Spending, 'rows' | 'by'> {
  readonly client: OAuthClient
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * The rows behind refresh tokens. Each is used once, for the next one of its grant (RFC 9700, section 4.14.2), but for those of
 * clients that keep theirs.
 */
export interface RefreshTokens {
  /**
   * Whether a grant of these scopes gets one. Where a person signs in with OpenID, they have to allow `offline_access`
   * (OpenID Connect Core 1.0, section 11).
   */
  readonly getsRefreshToken: (client: OAuthClient, scopes: readonly string[]) => boolean
  /** Makes the first one of a grant, or the next, and the row that has to be stored before the text is given away. */
  readonly first: (token: NewRefreshToken) => { readonly text: string; readonly row: GrantTokenRow }
  /** Finds one, whatever its state: one read. `null` where there is none. */
  readonly find: (text: string) => Promise<StoredRefreshToken | null>
  /** The answer that was given for one that is spent; `null` where what it gave was used, or it is not to be given twice. */
  readonly givenFor: (token: Pick<StoredRefreshToken, 'nextId'>) => Promise<GivenAnswer | null>
  /** Spends one and stores what is given for it: `false` where it is spent, or its grant or user is no longer good. */
  readonly spend: (token: StoredRefreshToken, spending: Spending) => Promise<boolean>
  /**
   * Whether a client keeps a token instead of getting the next one: only where whoever steals it cannot use it, since it is
   * bound to a key or a certificate, or to the authentication of the client (OAuth 2.1, section 4.3.1).
   */
  readonly isKept: (client: OAuthClient, token: Pick<StoredRefreshToken, 'confirmation'>) => boolean
  /** Stores what is given for a token that is kept, which lives on from now: `false` as for `spend`. */
  readonly keep: (token: StoredRefreshToken, keeping: Keeping) => Promise<boolean>
}

export function createRefreshTokens(options: RefreshTokensOptions): RefreshTokens {
  const { database, format, refreshTokenLifetime = 604_800, sessionIdle = 1_209_600, clock = Date.now } = options
  const statements = refreshTokenStatements(database)
  const endOf = (client: OAuthClient, grant: Pick<Grant, 'expiresAt'>, now: number): number =>
    Math.min(now + (client.metadata.refreshTokenLifetime ?? refreshTokenLifetime) * 1000, grant.expiresAt)
  const lookup = refreshTokenLookup(database)
  const imported = findImported(database, 'oauth2_provider.refreshtoken')
  const lookupNext = database.lookup<Pick<GrantTokenRow, 'id' | 'asked_by' | 'answer'>>((read, match) =>
    read.selectFrom('grant_tokens').select(['id', 'asked_by', 'answer']).where(match('id')),
  )

  return {
    getsRefreshToken: (client, scopes) =>
      client.grantTypes.includes('refresh_token') && (scopes.includes('offline_access') || !scopes.includes('openid')),

    first: ({ grant, client, confirmation, now }) => {
      const id = database.newId()
      const { text, digest: kept } = format.make('rt', id)
      // RFC 9449, section 5; RFC 8705, section 4: those of confidential clients are bound to the client itself.
      const bound = client.isConfidential || confirmation === null ? null : JSON.stringify(confirmation)
      const row = {
        id,
        digest: kept,
        grant_id: grant.id,
        confirmation: bound,
        created_at: now,
        expires_at: endOf(client, grant, now),
        spent_at: null,
        next_id: null,
        asked_by: null,
        answer: null,
      }
      return { text, row }
    },

    find: async (text) => {
      const token = format.parse(text)
      // What another server made has no shape that it is known by.
      const id = token === null ? await imported(text) : token.kind === 'rt' ? token.id : null
      const row = id === null ? null : await lookup(id)
      if (row === null || !equalBytes(row.digest, token?.digest ?? digest(text))) return null
      const now = clock()
      const user = grantUserIn(row, now)
      return {
        id: row.id,
        grant: grantIn(row),
        user,
        confirmation: row.confirmation === null ? null : (JSON.parse(row.confirmation) as Confirmation),
        createdAt: row.created_at,
        expiresAt: row.expires_at,
        spentAt: row.spent_at,
        nextId: row.next_id,
        isLive: user !== null && isGrantAlive(row, now) && !isSignInOver(row, sessionIdle, now),
      }
    },

    givenFor: async ({ nextId }) => {
      const next = nextId === null ? null : await lookupNext(nextId)
      if (next === null || next.answer === null || next.asked_by === null) return null
      return { askedBy: next.asked_by, answer: next.answer }
    },

    spend: async ({ id, grant }, { successor, rows, given, by }) => {
      const [issued] = [rows.audit ?? []].flat()
      const tokens = { access: issued?.subject, spent: formatId(id), next: formatId(successor.id) }
      const detail = { ...issued?.detail, ...tokens }
      return database.appendIf({
        guard: statements.spend({ id, now: successor.created_at, nextId: successor.id }),
        rows: {
          ...rows,
          grant_tokens: given === null ? successor : { ...successor, asked_by: given.askedBy, answer: given.answer },
          audit: { ...by, event: 'grant.refreshed', subject: subjectOf(grant.id), detail },
        },
      })
    },

    isKept: (client, { confirmation }) =>
      client.metadata.rotateRefreshTokens === false && (client.isConfidential || confirmation !== null),

    keep: async ({ id, grant }, { client, rows, by, now }) => {
      const [issued] = [rows.audit ?? []].flat()
      const detail = { ...issued?.detail, access: issued?.subject, kept: formatId(id) }
      return database.appendIf({
        guard: statements.keep({ id, now, expiresAt: endOf(client, grant, now) }),
        rows: { ...rows, audit: { ...by, event: 'grant.refreshed', subject: subjectOf(grant.id), detail } },
      })
    },
  }
}
