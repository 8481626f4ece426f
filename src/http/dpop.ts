import { digest } from '../crypto/digest.ts'
import { importPublicJwk, type Jwk, type SigningAlgorithm, thumbprint } from '../crypto/jwk.ts'
import { parseJsonObject } from '../crypto/json-object.ts'
import { type JwsKey, type ParsedJws, parseJws, verifyJws } from '../crypto/jws.ts'
import { createRecent } from './recent.ts'

/** What proofs may be signed with: all that have a key pair. Published as `dpop_signing_alg_values_supported`. */
export const dpopAlgorithms: readonly SigningAlgorithm[] = [
  'ES256',
  'EdDSA',
  'RS256',
  'PS256',
  'ES384',
  'ES512',
  'RS384',
  'RS512',
  'PS384',
  'PS512',
]

export interface DpopProofsOptions {
  /** Algorithms that are taken (all of `dpopAlgorithms`). */
  readonly algorithms?: readonly SigningAlgorithm[]
  /** Seconds after its `iat` for which a proof is taken (60). */
  readonly maxAge?: number
  /** Seconds by which the caller's clock may differ (10). */
  readonly leeway?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** The request that a proof has to be for. */
export interface ProvenRequest {
  readonly method: string
  /** The addresses of it, any one of which may be meant: absolute, without query. Never made from what the request says. */
  readonly addresses: readonly string[]
  /** The access token that comes with it: the proof has to name it, too (none). */
  readonly accessToken?: string
}

/** A proof that is right, but for what only its receiver can know: whether it was used before, and its nonce. */
export interface DpopProof {
  /** The thumbprint of the key that signed it (RFC 7638). */
  readonly jkt: string
  readonly jti: string
  readonly nonce: string | null
  /** Until when it is taken, in milliseconds since 1970. */
  readonly expiresAt: number
}

/** A proof that is none. The message is safe to send. */
export class DpopInvalid extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
  }
}

/** Checks proofs of possession of a key. */
export interface DpopProofs {
  readonly algorithms: readonly SigningAlgorithm[]
  /** Checks the `DPoP` header of a request. Throws `DpopInvalid`. */
  readonly check: (header: string, request: ProvenRequest) => DpopProof
}

/** Makes the checks of RFC 9449, section 4.3, that are the same for every receiver. */
export function createDpopProofs(options: DpopProofsOptions = {}): DpopProofs {
  const { algorithms = dpopAlgorithms, maxAge = 60, leeway = 10, clock = Date.now } = options
  const taken = new Set<string>(algorithms)
  // A caller's proofs have one and the same header, and reading its key costs more than the rest.
  const known = createRecent<string, Signer>(1000)

  return {
    algorithms,
    check: (header, { method, addresses, accessToken }) => {
      const jws = readProof(header, taken)
      const text = jws.input.slice(0, jws.input.indexOf('.'))
      const signer = known.get(text) ?? signerOf(jws)
      known.set(text, signer)
      if (!verifyJws(jws, signer.key)) throw new DpopInvalid('The DPoP proof is not signed with its key.')
      const { jti, htm, htu, iat, nonce, ath } = readClaims(jws)
      if (htm !== method) throw new DpopInvalid('The DPoP proof is for another method.')
      const target = comparable(htu)
      if (target === null || !addresses.some((address) => comparable(address) === target)) {
        throw new DpopInvalid('The DPoP proof is for another address.')
      }
      const now = clock() / 1000
      if (iat > now + leeway) throw new DpopInvalid('The DPoP proof is from the future.')
      if (iat < now - maxAge - leeway) throw new DpopInvalid('The DPoP proof is too old.')
      if (accessToken !== undefined && ath !== digest(accessToken).toString('base64url')) {
        throw new DpopInvalid('The DPoP proof is for another access token.')
      }
      return { jkt: signer.jkt, jti, nonce, expiresAt: (iat + maxAge + leeway) * 1000 }
    },
  }
}

interface Signer {
  readonly key: JwsKey
  readonly jkt: string
}

interface ProofClaims {
  readonly jti: string
  readonly htm: string
  readonly htu: string
  readonly iat: number
  readonly nonce: string | null
  readonly ath: unknown
}

/** Honest ones with an RSA key stay well below. In characters. */
const longest = 4096

/** RFC 9449, section 4.3, steps 1 to 5. A header that was sent twice holds a comma, which no JWS does. */
function readProof(header: string, algorithms: ReadonlySet<string>): ParsedJws {
  if (header.includes(',')) throw new DpopInvalid('More than one DPoP proof was sent.')
  const jws = parseJws(header, { maxLength: longest })
  if (jws === null) throw new DpopInvalid('The DPoP proof is no signed JWT.')
  if (jws.header.typ?.toLowerCase() !== 'dpop+jwt') throw new DpopInvalid('The typ of a DPoP proof is dpop+jwt.')
  if (!algorithms.has(jws.header.alg))
    throw new DpopInvalid('The DPoP proof is signed with another algorithm than ours.')
  return jws
}

/** Steps 6 and 7: the key comes along, and is a public one. */
function signerOf({ header: { jwk, alg } }: ParsedJws): Signer {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) {
    throw new DpopInvalid('The DPoP proof does not bring its key along as jwk.')
  }
  try {
    return { key: importPublicJwk(jwk as Jwk, alg as SigningAlgorithm), jkt: thumbprint(jwk as Jwk) }
  } catch (error) {
    if (error instanceof TypeError) throw new DpopInvalid('The key of the DPoP proof is no public key for its alg.')
    throw error
  }
}

function readClaims(jws: ParsedJws): ProofClaims {
  const { jti, htm, htu, iat, nonce = null, ath } = parseJsonObject(jws.payload) ?? {}
  if (typeof jti !== 'string' || jti === '' || jti.length > longestJti) {
    throw new DpopInvalid('The DPoP proof has no jti, or one of more than 256 characters.')
  }
  if (typeof htm !== 'string' || typeof htu !== 'string') throw new DpopInvalid('The DPoP proof lacks htm or htu.')
  if (typeof iat !== 'number' || !Number.isFinite(iat)) throw new DpopInvalid('The DPoP proof has no iat.')
  if (nonce !== null && typeof nonce !== 'string') throw new DpopInvalid('The nonce of the DPoP proof is no text.')
  return { jti, htm, htu, iat, nonce, ath }
}

const longestJti = 256

/**
 * An address as it is compared (RFC 9449, section 4.3, step 9): without query and fragment, normalised as RFC 3986, sections
 * 6.2.2 and 6.2.3, have it. `null` for what is no address of an HTTP resource.
 */
function comparable(address: string): string | null {
  if (address.length > 2048 || !/^https?:\/\//i.test(address) || !URL.canParse(address)) return null
  const { origin, pathname, username, password } = new URL(address)
  if (username !== '' || password !== '') return null
  return origin + pathname.replaceAll(/%[0-9a-f]{2}/gi, plainEscape)
}

function plainEscape(escape: string): string {
  const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
  return /[\w.~-]/.test(character) ? character : escape.toUpperCase()
}
