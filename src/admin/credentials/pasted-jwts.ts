import { AuthenticationFailed } from '../../core/errors.ts'
import { peekJwt } from '../../crypto/jwt.ts'
import type { PresentedTokens } from '../../oauth/presented-tokens.ts'
import type { Database } from '../../storage/database.ts'
import { formatId, parseId, timeOfId } from '../../storage/id.ts'
import type { Revocations } from '../../storage/revocations.ts'
import type { By } from '../../tokens/owner.ts'
import type { TokenPairs } from '../../tokens/pairs.ts'
import { idIn } from '../../tokens/revoked-claims.ts'
import type { PastedToken } from './pasted-tokens.ts'

export interface PastedJwtStores {
  readonly database: Database
  readonly access: PresentedTokens
  readonly pairs: Pick<TokenPairs, 'verify' | 'revokeFamily'>
  readonly revocations: Pick<Revocations, 'revoke'>
}

/** A JWT of ours that would be taken now, with how to end it. Of those that are over nothing is known. */
export type FindPastedJwt = (
  text: string,
) => Promise<(PastedToken & { readonly end: (by: By) => Promise<unknown> }) | null>

export function createPastedJwts({ database, access, pairs, revocations }: PastedJwtStores): FindPastedJwt {
  return async (text) => {
    const claims = peekJwt(text)?.payload
    if (claims === undefined) return null
    return typeof claims['client_id'] === 'string' ? accessToken(text) : ofPair(text)
  }

  async function accessToken(text: string): ReturnType<FindPastedJwt> {
    const found = await access.find(text)
    if (found === null) return null
    const { id, clientId, scopes, createdAt, expiresAt } = found.auth
    const { principal } = found
    return {
      kind: 'access_token',
      id,
      format: 'jwt',
      state: 'active',
      owner: principal.kind === 'user' ? { kind: 'user', id: principal.id } : null,
      clientId,
      grantId: null,
      scopes,
      createdAt,
      expiresAt,
      end: async (by) => endToken(id, expiresAt, by),
    }
  }

  /** A token of a pair, such as SimpleJWT makes them: verified first, and then what it says is true. */
  async function ofPair(text: string): ReturnType<FindPastedJwt> {
    const isGood = await pairs.verify(text).then(
      () => true,
      (error: unknown) => {
        if (error instanceof AuthenticationFailed) return false
        throw error
      },
    )
    const claims = isGood ? peekJwt(text)?.payload : undefined
    const [id, family, user] = [idIn(claims?.jti), idIn(claims?.['fam']), idIn(claims?.sub)]
    if (claims === undefined || id === null || user === null) return null
    const expiresAt = (claims.exp ?? 0) * 1000
    const isAccess = claims['token_type'] === 'access'
    return {
      kind: isAccess ? 'access_token' : 'refresh_token',
      id: formatId(id),
      format: 'jwt',
      state: 'active',
      owner: { kind: 'user', id: formatId(user) },
      clientId: null,
      grantId: family === null ? null : formatId(family),
      scopes: null,
      createdAt: timeOfId(id),
      expiresAt,
      end: async (by) =>
        isAccess || family === null ? endToken(formatId(id), expiresAt, by) : pairs.revokeFamily(formatId(family), by),
    }
  }

  /** It is stored nowhere: those who verify it by themselves are told. */
  async function endToken(id: string, expiresAt: number, by: By): Promise<void> {
    const subjectId = parseId(id)
    if (subjectId === null) return
    await database.write(async (unit) => {
      await revocations.revoke(unit, { kind: 'token', subjectId, expiresAt })
      await database.audit(unit, { ...by, event: 'access_token.revoked', subject: `access_token:${id}` })
    })
  }
}
