import type { Answer, Exchange } from '../http/exchange.ts'
import type { Confirmation } from './access-tokens.ts'
import type { OAuthClient } from './client.ts'

/** What a request proves to hold, which its tokens are bound to: a DPoP key (RFC 9449) or a certificate (RFC 8705). */
export interface ProofOfPossession {
  /**
   * Reads the proof of a request to the token endpoint and its siblings. Throws `OAuthError`: `invalid_dpop_proof`,
   * `use_dpop_nonce`, or `invalid_request` where the client has to prove something and does not.
   */
  readonly prove: (
    exchange: Exchange,
    client: OAuthClient,
  ) => Promise<{ readonly confirmation: Confirmation | null; readonly headers: Answer['headers'] }>
}

/** For a server that binds no tokens. */
export const noProof: ProofOfPossession = { prove: async () => ({ confirmation: null, headers: [] }) }
