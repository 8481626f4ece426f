import type { User } from '../core/identity.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Rows } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import { actorOf } from '../tokens/owner.ts'
import type { AccessTokens, Actor, Confirmation } from './access-tokens.ts'
import type { OAuthClient } from './client.ts'
import type { ClientMetadata } from './client-metadata.ts'
import type { TokenAnswer } from './grants/grant-type.ts'
import type { Grant } from './grants.ts'
import type { GrantUses } from './grant-uses.ts'
import type { JwtAccessTokens } from './jwt-access-tokens.ts'

/** What an access token is to say. */
export interface Wanted {
  readonly client: OAuthClient
  readonly scopes: readonly string[]
  /** Whom it is for; empty: the server's own API. */
  readonly audience: readonly string[]
  readonly confirmation: Confirmation | null
  /** The request that it is issued in, for the audit log. */
  readonly exchange: Exchange
}

export interface WantedForUser extends Wanted {
  readonly user: User
  readonly grant: Pick<Grant, 'id' | 'expiresAt' | 'detail' | 'lastUsedAt'>
  /** Who acts for the user (nobody else). */
  readonly actor?: Actor | null
}

/** An access token that is made, and the rows that have to be stored before it is given away. */
export interface Made {
  readonly answer: TokenAnswer
  readonly rows: Rows
}

export interface IssuingOptions {
  readonly accessTokens: AccessTokens
  readonly jwtAccessTokens: JwtAccessTokens
  readonly grantUses: Pick<GrantUses, 'used'>
  /** Seconds that access tokens live (3600). */
  readonly lifetime?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Makes access tokens in the format that a client has registered, and the answers with them. */
export interface Issuing {
  /** A token for a client that acts for itself, stored. */
  readonly forClient: (wanted: Wanted) => Promise<TokenAnswer>
  /** A token of a grant, to be stored by the caller with what it changes beside. */
  readonly forUser: (wanted: WantedForUser) => Made
}

/**
 * Whether the tokens of users are JWTs for a client. They are for APIs, which know users by their ids: a client that must not
 * learn those could look inside (RFC 9068, section 6).
 */
export function getsJwts({ accessTokenFormat, subjectType }: ClientMetadata): boolean {
  return accessTokenFormat === 'jwt' && subjectType !== 'pairwise'
}

export function createIssuing(options: IssuingOptions): Issuing {
  const { accessTokens, jwtAccessTokens, grantUses, lifetime = 3600, clock = Date.now } = options

  function make(
    { client, scopes, audience, confirmation, exchange }: Wanted,
    {
      user,
      grant,
      actor,
    }: { readonly user: User | null; readonly grant: WantedForUser['grant'] | null; readonly actor: Actor | null },
  ): Made {
    const now = Math.floor(clock())
    const seconds = client.metadata.accessTokenLifetime ?? lifetime
    const expiresAt = Math.min(now + seconds * 1000, grant?.expiresAt ?? Infinity)
    const token = {
      clientKey: client.key,
      userId: user === null ? null : parseId(user.id),
      grantId: grant?.id ?? null,
      scopes,
      audience,
      confirmation,
      actor,
      now,
      expiresAt,
    }
    const isJwt = user === null ? client.metadata.accessTokenFormat === 'jwt' : getsJwts(client.metadata)
    const { text, id, rows } = isJwt
      ? jwtAccessTokens.make({ ...token, client, user, detail: grant?.detail ?? null })
      : opaque(token)
    const answer = {
      access_token: text,
      token_type: confirmation !== null && 'jkt' in confirmation ? 'DPoP' : 'Bearer',
      expires_in: Math.floor((expiresAt - now) / 1000),
      scope: scopes.join(' '),
    } as const
    const audit = {
      event: 'access_token.issued',
      actor: user === null ? `client:${client.id}` : actorOf(user),
      subject: `access_token:${formatId(id)}`,
      address: exchange.address,
      requestId: exchange.requestId ?? null,
      // As seconds, so that those of one moment are alike.
      detail: { client: client.id, scopes: answer.scope, expires_in: answer.expires_in },
      isRoutine: true,
    }
    return { answer, rows: { ...rows, audit } }
  }

  function opaque(token: Parameters<AccessTokens['make']>[0]): {
    readonly text: string
    readonly id: bigint
    readonly rows: Rows
  } {
    const { text, row } = accessTokens.make(token)
    return { text, id: row.id, rows: { access_tokens: row } }
  }

  return {
    forClient: async (wanted) => {
      const { answer, rows } = make(wanted, { user: null, grant: null, actor: null })
      await accessTokens.store(rows)
      return answer
    },
    forUser: ({ user, grant, actor = null, ...wanted }) => {
      grantUses.used(grant.id, grant.lastUsedAt)
      return make(wanted, { user, grant, actor })
    },
  }
}
