import type { Challenge } from '../core/challenge.ts'
import { AuthenticationFailed } from '../core/errors.ts'
import type { AuthRequest } from '../core/request.ts'
import type { OwnNames } from './audience.ts'
import { credentialOf } from './authorization.ts'
import { createDpopProofs, DpopInvalid, type DpopProofsOptions } from './dpop.ts'
import type { DpopNonces } from './dpop-nonces.ts'
import {
  type CertificateOf,
  type CertificateSource,
  certificateThumbprint,
  createCertificateOf,
} from './shown-certificate.ts'
import { bearerToken, hasTokenInQuery, invalidToken, twoWays } from './bearer-token.ts'
import { createSpentProofs, type SpendProof } from './spent-proofs.ts'

export interface DpopOptions extends DpopProofsOptions {
  /**
   * Where callers reach this API, such as `https://api.example`: what `htu` begins with (required). It is never made from
   * what a request says.
   */
  readonly address: OwnNames
  /** Asks for a nonce in each proof: `createDpopNonces({ key })` (none). */
  readonly nonces?: DpopNonces
  /** Whether a proof is used for the first time (a memory of this process). Several processes need a common one. */
  readonly spend?: SpendProof
}

/** How tokens are taken that are bound to something their holder has to prove. Without these, they are refused. */
export interface TokenBindingOptions {
  /** Takes tokens that are bound to a key, under the scheme `DPoP` and with a proof (RFC 9449) (they are refused). */
  readonly dpop?: DpopOptions
  /** Takes tokens that are bound to a client certificate: where that comes from (RFC 8705, section 3) (they are refused). */
  readonly certificate?: CertificateSource | CertificateOf
  /** Where the protected-resource metadata of this API is, for its challenges (RFC 9728, section 5.1) (nowhere). */
  readonly resourceMetadata?: string
}

/** A token as it was sent. */
export interface SentBearer {
  readonly token: string
  readonly scheme: 'Bearer' | 'DPoP'
}

export interface TokenBinding {
  /** What its tokens come under. */
  readonly schemes: readonly string[]
  /** What a 401 offers. */
  readonly challenges: readonly Challenge[]
  /** Reads the token of a request; `null` where there is none. */
  readonly tokenIn: (request: AuthRequest) => SentBearer | null
  /** Only the one under the scheme `DPoP`. */
  readonly keyBoundIn: (request: AuthRequest) => string | null
  /**
   * Checks what a token is bound to: `confirmation` is its `cnf` (RFC 7800, section 3.1). Rejects with `AuthenticationFailed`
   * where the caller does not prove to hold it, and for what cannot be checked here.
   */
  readonly check: (request: AuthRequest, sent: SentBearer, confirmation: unknown) => Promise<void>
}

/** Whether there is anything to check: most tokens are bound to nothing. */
export function isBound({ scheme }: Pick<SentBearer, 'scheme'>, confirmation: unknown): boolean {
  return scheme === 'DPoP' || (confirmation !== undefined && confirmation !== null)
}

/** Throws `TypeError` for options that lack something. */
export function createTokenBinding(
  { dpop, certificate, resourceMetadata }: TokenBindingOptions,
  realm = 'api',
  clock?: () => number,
): TokenBinding {
  const proofs = dpop === undefined ? null : createProofCheck(clock === undefined ? dpop : { clock, ...dpop })
  const certificateOf = certificate === undefined ? null : readerOf(certificate, clock)
  const more = resourceMetadata === undefined ? {} : { resource_metadata: resourceMetadata }
  const bearerOffer = { scheme: 'Bearer', params: { realm, ...more } }

  function tokenIn(request: AuthRequest): SentBearer | null {
    const token = bearerToken(request)
    if (token !== null) return { token, scheme: 'Bearer' }
    const bound = keyBoundIn(request)
    return bound === null ? null : { token: bound, scheme: 'DPoP' }
  }

  function keyBoundIn(request: AuthRequest): string | null {
    const token = proofs === null ? null : credentialOf(request, 'DPoP')
    if (token !== null && hasTokenInQuery(request.url)) throw twoWays()
    return token
  }

  async function check(request: AuthRequest, sent: SentBearer, confirmation: unknown): Promise<void> {
    const bound = readConfirmation(confirmation)
    // RFC 9449, section 7.1: neither kind of token passes for the other.
    if ((bound.jkt !== null) !== (sent.scheme === 'DPoP')) throw invalidToken('A token under the wrong scheme.')
    if (bound.certificate !== null) {
      const shown = certificateOf?.(request) ?? null
      const isTheirs = shown !== null && certificateThumbprint(shown.facts) === bound.certificate
      if (!isTheirs) throw invalidToken('The certificate is not the one that the token is bound to.')
    }
    if (bound.jkt === null) return
    if (proofs === null) throw invalidToken('A token that is bound to a key, which is not checked here.')
    await proofs.check(request, sent.token, bound.jkt)
  }

  return {
    schemes: proofs === null ? ['Bearer'] : ['Bearer', 'DPoP'],
    challenges:
      proofs === null ? [bearerOffer] : [bearerOffer, { scheme: 'DPoP', params: { realm, ...proofs.offer, ...more } }],
    tokenIn,
    keyBoundIn,
    check,
  }
}

