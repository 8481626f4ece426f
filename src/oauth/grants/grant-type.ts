import type { Exchange } from '../../http/exchange.ts'
import type { Confirmation } from '../access-tokens.ts'
import type { OAuthClient } from '../client.ts'
import type { OAuthParameters } from '../oauth-endpoint.ts'

/** A request to the token endpoint whose client is known. */
export interface TokenRequest {
  readonly exchange: Exchange
  readonly parameters: OAuthParameters
  readonly client: OAuthClient
  /** What the caller has proven to hold, for tokens that are bound to it; `null`: nothing. */
  readonly confirmation: Confirmation | null
}

/** What the token endpoint answers (RFC 6749, section 5.1), by its names on the wire. */
export interface TokenAnswer {
  readonly access_token: string
  readonly token_type: 'Bearer' | 'DPoP' | 'N_A'
  /** Seconds. */
  readonly expires_in: number
  readonly scope: string
  readonly refresh_token?: string
  readonly id_token?: string
  /** RFC 8693, section 2.2.1. */
  readonly issued_token_type?: string
}

/** One `grant_type`. */
export interface GrantType {
  /** On the wire. */
  readonly name: string
  /** Answers with tokens, or throws `OAuthError`. That the client may use this grant was checked before. */
  readonly answer: (request: TokenRequest) => Promise<TokenAnswer>
}
