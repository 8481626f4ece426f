import type { User } from '../core/identity.ts'
import type { Database } from '../storage/database.ts'
import { parseId } from '../storage/id.ts'
import { isAskedFor, type NamedClaims } from './checks/claims.ts'
import type { OAuthClient } from './client.ts'

/** A claim about a user, and where it comes from. */
export interface UserClaim {
  /** The scope that it belongs to (OpenID Connect Core 1.0, section 5.4); `null`: it is given only where `claims` asks for it. */
  readonly scope: string | null
  /** What it says, or what finds that out. What is `undefined` or `null` is left out (section 5.3.2). */
  readonly value: unknown
}

/** Claims by name. A `value` that is a function is called with the user, and may return a promise. */
export type UserClaimTable = Readonly<Record<string, UserClaim>>

export interface UserClaimsOptions {
  readonly database: Pick<Database, 'read'>
  /** Claims of the application, beside the ones that every user has or in place of them (none). */
  readonly userClaims?: UserClaimTable
}

/** What is wanted of a user. */
export interface WantedClaims {
  readonly user: User
  readonly client: Pick<OAuthClient, 'scopes'>
  /** All claims of these scopes … */
  readonly scopes: readonly string[]
  /** … and these by name (section 5.5), of scopes that the client is registered for. */
  readonly named?: NamedClaims | undefined
}

export interface UserClaims {
  /** The claims that can be had, by name. */
  readonly table: UserClaimTable
  readonly of: (wanted: WantedClaims) => Promise<Readonly<Record<string, unknown>>>
}

/** Throws `TypeError` for a claim that the protocol itself says. */
export function createUserClaims({ database, userClaims = {} }: UserClaimsOptions): UserClaims {
  for (const name of Object.keys(userClaims)) {
    if (ofTheProtocol.has(name)) throw new TypeError(`userClaims: ${name} is set by Doorward. Choose another name.`)
  }

  async function isVerified({ id }: User): Promise<boolean> {
    const key = parseId(id)
    if (key === null) return false
    const row = await database.read
      .selectFrom('users')
      .select('email_verified')
      .where('id', '=', key)
      .executeTakeFirst()
    return row?.email_verified === 1
  }

  const table: UserClaimTable = {
    name: { scope: 'profile', value: ({ name }: User) => name },
    preferred_username: { scope: 'profile', value: ({ name }: User) => name },
    email: { scope: 'email', value: ({ email }: User) => email },
    email_verified: {
      scope: 'email',
      value: async (user: User) => (user.email === null || user.email === undefined ? null : isVerified(user)),
    },
    ...userClaims,
  }

  async function told(
    name: string,
    { scope, value }: UserClaim,
    { user, client, scopes, named = {} }: WantedClaims,
  ): Promise<unknown> {
    const isInScope = scope !== null && scopes.includes(scope)
    const isNamed = Object.hasOwn(named, name) && (scope === null || client.scopes.includes(scope))
    if (!isInScope && !isNamed) return null
    const found: unknown = typeof value === 'function' ? await value(user) : value
    // Asked for with a value that it does not have, it is not there.
    return isInScope || isAskedFor(found, named[name] ?? null) ? found : null
  }

  return {
    table,
    of: async (wanted) => {
      const claims: Record<string, unknown> = {}
      for (const [name, claim] of Object.entries(table)) {
        const value = await told(name, claim, wanted)
        if (value !== undefined && value !== null) claims[name] = value
      }
      return claims
    },
  }
}

/** OpenID Connect Core 1.0, section 2; RFC 7519, section 4.1; RFC 9068, section 2.2; RFC 8693, section 4; RFC 7800, section 3.1. */
const ofTheProtocol: ReadonlySet<string> = new Set(
  (
    'iss sub aud exp nbf iat jti auth_time nonce acr amr azp sid at_hash c_hash s_hash events client_id scope act may_act ' +
    'cnf fam token_use token_type __proto__'
  ).split(' '),
)
