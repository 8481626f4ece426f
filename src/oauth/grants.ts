import type { Transaction, UpdateQueryBuilder, UpdateResult } from 'kysely'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { Revocations } from '../storage/revocations.ts'
import type { GrantRow, Schema } from '../storage/schema.ts'
import type { By } from '../tokens/owner.ts'
import { wordsOf } from '../tokens/principal.ts'
import type { RequestedClaims } from './checks/claims.ts'

/** Why a grant is over, as it is written down. */
export type GrantEnd =
  | 'code_replayed'
  | 'reused'
  | 'revoked'
  | 'signed_out'
  | 'password_changed'
  | 'user_disabled'
  | 'consent_withdrawn'
  | 'left_organisation'

/** What its tokens tell of the sign-in behind a grant, and what was asked for with it. Times are seconds since 1970. */
export interface GrantDetail {
  readonly authTime?: number
  /** RFC 8176. */
  readonly amr?: readonly string[]
  readonly acr?: string
  readonly nonce?: string
  /** `claims` (OpenID Connect Core 1.0, section 5.5), as it was checked. */
  readonly claims?: RequestedClaims
  /** How the grant came about. */
  readonly by: 'authorization_code' | 'device_code' | 'password' | 'implicit' | 'jwt_bearer'
}

/** One authorization of a client, by a user. */
export interface Grant {
  readonly id: bigint
  readonly clientKey: bigint
  readonly userId: bigint
  readonly signInId: bigint | null
  readonly scopes: readonly string[]
  /** Absolute URIs that its tokens may be for; empty: the server's own API. */
  readonly resources: readonly string[]
  /** Whether it lives on when its sign-in ends. */
  readonly isOffline: boolean
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly expiresAt: number
  readonly detail: GrantDetail
  /** The id of the organisation that it is for, and no other (none: the user as a whole). */
  readonly organisationId?: bigint | null
  /** When its client last used it, to the minute: see `grant-uses.ts`. Milliseconds since 1970; `null`: not since this is kept. */
  readonly lastUsedAt: number | null
}

export interface GrantsOptions {
  readonly database: Database
  readonly revocations: Pick<Revocations, 'revoke'>
  /** The longest that a token of a grant lives which nobody looks up, in milliseconds. */
  readonly accessLifetime: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** The rows that tokens hang on. */
export interface Grants {
  /** Makes the row of a grant, to be stored with what hangs on it. */
  readonly make: (grant: Omit<Grant, 'id' | 'createdAt' | 'lastUsedAt'>) => GrantRow
  /** Whether a user has allowed a client something that is not over. */
  readonly isAlive: (of: { readonly userId: bigint; readonly clientKey: bigint }) => Promise<boolean>
  /** Ends a grant and all its tokens, and tells whether it was alive. */
  readonly end: (id: bigint, reason: GrantEnd, by: By) => Promise<boolean>
  /** Ends all of a user with a client. How many there were. */
  readonly endFor: (
    of: { readonly userId: bigint; readonly clientKey: bigint },
    reason: GrantEnd,
    by: By,
  ) => Promise<number>
  /** Ends those that live only as long as their sign-in, in the unit that ends it (OpenID Connect Back-Channel Logout 1.0, section 2.7). */
  readonly endOfSignIn: (
    unit: Transaction<Schema>,
    signInId: bigint,
    by: By,
    /** Only those of this client (all). */
    clientKey?: bigint,
  ) => Promise<readonly Grant[]>
}

export function createGrants({ database, revocations, accessLifetime, clock = Date.now }: GrantsOptions): Grants {
  async function end(
    unit: Transaction<Schema>,
    which: (rows: Live) => Live,
    reason: GrantEnd,
    by: By,
  ): Promise<readonly GrantRow[]> {
    const now = Math.floor(clock())
    const query = unit
      .updateTable('grants')
      .set({ revoked_at: now, revoked_for: reason })
      .where('revoked_at', 'is', null)
    const ended = await which(query).returningAll().execute()
    for (const { id } of ended) {
      await revocations.revoke(unit, { kind: 'family', subjectId: id, expiresAt: now + accessLifetime })
      await database.audit(unit, { ...by, event: 'grant.revoked', subject: subjectOf(id), detail: { reason } })
    }
    return ended
  }

  return {
    make: (grant) => ({
      id: database.newId(),
      client_id: grant.clientKey,
      user_id: grant.userId,
      sign_in_id: grant.signInId,
      scopes: grant.scopes.join(' '),
      resources: grant.resources.join(' '),
      is_offline: grant.isOffline ? 1 : 0,
      created_at: Math.floor(clock()),
      expires_at: grant.expiresAt,
      revoked_at: null,
      revoked_for: null,
      detail: JSON.stringify(grant.detail),
      organisation_id: grant.organisationId ?? null,
      // Its client has just come for it.
      last_used_at: Math.floor(clock()),
    }),
    isAlive: async ({ userId, clientKey }) => {
      const alive = database.read
        .selectFrom('grants')
        .select('id')
        .where('user_id', '=', userId)
        .where('client_id', '=', clientKey)
        .where('revoked_at', 'is', null)
        .where('expires_at', '>', Math.floor(clock()))
      return (await alive.limit(1).executeTakeFirst()) !== undefined
    },
    end: async (id, reason, by) =>
      database.write(async (unit) => (await end(unit, (rows) => rows.where('id', '=', id), reason, by)).length > 0),
    endFor: async ({ userId, clientKey }, reason, by) =>
      database.write(async (unit) => {
        const theirs = (rows: Live): Live => rows.where('user_id', '=', userId).where('client_id', '=', clientKey)
        return (await end(unit, theirs, reason, by)).length
      }),
    endOfSignIn: async (unit, signInId, by, clientKey) => {
      const all = (rows: Live): Live => rows.where('sign_in_id', '=', signInId).where('is_offline', '=', 0)
      const ofIt = (rows: Live): Live =>
        clientKey === undefined ? all(rows) : all(rows).where('client_id', '=', clientKey)
      return (await end(unit, ofIt, 'signed_out', by)).map(grantOf)
    },
  }
}

/** Reads a grant from its row. */
export function grantOf(row: GrantRow): Grant {
  return {
    id: row.id,
    clientKey: row.client_id,
    userId: row.user_id,
    signInId: row.sign_in_id,
    scopes: wordsOf(row.scopes),
    resources: wordsOf(row.resources),
    isOffline: row.is_offline === 1,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    detail: JSON.parse(row.detail) as GrantDetail,
    organisationId: row.organisation_id,
    lastUsedAt: row.last_used_at,
  }
}

export function subjectOf(id: bigint): string {
  return `grant:${formatId(id)}`
}

type Live = UpdateQueryBuilder<Schema, 'grants', 'grants', UpdateResult>
