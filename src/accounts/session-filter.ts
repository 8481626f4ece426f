import { type Expression, expressionBuilder, sql, type SqlBool } from 'kysely'
import { type AddressKeys, addressKeys } from '../http/address-keys.ts'
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

/**
 * The parts of a filter, by name: what narrows the list, each for a query from `sessions`. Times come first: in the order of ids,
 * sessions from long ago are found after all others. Throws `TypeError` where `network` is no address and no range.
 *
 * Words of `amr` stand as literals, and as in the migration that makes the indexes: only then are these used.
 */
export function sessionConditions(filter: SessionFilter): ReadonlyMap<keyof SessionFilter, Expression<SqlBool>> {
  const { userId, startedBefore, lastSeenBefore, client, way, withoutSecondFactor } = filter
  const all = new Map<keyof SessionFilter, Expression<SqlBool>>()
  const is = expressionBuilder<Schema, 'sessions'>()
  if (startedBefore !== undefined) all.set('startedBefore', is('sessions.created_at', '<', startedBefore))
  if (lastSeenBefore !== undefined) all.set('lastSeenBefore', is('sessions.last_seen_at', '<', lastSeenBefore))
  if (userId !== undefined) all.set('userId', is('sessions.user_id', '=', idOrNone(userId)))
  if (client !== undefined) {
    const allowed = is
      .selectFrom('grants')
      .innerJoin('clients', 'clients.id', 'grants.client_id')
      .select('grants.id')
      .whereRef('grants.sign_in_id', '=', 'sessions.sign_in_id')
      .where('clients.identifier', '=', client)
      .where('grants.revoked_at', 'is', null)
    all.set('client', is.exists(allowed))
  }
  const keys = networkOfFilter(filter)
  if (keys !== null) {
    const { first, last } = keys
    const key = 'sessions.address_key'
    all.set('network', first === last ? is(key, '=', first) : is.between(key, first, last))
  }
  if (way !== undefined) all.set('way', sql.raw<SqlBool>(`(${sessionWays[way].map(hasWord).join(' or ')})`))
  if (withoutSecondFactor === true) all.set('withoutSecondFactor', sql.raw<SqlBool>(`${padded} not like '% mfa %'`))
  return all
}

/** The range of a filter, `null` where it names none. Throws `TypeError` where it is no address and no range. */
export function networkOfFilter({ network }: SessionFilter): AddressKeys | null {
  return network === undefined ? null : addressKeys(network)
}

const padded = `' ' || sessions.amr || ' '`

function hasWord(word: string): string {
  return `${padded} like '% ${word} %'`
}
