import type { User } from '../core/identity.ts'
import { signJws } from '../crypto/jws.ts'
import { formatId } from '../storage/id.ts'
import { claimsOf } from './pair-claims.ts'
import type { CustomClaims, RoleClaim } from './pair-claims.ts'
import type { SigningKeys } from './signing-keys.ts'

export interface PairMintOptions {
  readonly keys: Pick<SigningKeys, 'current'>
  readonly refreshKeys: Pick<SigningKeys, 'current'>
  readonly issuer: string
  /** `null`: tokens name nobody whom they are for. */
  readonly audience: string | readonly string[] | null
  /** What is said of roles (all). */
  readonly roleClaims?: readonly RoleClaim[] | undefined
}

/** What a token is made of. Times are milliseconds since 1970. */
export interface Minting {
  readonly user: User
  readonly family: bigint
  /** Becomes `jti`: it tells the millisecond in which it was made. */
  readonly id: bigint
  readonly now: number
  readonly end: number
  readonly custom: CustomClaims
}

export interface PairMint {
  readonly access: (minting: Minting) => string
  /** It says who it is for and no more: rights are read when it is used. */
  readonly refresh: (minting: Omit<Minting, 'custom'>) => string
  readonly sliding: (minting: Minting & { readonly refreshEnd: number }) => string
}

/** Writes and signs tokens. The names of the claims are those of SimpleJWT and RFC 7519; `fam` is the family. */
export function createPairMint({ keys, refreshKeys, issuer, audience, roleClaims }: PairMintOptions): PairMint {
  const header = { typ: 'JWT' }
  const common = { iss: issuer, ...(audience === null ? {} : { aud: audience }) }

  function protocol({ family, id, now, end }: Omit<Minting, 'custom'>): Readonly<Record<string, unknown>> {
    return { ...common, iat: seconds(now), exp: seconds(end), jti: formatId(id), fam: formatId(family) }
  }

  return {
    access: (minting) =>
      usable(
        signJws(keys.current(), header, {
          ...minting.custom,
          token_type: 'access',
          ...protocol(withinRoles(minting)),
          ...claimsOf(minting.user, roleClaims),
        }),
      ),
    refresh: (minting) => {
      const { id } = minting.user
      const claims = { token_type: 'refresh', ...protocol(minting), sub: id, user_id: id }
      return signJws(refreshKeys.current(), header, claims)
    },
    sliding: (minting) =>
      usable(
        signJws(keys.current(), header, {
          ...minting.custom,
          token_type: 'sliding',
          refresh_exp: seconds(minting.refreshEnd),
          ...protocol(withinRoles(minting)),
          ...claimsOf(minting.user, roleClaims),
        }),
      ),
  }
}

/** Nothing that tells of a role outlives it. */
function withinRoles<Token extends Minting>(minting: Token): Token {
  const { rolesEndAt = Infinity } = minting.user
  return rolesEndAt < minting.end ? { ...minting, end: rolesEndAt } : minting
}

/** Whole seconds, rounded down: no token lives longer than it is meant to. */
function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000)
}

/** No verifier of ours looks at a longer one, and servers refuse headers not much longer. */
function usable(token: string): string {
  if (token.length <= 8192) return token
  throw new Error(
    'The access token would be longer than 8192 characters. Give its user fewer permissions or claims, or use opaque tokens.',
  )
}
