import { hash } from 'node:crypto'
import { equalText } from '../crypto/compare.ts'
import { parseJws } from '../crypto/jws.ts'
import type { Claims } from './foreign-identity.ts'
import { ProviderRefused } from './provider-refused.ts'

export interface IdTokenFacts {
  readonly idToken: string
  readonly accessToken: string
  readonly claims: Claims
  readonly clientId: string
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * What OpenID Connect Core 1.0, section 3.1.3.7, leaves to the client, and `openid-client` to its caller; that the token is
 * signed, for us, of this sign-in and not over was checked before. Throws `ProviderRefused`.
 */
export function checkIdToken(facts: IdTokenFacts): void {
  checkSubject(facts)
  checkAuthorizedParty(facts)
  checkIssuedNow(facts)
  checkAccessTokenHash(facts)
}

/** Section 2: `sub` has at most 255 characters of ASCII. What is longer would be cut off somewhere, and then be another's. */
function checkSubject({ claims }: IdTokenFacts): void {
  const { sub } = claims
  if (typeof sub !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(sub)) throw refused('a sub that cannot be one')
}

/** Section 3.1.3.7, step 5: a party that is named has to be us, with a single audience too. */
function checkAuthorizedParty({ claims, clientId }: IdTokenFacts): void {
  if (claims['azp'] !== undefined && claims['azp'] !== clientId) throw refused('an azp that is not us')
}

/** Step 10: it was made for the code that was traded just now, so an old one was kept for another day. */
function checkIssuedNow({ claims, now }: IdTokenFacts): void {
  const { iat } = claims
  if (typeof iat !== 'number' || iat * 1000 > now + clockDifference || iat * 1000 < now - oldest) {
    throw refused('an iat that is not of now')
  }
}

/** Section 3.1.3.8: the ID token vouches for the access token, where it says anything about it. */
function checkAccessTokenHash({ claims, idToken, accessToken }: IdTokenFacts): void {
  const { at_hash: given } = claims
  if (given === undefined) return
  const algorithm = parseJws(idToken, { maxLength: 65_536 })?.header.alg ?? ''
  const bytes = Buffer.from(hash(hashOf(algorithm), accessToken, 'hex'), 'hex')
  const expected = bytes.subarray(0, bytes.length / 2).toString('base64url')
  if (typeof given !== 'string' || !equalText(given, expected)) throw refused('an at_hash of another access token')
}

/** The hash that the algorithm of the signature has in it; Ed25519 has SHA-512 (RFC 8032, section 5.1). */
function hashOf(algorithm: string): string {
  if (algorithm === 'EdDSA' || algorithm === 'Ed25519') return 'sha512'
  return `sha${/(256|384|512)$/.exec(algorithm)?.[1] ?? '256'}`
}

function refused(what: string): ProviderRefused {
  return new ProviderRefused(undefined, new Error(`The ID token has ${what}.`))
}

/** In milliseconds. */
const clockDifference = 60_000
const oldest = 600_000
