import { hash } from 'node:crypto'
import type { Found } from '../core/authenticator.ts'
import type { Client, User } from '../core/identity.ts'
import { createRecent } from '../http/recent.ts'
import { parseId } from '../storage/id.ts'
import type { Revocations } from '../storage/revocations.ts'
import type { SigningKeys } from '../tokens/signing-keys.ts'
import { type AccessTokens, foundOf, type OAuthTokenAuth, type StoredAccessToken } from './access-tokens.ts'
import { clientRevocationId } from './client.ts'
import type { ClientUsage } from './client-usage.ts'
import type { GrantUses } from './grant-uses.ts'
import type { JwtAccessTokenFinder } from './jwt-access-token-finder.ts'
import type { JwtAccessTokens } from './jwt-access-tokens.ts'

export interface PresentedTokensOptions {
  readonly accessTokens: Pick<AccessTokens, 'recognises' | 'find'>
  readonly jwtAccessTokens: Pick<JwtAccessTokens, 'recognises'>
  readonly findJwtAccessToken: JwtAccessTokenFinder
  readonly revocations: Pick<Revocations, 'revoked' | 'notBefore'>
  readonly keys: Pick<SigningKeys, 'onRetired'>
  /** Counts what comes with a token that is good, for those who answer for the client. */
  readonly clientUsage: Pick<ClientUsage, 'count'>
  /** Remembers when what a user allowed was used, for that user. */
  readonly grantUses: Pick<GrantUses, 'used'>
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Access tokens of this server as they arrive at its own API, opaque ones and JWTs side by side: what `accessToken` takes. */
export interface PresentedTokens {
  /** Tells them by their looks alone. */
  readonly recognises: (text: string) => boolean
  /** `null` for every one that is no good. */
  readonly find: (text: string) => Promise<Found<User | Client, OAuthTokenAuth> | null>
}

/**
 * An opaque token is looked up at each use. A JWT that was found is remembered for a minute: until then it costs a hash and a
 * few looks at what is revoked, which is in memory. So whatever ends it counts at once; a user's new name, within the minute.
 */
export function createPresentedTokens(options: PresentedTokensOptions): PresentedTokens {
  const {
    accessTokens,
    jwtAccessTokens,
    findJwtAccessToken,
    revocations,
    keys,
    clientUsage,
    grantUses,
    clock = Date.now,
  } = options
  let recent = createRecent<string, Remembered>(10_000)
  keys.onRetired(() => {
    recent = createRecent(10_000)
  })

  function usedOf(token: StoredAccessToken): Found<User | Client, OAuthTokenAuth> {
    grantUses.used(token.grantId, token.grantLastUsedAt)
    return foundOf(token)
  }

  async function findOpaque(text: string): Promise<Found<User | Client, OAuthTokenAuth> | null> {
    const token = await accessTokens.find(text)
    return token === null ? null : usedOf(token)
  }

  async function findJwt(text: string): Promise<Found<User | Client, OAuthTokenAuth> | null> {
    const name = hash('sha256', text, 'binary')
    const known = recent.get(name)
    if (known !== undefined && clock() < known.until) return isEnded(known.token) ? null : known.found
    const memory = recent
    const token = await findJwtAccessToken(text)
    if (token === null) return null
    const found = usedOf(token)
    memory.set(name, {
      token,
      found,
      until: Math.min(token.expiresAt, clock() + remembered, token.user?.rolesEndAt ?? Infinity),
    })
    return found
  }

  function isEnded({ id, grantId, clientId, user, createdAt }: StoredAccessToken): boolean {
    if (revocations.revoked('token', id) || (grantId !== null && revocations.revoked('family', grantId))) return true
    const userId = user === null ? null : parseId(user.id)
    const notBefore = Math.max(
      revocations.notBefore('client', clientRevocationId(clientId)) ?? 0,
      userId === null ? 0 : (revocations.notBefore('user', userId) ?? 0),
    )
    return createdAt < notBefore
  }

  return {
    recognises: (text) => accessTokens.recognises(text) || jwtAccessTokens.recognises(text),
    find: async (text) => {
      const found = await (accessTokens.recognises(text) ? findOpaque(text) : findJwt(text))
      if (found !== null) clientUsage.count(found.auth.clientId, 'requests')
      return found
    },
  }
}

interface Remembered {
  readonly token: StoredAccessToken
  readonly found: Found<User | Client, OAuthTokenAuth>
  readonly until: number
}

/** Milliseconds. */
const remembered = 60_000
