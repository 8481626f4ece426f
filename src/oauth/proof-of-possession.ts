import { DpopInvalid, type DpopProofs } from '../http/dpop.ts'
import type { DpopNonces } from '../http/dpop-nonces.ts'
import type { Answer, Exchange } from '../http/exchange.ts'
import { type CertificateOf, certificateThumbprint } from '../http/shown-certificate.ts'
import type { Consumed } from '../storage/consumed.ts'
import type { Confirmation } from './access-tokens.ts'
import type { OAuthClient } from './client.ts'
import { OAuthError } from './oauth-error.ts'

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
  /**
   * Reads the DPoP proof of a pushed authorization request, which binds its code to the key (RFC 9449, section 10.1): `null`
   * where there is none. Throws `OAuthError`: `invalid_dpop_proof` or `use_dpop_nonce`.
   */
  readonly keyOf: (exchange: Exchange) => Promise<{ readonly jkt: string | null; readonly headers: Answer['headers'] }>
}

export interface ProofOfPossessionOptions {
  readonly consumed: Consumed
  readonly dpopProofs: DpopProofs
  /** Where clients reach this server, such as `https://id.example`: what `htu` begins with. Never taken from a request. */
  readonly addresses: readonly string[]
  /** Where the certificate of a request comes from; `null`: nowhere, and no token can be bound to one. */
  readonly certificateOf: CertificateOf | null
  /** Nonces that each proof has to carry; `null`: none is asked for. */
  readonly nonces: DpopNonces | null
}

export function createProofOfPossession(options: ProofOfPossessionOptions): ProofOfPossession {
  const { consumed, dpopProofs, addresses, certificateOf, nonces } = options

  async function keyOf(exchange: Exchange): ReturnType<ProofOfPossession['keyOf']> {
    const header = exchange.headers.get('dpop')
    if (header === null) return { jkt: null, headers: [] }
    const path = pathOf(exchange.url)
    const proof = checked(() =>
      dpopProofs.check(header, {
        method: exchange.method,
        addresses: addresses.map((address) => address + path),
      }),
    )
    // RFC 9449, section 8: the client tries again with the nonce that comes with the refusal.
    if (nonces !== null && !nonces.isGood(proof.nonce)) {
      throw new OAuthError('use_dpop_nonce', 'The DPoP proof has to carry the nonce of this server.', {
        headers: { 'dpop-nonce': nonces.current() },
      })
    }
    // Section 11.1: a proof counts once. That of another key is another one, whatever its jti.
    const value = { purpose: 'dpop proof', value: [proof.jkt, proof.jti], expiresAt: proof.expiresAt }
    if (!(await consumed.spend(value))) throw new OAuthError('invalid_dpop_proof', 'The DPoP proof was used before.')
    return { jkt: proof.jkt, headers: nonces === null ? [] : [['dpop-nonce', nonces.current()]] }
  }

  /** RFC 8705, section 3: the token is for who holds the key of this certificate. */
  function certificateBinding(exchange: Exchange): Confirmation {
    const certificate = certificateOf?.(exchange) ?? null
    if (certificate === null) throw new OAuthError('invalid_request', 'The client has to show its certificate.')
    return { 'x5t#S256': certificateThumbprint(certificate.facts) }
  }

  return {
    keyOf,
    prove: async (exchange, { metadata }) => {
      const { jkt, headers } = await keyOf(exchange)
      const isCertificateBound = metadata.tlsClientCertificateBoundAccessTokens === true
      if (jkt !== null) {
        if (!isCertificateBound) return { confirmation: { jkt }, headers }
        throw new OAuthError('invalid_request', 'The tokens of the client are bound to its certificate, not to a key.')
      }
      // RFC 9449, section 5.2.
      if (metadata.dpopBoundAccessTokens === true) {
        throw new OAuthError('invalid_request', 'The tokens of the client are bound to a key: send a DPoP proof.')
      }
      return { confirmation: isCertificateBound ? certificateBinding(exchange) : null, headers }
    },
  }
}

function checked<Value>(check: () => Value): Value {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof DpopInvalid)) throw error
    throw new OAuthError('invalid_dpop_proof', error.message, { cause: error })
  }
}

function pathOf(url: string): string {
  return url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '')
}
