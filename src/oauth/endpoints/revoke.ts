import type { Endpoint } from '../../http/exchange.ts'
import type { Database } from '../../storage/database.ts'
import { formatId } from '../../storage/id.ts'
import type { Revocations } from '../../storage/revocations.ts'
import type { ParsedToken, TokenFormat } from '../../tokens/format.ts'
import type { By } from '../../tokens/owner.ts'
import type { AuthenticateClient } from '../client-authentication/authenticate-client.ts'
import type { OAuthClient } from '../client.ts'
import type { Grants } from '../grants.ts'
import type { JwtAccessTokenFinder } from '../jwt-access-token-finder.ts'
import { oauthEndpoint } from '../oauth-endpoint.ts'
import { OAuthError } from '../oauth-error.ts'
import type { RefreshTokens } from '../refresh-tokens.ts'

export interface RevokeEndpointOptions {
  readonly database: Database
  readonly format: TokenFormat
  readonly authenticate: AuthenticateClient
  readonly grants: Pick<Grants, 'end'>
  readonly refreshTokens: Pick<RefreshTokens, 'find'>
  readonly findJwtAccessToken: JwtAccessTokenFinder
  readonly revocations: Pick<Revocations, 'revoke'>
}

/**
 * `POST /o/revoke_token/` (RFC 7009): a client gives a token of its own back. A refresh token takes its whole grant along,
 * all access tokens included; an access token goes alone, and its grant stays. Every other text answers alike: 200, empty.
 * `token_type_hint` is not needed, for tokens tell by themselves what they are (section 2.1).
 */
export function revokeEndpoint(options: RevokeEndpointOptions): Endpoint {
  const { database, format, authenticate, grants, refreshTokens, findJwtAccessToken, revocations } = options

  async function revokeRefreshToken(text: string, client: OAuthClient, by: By): Promise<void> {
    const token = await refreshTokens.find(text)
    if (token !== null && token.grant.clientKey === client.key) await grants.end(token.grant.id, 'revoked', by)
  }

  async function revokeAccessToken({ id, digest }: ParsedToken, client: OAuthClient, by: By): Promise<void> {
    await database.write(async (unit) => {
      const theirs = unit.deleteFrom('access_tokens').where('id', '=', id).where('client_id', '=', client.key)
      const revoked = await theirs.where('digest', '=', digest).returning('id').executeTakeFirst()
      if (revoked !== undefined) await database.audit(unit, { ...by, ...revokedEvent(id, client) })
    })
  }

  /** It is stored nowhere: those who verify it by themselves are told. */
  async function revokeJwt(text: string, client: OAuthClient, by: By): Promise<void> {
    const token = await findJwtAccessToken(text)
    if (token === null || token.clientKey !== client.key) return
    const { id, expiresAt } = token
    await database.write(async (unit) => {
      await revocations.revoke(unit, { kind: 'token', subjectId: id, expiresAt })
      await database.audit(unit, { ...by, ...revokedEvent(id, client) })
    })
  }

  return oauthEndpoint(async (exchange, parameters) => {
    const client = await authenticate(exchange, parameters)
    const text = parameters.need('token')
    const by = {
      actor: `client:${client.id}`,
      address: exchange.address,
      requestId: exchange.requestId ?? null,
    }
    const token = format.parse(text)
    if (token === null) {
      // A JWT, or what another server made.
      await revokeJwt(text, client, by)
      await revokeRefreshToken(text, client, by)
    } else if (token.kind === 'rt') await revokeRefreshToken(text, client, by)
    else if (token.kind === 'at') await revokeAccessToken(token, client, by)
    // RFC 7009, section 2.2.1.
    else throw new OAuthError('unsupported_token_type', 'Only access tokens and refresh tokens can be revoked here.')
    return { status: 200, headers: [['cache-control', 'no-store']], body: '' }
  })
}

function revokedEvent(id: bigint, client: OAuthClient) {
  return { event: 'access_token.revoked', subject: `access_token:${formatId(id)}`, detail: { client: client.id } }
}
