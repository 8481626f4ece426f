import { type Expression, type ExpressionBuilder, sql, type SqlBool } from 'kysely'
import { type AddressRanges, createAddressRanges } from '../http/address-ranges.ts'
import { idOrNone } from '../storage/id.ts'
import type { Schema } from '../storage/schema.ts'

/** Which sessions. What is left out may be anything. Times are milliseconds since 1970. */
export interface SessionFilter {
  /** The id of a user. */
  readonly userId?: string | undefined
  /** An address or a range, such as `203.0.113.0/24`: from where they signed in. */
  readonly network?: string | undefined
  /** Only those that began before. */
  readonly startedBefore?: number | undefined
  /** Only those that were not used since. */
  readonly lastSeenBefore?: number | undefined
  /** The `client_id` of an application that may act on the sign-in. */
  readonly client?: string | undefined
  /** How they signed in. */
  readonly way?: SessionWay | undefined
  /** Only those that rest on one factor alone. */
  readonly withoutSecondFactor?: boolean | undefined
}

/** A way to sign in. */
export type SessionWay = 'password' | 'passkey' | 'email' | 'elsewhere' | 'remembered' | 'emergency'

/** The words of RFC 8176 for each. */
export const sessionWays: Readonly<Record<SessionWay, readonly string[]>> = {
  password: ['pwd'],
  passkey: ['hwk', 'swk'],
  email: ['email'],
  elsewhere: ['fed'],
  remembered: ['rba'],
  emergency: ['break_glass'],
}

/** The part of a filter that the database answers, for a query from `sessions`. */
export function sessionConditions(
  filter: SessionFilter,
): (is: ExpressionBuilder<Schema, 'sessions'>) => Expression<SqlBool> {
  const { userId, startedBefore, lastSeenBefore, client, way, withoutSecondFactor } = filter
  return (is) => {
    const all: Expression<SqlBool>[] = []
    if (userId !== undefined) all.push(is('sessions.user_id', '=', idOrNone(userId)))
    if (startedBefore !== undefined) all.push(is('sessions.created_at', '<', startedBefore))
    if (lastSeenBefore !== undefined) all.push(is('sessions.last_seen_at', '<', lastSeenBefore))
    if (way !== undefined) all.push(is.or(sessionWays[way].map(hasWord)))
    if (withoutSecondFactor === true) all.push(is.not(hasWord('mfa')))
    if (client !== undefined) {
      all.push(
        is.exists(
          is
            .selectFrom('grants')
            .innerJoin('clients', 'clients.id', 'grants.client_id')
            .select('grants.id')
            .whereRef('grants.sign_in_id', '=', 'sessions.sign_in_id')
            .where('clients.identifier', '=', client)
            .where('grants.revoked_at', 'is', null),
        ),
      )
    }
    return is.and(all)
  }
}

/**
 * The part that is looked at here, since no index and not every database knows ranges of addresses; `null`: nothing. Throws
 * `TypeError` where `network` is no address and no range.
 */
export function networkOfFilter({ network }: SessionFilter): AddressRanges | null {
  return network === undefined ? null : createAddressRanges([network])
}

function hasWord(word: string): Expression<SqlBool> {
  return sql<SqlBool>`' ' || sessions.amr || ' ' like ${`% ${word} %`}`
}
