import { AuthenticationFailed } from '../core/errors.ts'
import type { JwtClaims, JwtVerifier, JwtVerifierOptions } from '../crypto/jwt.ts'
import { createJwtVerifier, JwtInvalid, peekJwt } from '../crypto/jwt.ts'
import { formatId } from '../storage/id.ts'
import { idIn } from './revoked-claims.ts'
import type { SigningKeys } from './signing-keys.ts'

export interface PairVerifierOptions {
  readonly keys: Pick<SigningKeys, 'find' | 'onRetired'>
  readonly refreshKeys: Pick<SigningKeys, 'find'>
  readonly issuer: string
  readonly audience: string | readonly string[] | null
  /** Finds a refresh token that another server made and this one took over. */
  readonly findImported: (text: string) => Promise<ImportedRefreshToken | null>
  /** Seconds by which clocks may differ. */
  readonly leeway: number
  readonly clock: () => number
}

/** Whose a refresh token is that was taken over. It carries nothing that counts here. */
export type ImportedRefreshToken = Pick<VerifiedToken, 'id' | 'familyId' | 'userId'>

/** What a token is for, as its claim `token_type` says. */
export type PairTokenType = 'access' | 'refresh' | 'sliding'

/** A token of ours that was signed by us and is not over. Whether it is revoked is another question. */
export interface VerifiedToken {
  readonly type: PairTokenType
  readonly id: bigint
  readonly familyId: bigint
  readonly userId: bigint
  readonly claims: JwtClaims
}

export interface PairVerifier {
  /** Verifies access and sliding tokens, and remembers them. */
  readonly access: JwtVerifier
  /** Verifies a token of one of the types. Throws `AuthenticationFailed` (`token_not_valid`) for every other text. */
  readonly verify: (text: string, types: readonly PairTokenType[]) => Promise<VerifiedToken>
}

export function createPairVerifier(options: PairVerifierOptions): PairVerifier {
  const { keys, refreshKeys, issuer, audience, leeway, clock } = options
  const common: Omit<JwtVerifierOptions, 'keys'> = {
    issuer,
    ...(audience === null ? {} : { audience }),
    typ: ['JWT'],
    required: ['exp', 'iat', 'jti', 'sub', 'token_type', 'fam'],
    leeway,
    clock,
  }
  const access = createJwtVerifier({ ...common, keys: keys.find })
  const refresh = createJwtVerifier({ ...common, keys: refreshKeys.find, cache: false })
  keys.onRetired((kid) => access.forgetKey(kid))

  return {
    access,
    verify: async (text, types) => {
      // What a text says of itself only chooses who is to verify it.
      const isRefresh = peekJwt(text)?.payload['token_type'] === 'refresh'
      const outcome = await (isRefresh ? refresh : access).verify(text).catch(invalidOf)
      if (outcome instanceof JwtInvalid) {
        const imported = isRefresh && types.includes('refresh') ? await options.findImported(text) : null
        if (imported === null) throw notValid(outcome)
        return { ...imported, type: 'refresh', claims: { sub: formatId(imported.userId) } }
      }
      const claims = outcome
      const [type, id, familyId, userId] = [
        claims['token_type'],
        idIn(claims.jti),
        idIn(claims['fam']),
        idIn(claims.sub),
      ]
      const wanted = types.find((one) => one === type)
      if (wanted === undefined) throw notValid(`a token of the type ${String(type)}`)
      if (id === null || familyId === null || userId === null) throw notValid('a claim that is no id')
      return { type: wanted, id, familyId, userId, claims }
    },
  }
}

/** The refusal of a token, whatever the reason: that only goes to the log. */
export function notValid(cause: unknown): AuthenticationFailed {
  return new AuthenticationFailed('token_not_valid', undefined, { cause })
}

function invalidOf(error: unknown): JwtInvalid {
  if (error instanceof JwtInvalid) return error
  throw error
}
