import type { Found } from '../core/authenticator.ts'
import type { ServiceAccount } from '../core/identity.ts'
import { verifyJws } from '../crypto/jws.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import { serviceAccountColumns, toServiceAccount, wordsOf } from './principal.ts'
import { type FindIssuerKey, isFitting, readWorkloadToken } from './workload-token.ts'
import { createWorkloadUses } from './workload-uses.ts'

export interface WorkloadFinderOptions {
  readonly database: Database
  /** The issuer of this server: its own tokens are for others. */
  readonly ownIssuer: string
  readonly findKey: FindIssuerKey
  /** Hears why a token was refused, for the log. Callers are told nothing of it (nothing). */
  readonly onRefused?: ((refusal: { readonly id: string | null; readonly reason: WorkloadRefusal }) => void) | undefined
  /** Hears of uses that could not be written (nothing). */
  readonly onError?: ((error: unknown) => void) | undefined
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * `unknown`: nobody trusts such a token, or not at this time; `ambiguous`: more than one service account does; `signature`: the
 * issuer has not signed it; `account`: the service account may not act.
 */
export type WorkloadRefusal = 'malformed' | 'unknown' | 'ambiguous' | 'signature' | 'account'

/** A token of a workload, as `identity.auth`. Never the token itself. */
export interface WorkloadAuth {
  /** The id of the trust. */
  readonly id: string
  readonly issuer: string
  /** Whom the token names. */
  readonly subject: string
  /** What it may do, at most: those of the trust that its service account has. */
  readonly scopes: readonly string[]
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

export interface WorkloadFinder {
  /** Tells tokens of issuers elsewhere by their shape alone: a JWT whose `iss` is another https address than ours. */
  readonly recognises: (text: string) => boolean
  /** Whom a token stands for; `null` for everything that is not so in every point. Throws `Unavailable` where only the keys are missing. */
  readonly find: (text: string) => Promise<Found<ServiceAccount, WorkloadAuth> | null>
  /** Writes what is still to be written. Call it before the database is closed. */
  readonly close: () => Promise<void>
}

/** The reading side of workload trusts: what is trusted is read at every request, so that what was taken back is over at once. */
export function createWorkloadFinder(options: WorkloadFinderOptions): WorkloadFinder {
  const { database, ownIssuer, findKey, onRefused, onError, clock = Date.now } = options
  const uses = createWorkloadUses({ database, onError })

  async function trustsFor(issuer: string, audiences: readonly string[]) {
    return database.read
      .selectFrom('workload_trusts')
      .innerJoin('service_accounts', 'service_accounts.id', 'workload_trusts.service_account_id')
      .leftJoin('organisations', 'organisations.id', 'service_accounts.organisation_id')
      .select(['workload_trusts.id', 'workload_trusts.subject', 'workload_trusts.audience', 'workload_trusts.scopes'])
      .select(['workload_trusts.last_used_at', 'organisations.longest_key_lifetime'])
      .select(serviceAccountColumns)
      .where('workload_trusts.issuer', '=', issuer)
      .where('workload_trusts.audience', 'in', audiences)
      .orderBy('workload_trusts.id')
      .execute()
  }

  function refuse(reason: WorkloadRefusal, id: bigint | null = null): null {
    onRefused?.({ id: id === null ? null : formatId(id), reason })
    return null
  }

  return {
    recognises: (text) => {
      const issuer = readWorkloadToken(text)?.issuer
      return issuer !== undefined && issuer.startsWith('https://') && issuer !== ownIssuer
    },
    find: async (text) => {
      const token = readWorkloadToken(text)
      if (token === null || token.issuer === ownIssuer) return refuse('malformed')
      const now = Math.floor(clock())
      const trusts = (await trustsFor(token.issuer, token.audiences)).filter((trust) =>
        isFitting(token, { ...trust, longestLife: trust.longest_key_lifetime }, now),
      )
      const [trust] = trusts
      if (trust === undefined) return refuse('unknown')
      // Nothing tells which of them is meant, and one may have been added to be taken for another.
      if (trusts.some((other) => other.service_account_id !== trust.service_account_id)) {
        return refuse('ambiguous', trust.id)
      }
      const key = await findKey(token.issuer, token.jws.header)
      if (key === null || !verifyJws(token.jws, key)) return refuse('signature', trust.id)
      const principal = toServiceAccount(trust)
      if (principal === null) return refuse('account', trust.id)
      const { issuer, subject, claims } = token
      const { id: trustId, service_account_id: accountId, last_used_at: lastUsedAt } = trust
      uses.note({ trustId, accountId: accountId ?? 0n, lastUsedAt, text, token, at: now })
      return {
        principal,
        auth: {
          id: formatId(trustId),
          issuer,
          subject,
          scopes: wordsOf(trust.scopes).filter((scope) => principal.scopes.includes(scope)),
          expiresAt: Number(claims['exp']) * 1000,
        },
      }
    },
    close: uses.close,
  }
}
