import { RequestRefused } from '../core/errors.ts'
import { parseJsonObject } from '../crypto/json-object.ts'
import { parseJws } from '../crypto/jws.ts'
import type { Database } from '../storage/database.ts'
import { formatId, idOrNone, parseId } from '../storage/id.ts'
import { toUser, userColumns } from '../tokens/principal.ts'
import type { ClientFinder } from './client-finder.ts'
import type { IdTokens } from './id-tokens.ts'
import { accessTokenFacts } from './introspected.ts'
import { getsJwts } from './issuing.ts'
import type { JwtAccessTokens } from './jwt-access-tokens.ts'
import { organisationClaims } from './organisation-claims.ts'
import type { Subjects } from './subjects.ts'
import type { UserClaims } from './user-claims.ts'

type Claims = Readonly<Record<string, unknown>>

/** What a client would be told of a user. Nothing of it is a token: what would be another each time is left out. */
export interface TokenPreview {
  /** `null` without the scope `openid`. */
  readonly idToken: Claims | null
  /** The claims of a JWT, or what an introspection of an opaque one answers. */
  readonly accessToken: { readonly format: 'jwt' | 'opaque'; readonly claims: Claims }
  /** `null` without the scope `openid`. */
  readonly userInfo: Claims | null
}

export interface TokenPreviewsOptions {
  readonly database: Pick<Database, 'read' | 'newId'>
  readonly findClient: ClientFinder
  readonly idTokens: Pick<IdTokens, 'sign'>
  readonly jwtAccessTokens: Pick<JwtAccessTokens, 'make'>
  readonly subjects: Pick<Subjects, 'subjectOf'>
  readonly claims: Pick<UserClaims, 'of'>
  readonly issuer: string
  readonly audience: string | readonly string[]
  /** Seconds that access tokens live (3600). */
  readonly accessTokenLifetime?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * Tells what tokens of a user would say, by the very functions that make them; they are thrown away, unstored, before anybody
 * sees them. Throws `RequestRefused`: `not_found` for the client or the user, `conflict` for one who is disabled, `invalid`
 * for scopes that the client may not ask for.
 */
export type PreviewTokens = (wanted: {
  readonly clientId: string
  readonly userId: string
  readonly scopes: readonly string[]
}) => Promise<TokenPreview>

export function createPreviewTokens(options: TokenPreviewsOptions): PreviewTokens {
  const { database, findClient, idTokens, jwtAccessTokens, subjects, claims, issuer, audience } = options
  const { accessTokenLifetime = 3600, clock = Date.now } = options

  return async ({ clientId, userId, scopes }) => {
    const client = await findClient(clientId)
    if (client === null) throw new RequestRefused('not_found')
    const beyond = scopes.filter((scope) => !client.scopes.includes(scope))
    if (beyond.length > 0) {
      const message = `The application may not ask for ${beyond.join(', ')}.`
      throw new RequestRefused('invalid', message, { body: { scopes: [message] } })
    }
    const query = database.read.selectFrom('users').select(userColumns)
    const row = await query.where('users.id', '=', idOrNone(userId)).executeTakeFirst()
    if (row === undefined) throw new RequestRefused('not_found')
    const now = Math.floor(clock())
    const user = toUser(row, Number.POSITIVE_INFINITY, now)
    if (user === null)
      throw new RequestRefused('conflict', 'The account is disabled: no application gets a token for it.')

    const detail = { by: 'authorization_code', authTime: Math.floor(now / 1000), amr: ['pwd'] } as const
    const seconds = client.metadata.accessTokenLifetime ?? accessTokenLifetime
    const token = {
      clientKey: client.key,
      userId: parseId(user.id),
      grantId: database.newId(),
      scopes,
      audience: [],
      confirmation: null,
      actor: null,
      now,
      expiresAt: now + seconds * 1000,
    }
    const isJwt = getsJwts(client.metadata)
    const accessClaims = isJwt
      ? payloadOf(jwtAccessTokens.make({ ...token, client, user, detail }).text)
      : accessTokenFacts(
          {
            ...token,
            id: database.newId(),
            clientId: client.id,
            clientName: client.name,
            clientOrganisation: null,
            user,
            createdAt: now,
            grantLastUsedAt: null,
            signIn: {},
          },
          client,
          { issuer, audience: [audience].flat(), subjects },
        )
    const accessToken = { format: isJwt ? 'jwt' : 'opaque', claims: lasting(accessClaims) } as const
    if (!scopes.includes('openid')) return { idToken: null, accessToken, userInfo: null }
    const signed = await idTokens.sign({
      client,
      user,
      grant: { signInId: null, detail },
      scopes,
      // As beside an access token: then UserInfo tells the rest (OpenID Connect Core 1.0, section 5.4).
      accessToken: formatId(token.grantId),
      nonce: null,
    })
    const userInfo = {
      ...(await claims.of({ user, client, scopes })),
      ...organisationClaims(user),
      sub: subjects.subjectOf(client, user.id),
    }
    return { idToken: lasting(payloadOf(signed)), accessToken, userInfo }
  }
}

function payloadOf(text: string): Claims {
  const jws = parseJws(text)
  return (jws === null ? null : parseJsonObject(jws.payload)) ?? {}
}

/** Without what names or belongs to this one token. */
function lasting({ jti: _jti, fam: _fam, at_hash: _hash, ...claims }: Claims): Claims {
  return claims
}
