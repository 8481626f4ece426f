import { AuthenticationFailed } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import type { Database } from '../storage/database.ts'
import type { CustomClaims } from './pair-claims.ts'
import type { PairMint } from './pair-mint.ts'
import { notValid } from './pair-verifier.ts'
import type { PairVerifier } from './pair-verifier.ts'
import { toUser, userColumns } from './principal.ts'

export interface SlidingTokensOptions {
  readonly database: Database
  readonly verifier: Pick<PairVerifier, 'verify'>
  readonly mint: Pick<PairMint, 'sliding'>
  readonly claims: (user: User, stored: CustomClaims) => Promise<CustomClaims>
  /** Milliseconds that a token lives from each refresh on. */
  readonly lifetime: number
  readonly clock: () => number
}

/**
 * Trades a sliding token, which is access and refresh token in one, for one that ends later, as long as `refresh_exp` lies
 * ahead. The one before goes on until its end: what ends them all is their family.
 */
export function createSlidingRefresh(options: SlidingTokensOptions): (text: string) => Promise<string> {
  const { database, verifier, mint, claims, lifetime, clock } = options
  const find = database.lookup((read, match) =>
    read
      .selectFrom('refresh_families')
      .innerJoin('users', 'users.id', 'refresh_families.user_id')
      .select([
        'refresh_families.id',
        'refresh_families.created_at',
        'refresh_families.expires_at',
        'refresh_families.revoked_at',
        'refresh_families.claims',
      ])
      .select(userColumns)
      .where(match('refresh_families.id')),
  )

  return async (text) => {
    const token = await verifier.verify(text, ['sliding'])
    const refreshEnd = token.claims['refresh_exp']
    const now = clock()
    if (typeof refreshEnd !== 'number' || now >= refreshEnd * 1000) throw notValid('refresh_exp')
    const family = await find(token.familyId)
    if (family === null || family.user_is_active !== 1) throw new AuthenticationFailed('no_active_account')
    const user = toUser(family, family.created_at, now)
    if (user === null || family.revoked_at !== null || now >= family.expires_at) throw notValid('a family that is over')
    const custom = await claims(user, JSON.parse(family.claims) as CustomClaims)
    const end = Math.min(now + lifetime, family.expires_at)
    return mint.sliding({
      user,
      family: family.id,
      id: database.newId(),
      now,
      end,
      refreshEnd: family.expires_at,
      custom,
    })
  }
}
