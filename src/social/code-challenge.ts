import { digest } from '../crypto/digest.ts'

/** The challenge of a verifier, S256 (RFC 7636, section 4.2). */
export function challengeOf(verifier: string): string {
  return digest(verifier).toString('base64url')
}
