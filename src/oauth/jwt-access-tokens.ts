import type { User } from '../core/identity.ts'
import { parseJsonObject } from '../crypto/json-object.ts'
import { signJws, type JwsKey } from '../crypto/jws.ts'
import type { Rows } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { NewAccessToken } from './access-tokens.ts'
import type { OAuthClient } from './client.ts'
import type { GrantDetail } from './grants.ts'
import { organisationFacts } from './organisation-claims.ts'

export interface NewJwtAccessToken extends NewAccessToken {
  readonly client: OAuthClient
  readonly user: User | null
  readonly detail: GrantDetail | null
}

export interface JwtAccessTokensOptions {
  readonly newId: () => bigint
  /** What signs now. */
  readonly current: () => JwsKey
  /** `iss`. */
  readonly issuer: string
  /** `aud` of tokens for the server's own API. */
  readonly audience: string | readonly string[]
}

/** Access tokens that an API verifies by itself: JWTs as RFC 9068 has them. Nothing is stored but the event. */
export interface JwtAccessTokens {
  readonly make: (token: NewJwtAccessToken) => { readonly text: string; readonly id: bigint; readonly rows: Rows }
  /** Tells by its looks alone whether a text may be one of these: an access token, from this issuer. */
  readonly recognises: (text: string) => boolean
}

export function createJwtAccessTokens({ newId, current, issuer, audience }: JwtAccessTokensOptions): JwtAccessTokens {
  const claimsOf = createBeginning(issuer)

  return {
    recognises: (text) => {
      const dot = text.indexOf('.')
      return dot > 0 && text.startsWith(claimsOf, dot + 1) && isOfType(text.slice(0, dot))
    },
    make: ({ client, user, grantId, detail, scopes, audience: wanted, confirmation, actor, now, expiresAt }) => {
      const id = newId()
      const claims = {
        // First of all, which `recognises` goes by.
        iss: issuer,
        // RFC 9068, section 2.2: the client where it acts for itself.
        sub: user?.id ?? client.id,
        aud: wanted.length === 0 ? audience : wanted.length === 1 ? wanted[0] : wanted,
        client_id: client.id,
        scope: scopes.join(' '),
        iat: Math.floor(now / 1000),
        exp: Math.floor(expiresAt / 1000),
        jti: formatId(id),
        // Told apart from the tokens of people by who is meant, never by the form of `sub`.
        ...(user === null ? { token_use: 'client' } : {}),
        ...(grantId === null ? {} : { fam: formatId(grantId) }),
        ...(detail?.authTime === undefined ? {} : { auth_time: detail.authTime }),
        ...(detail?.acr === undefined ? {} : { acr: detail.acr }),
        ...(detail?.amr === undefined ? {} : { amr: detail.amr }),
        ...organisationFacts(user),
        ...(confirmation === null ? {} : { cnf: confirmation }),
        ...(actor === null ? {} : { act: actor }),
      }
      // RFC 9068, section 2.1: so that nothing takes it for an ID token.
      return { text: signJws(current(), { typ: 'at+jwt' }, claims), id, rows: {} }
    },
  }
}

/** How the claims of our tokens begin, in base64url: three bytes are four characters, and the last few are left out. */
function createBeginning(issuer: string): string {
  const bytes = Buffer.from(`{"iss":${JSON.stringify(issuer)},`)
  return bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64url')
}

/** Headers seen lately: a key writes the same one into all its tokens. Anyone can fill this, hence few and short. */
const types = new Map<string, boolean>()

function isOfType(header: string): boolean {
  if (header.length > 256) return false
  const known = types.get(header)
  if (known !== undefined) return known
  const isOurs = parseJsonObject(Buffer.from(header, 'base64url'))?.['typ'] === 'at+jwt'
  if (types.size === 64) types.clear()
  types.set(header, isOurs)
  return isOurs
}
