import { hash } from 'node:crypto'
import { equalText } from '../../crypto/compare.ts'
import type { OAuthClient } from '../client.ts'
import type { OAuthParameters } from '../oauth-endpoint.ts'
import { OAuthError } from '../oauth-error.ts'

/**
 * The `code_challenge` of an authorization request (RFC 7636, section 4.3), by S256 alone: `plain` protects nothing once the
 * request is seen. `null` where the client may go without: RFC 9700, section 2.1.1, lets confidential clients of OpenID
 * Connect rely on their nonce, and here they have to be registered for that. Throws `OAuthError` (`invalid_request`).
 */
export function requestedCodeChallenge(client: OAuthClient, parameters: OAuthParameters): string | null {
  const challenge = parameters.get('code_challenge')
  const method = parameters.get('code_challenge_method')
  if (challenge === null) {
    if (method === null && mayGoWithout(client, parameters)) return null
    throw new OAuthError('invalid_request', 'The parameter code_challenge is missing (PKCE, RFC 7636).')
  }
  // Section 4.3: left out, it would be plain.
  if (method !== 'S256') throw new OAuthError('invalid_request', 'The code_challenge_method has to be S256.')
  if (!/^[A-Za-z0-9_-]{43}$/.test(challenge)) {
    throw new OAuthError('invalid_request', 'The code_challenge has to be a SHA-256 digest in base64url.')
  }
  return challenge
}

/**
 * Whether a `code_verifier` is the one behind the challenge (RFC 7636, section 4.6). One that comes for a code which has no
 * challenge is wrong as well: somebody has taken the challenge out of the request (RFC 9700, section 4.8.2).
 */
export function isRightVerifier(challenge: string | null, verifier: string | null): boolean {
  if (challenge === null || verifier === null) return challenge === verifier
  return /^[A-Za-z0-9._~-]{43,128}$/.test(verifier) && equalText(hash('sha256', verifier, 'base64url'), challenge)
}

function mayGoWithout(client: OAuthClient, parameters: OAuthParameters): boolean {
  const isOpenid = parameters.get('scope')?.split(' ').includes('openid') === true
  return client.isConfidential && client.metadata.pkceOptional === true && isOpenid && parameters.get('nonce') !== null
}