function readerOf(certificate: CertificateSource | CertificateOf, clock?: () => number): CertificateOf {
  if (typeof certificate === 'function') return certificate
  return createCertificateOf(certificate, clock === undefined ? {} : { clock })
}

interface Bound {
  readonly jkt: string | null
  readonly certificate: string | null
}

/** What is bound in a way that is not known here cannot be checked, so it is refused. */
function readConfirmation(confirmation: unknown): Bound {
  if (confirmation === null || confirmation === undefined) return { jkt: null, certificate: null }
  if (typeof confirmation !== 'object') throw invalidToken('A confirmation that is none.')
  const { jkt = null, 'x5t#S256': certificate = null, ...others } = confirmation as Readonly<Record<string, unknown>>
  const isKnown = (jkt !== null || certificate !== null) && Object.keys(others).length === 0
  if (!isKnown || !isTextOrNull(jkt) || !isTextOrNull(certificate))
    throw invalidToken('A confirmation of another kind.')
  return { jkt, certificate }
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || (typeof value === 'string' && value !== '')
}

interface ProofCheck {
  readonly offer: Readonly<Record<string, string>>
  readonly check: (request: AuthRequest, token: string, jkt: string) => Promise<void>
}

/** RFC 9449, section 7.1. */
function createProofCheck(options: DpopOptions): ProofCheck {
  const { nonces, clock = Date.now, spend = createSpentProofs({ clock }) } = options
  const { address: own } = options
  const addressesFor = typeof own === 'function' ? own : fixedAddresses([own].flat())
  const proofs = createDpopProofs(options)
  // A request that is asked about twice, by two doors or to explain it, uses its proof once.
  const spentBy = new WeakMap<AuthRequest, string>()

  return {
    offer: { algs: proofs.algorithms.join(' ') },
    check: async (request, token, jkt) => {
      const header = request.headers.get('dpop')
      if (header === null) throw noProof('The request has no DPoP proof.')
      const path = request.url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '')
      const proof = checked(() =>
        proofs.check(header, {
          method: request.method,
          addresses: addressesFor(request).map((address) => address + path),
          accessToken: token,
        }),
      )
      if (proof.jkt !== jkt) throw invalidToken('The proof is by another key than the one that the token is bound to.')
      if (nonces?.isGood(proof.nonce) === false) throw wrongNonce(nonces)
      if (spentBy.get(request) === header) return
      if (!(await spend(proof))) throw noProof('The DPoP proof was used before.')
      spentBy.set(request, header)
    },
  }
}

function fixedAddresses(given: readonly string[]): () => readonly string[] {
  const addresses = given.map((address) => address.replace(/\/$/, ''))
  if (addresses.length === 0 || !addresses.every((address) => URL.canParse(address))) {
    throw new TypeError('dpop.address must be where callers reach this API, such as https://api.example.')
  }
  return () => addresses
}

function checked<Value>(check: () => Value): Value {
  try {
    return check()
  } catch (error) {
    throw error instanceof DpopInvalid ? noProof(error.message) : error
  }
}

function noProof(description: string): AuthenticationFailed {
  return new AuthenticationFailed('invalid_token', description, {
    challenge: { error: 'invalid_dpop_proof', error_description: description },
  })
}

/** RFC 9449, section 9: the nonce that is wanted comes with the refusal. */
function wrongNonce(nonces: DpopNonces): AuthenticationFailed {
  const description = 'The DPoP proof has to carry the nonce of this server.'
  return new AuthenticationFailed('invalid_token', description, {
    challenge: { error: 'use_dpop_nonce', error_description: description },
    headers: { 'dpop-nonce': nonces.current() },
  })
}
