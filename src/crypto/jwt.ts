import { deepFreeze, parseJsonObject } from './json-object.ts'
import type { JwsHeader, JwsKey, ParsedJws } from './jws.ts'
import { parseJws, verifyJws } from './jws.ts'
import { isJwsAlgorithm } from './jws-key.ts'
import type { JwtClaims } from './jwt-claims.ts'
import { createClaimsCheck } from './jwt-claims.ts'
import { JwtInvalid } from './jwt-invalid.ts'
import { createVerifiedTokens } from './verified-tokens.ts'

export type { JwtClaims } from './jwt-claims.ts'
export type { JwtInvalidReason } from './jwt-invalid.ts'
export { JwtInvalid } from './jwt-invalid.ts'
export { keysFrom } from './jwt-keys.ts'

export interface JwtVerifierOptions {
  /**
   * Finds the key for a token by the `kid` and `alg` of its header, which are the caller's word and no more; `null` where
   * there is none (required). `keysFrom` makes one of a fixed list. What it throws comes out of `verify`.
   * It gives the same object for the same key each time, since what is worked out for a key is kept with that object.
   */
  readonly keys: (header: JwsHeader) => Promise<JwsKey | null>
  /** What `iss` must be (not checked). */
  readonly issuer?: string
  /** What `aud` must name, or any one of which it must name (not checked). */
  readonly audience?: string | readonly string[]
  /** Values of `typ` that are taken, such as `at+jwt`, in any case, with or without `application/` (not checked). */
  readonly typ?: readonly string[]
  /** Claims that must be there (`exp`). */
  readonly required?: readonly string[]
  /** Seconds by which the issuer's clock may differ (0). */
  readonly leeway?: number
  /** Seconds from `iat` on after which a token is too old, whatever its `exp` says (no limit). */
  readonly maxAge?: number
  /** The longest token that is looked at, in characters (8192). */
  readonly maxLength?: number
  /** How many verified tokens are remembered at most, or `false`: each is verified each time (10,000). */
  readonly cache?: { readonly max: number } | false
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Verifies the tokens of one issuer. */
export interface JwtVerifier {
  /**
   * The claims of a token that is valid now, frozen. Rejects with `JwtInvalid` otherwise. A token that was verified before
   * costs a hash and a look-up.
   */
  readonly verify: (token: string) => Promise<JwtClaims>
  /** The claims, where this very token was verified before and is still valid: `null` says nothing about it. */
  readonly remembered: (token: string) => JwtClaims | null
  /** Forgets all tokens, those that are being verified right now included. */
  readonly forget: () => void
  /** Forgets the tokens that this key signed, so that none outlives it. */
  readonly forgetKey: (kid: string) => void
}

/**
 * Verifies JSON Web Tokens (RFC 7519, section 7.2) as RFC 8725 advises: the algorithm is the key's, never the token's
 * choice; what is wanted of issuer, audience and type must be there; `crit` and keys within the token are not followed.
 * Throws `TypeError` for options that are missing or of the wrong type.
 */
export function createJwtVerifier(options: JwtVerifierOptions): JwtVerifier {
  const { keys, maxLength = 8192, cache = { max: 10_000 }, clock = Date.now } = options
  if (typeof keys !== 'function') throw new TypeError('keys must be a function that finds the key for a header.')
  if (!Number.isSafeInteger(maxLength)) throw new TypeError('maxLength must be a whole number of characters.')
  const types = wantedTypes(options)
  const checkClaims = createClaimsCheck(options)
  const verified = cache === false ? null : createVerifiedTokens(cache.max)

  return {
    verify: (token) => {
      const claims = remembered(token)
      return claims === null ? verifyAnew(token) : Promise.resolve(claims)
    },
    remembered,
    forget: () => verified?.clear(),
    forgetKey: (kid) => verified?.clear(kid),
  }

  function remembered(token: string): JwtClaims | null {
    if (verified === null || typeof token !== 'string' || token.length > maxLength) return null
    return verified.find(token, clock())
  }

  async function verifyAnew(token: string): Promise<JwtClaims> {
    const remember = verified?.begin()
    const jws = parseJws(token, { maxLength })
    if (jws === null) throw new JwtInvalid('malformed')
    checkAlgorithm(jws.header.alg)
    checkType(jws.header.typ)
    const key = await signerOf(jws)
    const claims = readClaims(jws)
    const { from, until } = checkClaims(claims, clock())
    remember?.(token, { claims, kid: key.kid ?? jws.header.kid, from, until })
    return claims
  }

  function checkAlgorithm(alg: string): void {
    if (!isJwsAlgorithm(alg)) throw new JwtInvalid('algorithm')
  }

  /** RFC 8725, section 3.11. */
  function checkType(typ: string | undefined): void {
    if (types !== null && (typ === undefined || !types.has(normalType(typ)))) throw new JwtInvalid('type')
  }

  async function signerOf(jws: ParsedJws): Promise<JwsKey> {
    const key = await keys(jws.header)
    if (key === null) throw new JwtInvalid('key')
    if (key.alg !== jws.header.alg) throw new JwtInvalid('algorithm')
    if (!verifyJws(jws, key)) throw new JwtInvalid('signature')
    return key
  }
}

/**
 * What a token SAYS, and NOT whether it is true: anyone can write any claims. Nothing is verified, neither signature nor
 * expiry. It is there to find out which verifier to ask, by `iss` and `typ`; never take a decision by it.
 */
export function peekJwt(token: string): { readonly header: JwsHeader; readonly payload: JwtClaims } | null {
  const jws = parseJws(token)
  const payload = jws === null ? null : parseJsonObject(jws.payload)
  return jws === null || payload === null ? null : { header: jws.header, payload }
}

/** Remembered claims are given out again and again, hence frozen: no handler can change what the next one sees. */
function readClaims(jws: ParsedJws): JwtClaims {
  const claims = parseJsonObject(jws.payload)
  if (claims === null) throw new JwtInvalid('malformed')
  return deepFreeze(claims)
}

function wantedTypes(options: JwtVerifierOptions): ReadonlySet<string> | null {
  if (!Object.hasOwn(options, 'typ')) return null
  if (!Array.isArray(options.typ) || options.typ.length === 0 || options.typ.some((typ) => typeof typ !== 'string')) {
    throw new TypeError(
      'typ must be a list of texts with at least one in it, such as ["at+jwt"]. Leave it out to take any.',
    )
  }
  return new Set(options.typ.map(normalType))
}

/** RFC 7515, section 4.1.9: `application/` may be left out where no other `/` follows; media types ignore case. */
function normalType(typ: string): string {
  return /^application\/([^/]*)$/.exec(typ.toLowerCase())?.[1] ?? typ.toLowerCase()
}
