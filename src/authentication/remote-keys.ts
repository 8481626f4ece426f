import { Unavailable } from '../core/errors.ts'
import { importPublicJwk, type Jwk, type SigningAlgorithm } from '../crypto/jwk.ts'
import { parseJsonObject } from '../crypto/json-object.ts'
import type { JwsHeader, JwsKey } from '../crypto/jws.ts'
import { keysFrom } from '../crypto/jwt.ts'
import { createSafeFetch } from '../http/safe-fetch.ts'

export interface RemoteKeysOptions {
  /** Where the issuer publishes its keys (required). It comes from settings or from the issuer's metadata, never from a token. */
  readonly jwksUri: string
  /** How it is asked (`createSafeFetch()`: https only, and no special addresses). */
  readonly fetch?: (url: string) => Promise<{ readonly status: number; readonly body: Uint8Array }>
  /** Seconds after which the keys are asked for anew, while the old ones go on serving (600). */
  readonly maxAge?: number
  /** Seconds for which the old ones go on serving where the issuer cannot be reached (86,400). */
  readonly staleFor?: number
  /** Seconds that lie between two questions, whatever tokens bring along (30; 1 until there are keys). */
  readonly cooldown?: number
  /** What RSA keys serve that do not say it: an RSA key fits several algorithms (RS256). */
  readonly algorithm?: SigningAlgorithm
  /** Hears of keys that are no longer published: `(kid) => verifier.forgetKey(kid)` ends remembered tokens too (nobody). */
  readonly onWithdrawn?: (kid: string) => void
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * Finds the keys of another issuer in its JWK set (RFC 7517, section 5), for the `keys` of `jwt` or of a verifier. The set is
 * fetched at the first token, and again when it is old or a token names a key that is not in it, since issuers rotate keys.
 * Many requests share one question, and made-up key names cannot make it ask more often than the cool-down allows.
 * Throws `Unavailable` where there is no set to go by: whether the token is right cannot be known then.
 */
export function remoteKeys(options: RemoteKeysOptions): (header: JwsHeader) => Promise<JwsKey | null> {
  const { jwksUri, fetch = createSafeFetch(), algorithm = 'RS256', onWithdrawn, clock = Date.now } = options
  const { maxAge = 600, staleFor = 86_400, cooldown = 30 } = options
  if (!URL.canParse(jwksUri)) throw new TypeError('remoteKeys: jwksUri must be the URL of a JWK set.')
  let set: KeySet | null = null
  let asking: Promise<void> | null = null
  let askedAt = Number.NEGATIVE_INFINITY
  let failure: unknown

  return async (header) => {
    const age = set === null ? Number.POSITIVE_INFINITY : (clock() - set.fetchedAt) / 1000
    if (age >= staleFor) await ask()
    else if (age >= maxAge) void ask()
    const key = await current().find(header)
    if (key !== null || !(await ask())) return key
    return current().find(header)
  }

  function current(): KeySet {
    if (set === null || clock() - set.fetchedAt >= staleFor * 1000) throw new Unavailable({ cause: failure })
    return set
  }

  /** Whether it was asked, or is being: never rejects, for the old keys may do. */
  async function ask(): Promise<boolean> {
    const pause = set === null ? Math.min(1, cooldown) : cooldown
    if (asking === null && clock() - askedAt < pause * 1000) return false
    askedAt = asking === null ? clock() : askedAt
    asking ??= renew().finally(() => {
      asking = null
    })
    await asking
    return true
  }

  async function renew(): Promise<void> {
    try {
      const { status, body } = await fetch(jwksUri)
      if (status !== 200) throw new Error(`The JWK set was answered with ${status}.`)
      const keys = keysIn(body, algorithm)
      const before = set
      set = { keys, find: keysFrom(keys), fetchedAt: clock() }
      for (const kid of withdrawn(before?.keys ?? [], keys)) onWithdrawn?.(kid)
    } catch (error) {
      failure = error
    }
  }
}

interface KeySet {
  readonly keys: readonly JwsKey[]
  readonly find: (header: JwsHeader) => Promise<JwsKey | null>
  readonly fetchedAt: number
}

/** No issuer needs more. */
const most = 100

/** Keys of kinds that are not served, or not for signatures, are passed over (RFC 7517, section 5). */
function keysIn(body: Uint8Array, algorithm: SigningAlgorithm): readonly JwsKey[] {
  const listed = parseJsonObject(Buffer.from(body.buffer, body.byteOffset, body.byteLength))?.['keys']
  if (!Array.isArray(listed) || listed.length > most) throw new Error('What was answered is no JWK set.')
  const keys = new Map<string, JwsKey>()
  for (const jwk of listed as readonly unknown[]) {
    const key = imported(jwk, algorithm)
    if (key !== null && !keys.has(`${key.alg} ${key.kid}`)) keys.set(`${key.alg} ${key.kid}`, key)
  }
  if (keys.size === 0) throw new Error('The JWK set has no key that verifies signatures.')
  return [...keys.values()]
}

function imported(value: unknown, algorithm: SigningAlgorithm): JwsKey | null {
  if (typeof value !== 'object' || value === null) return null
  const jwk = value as Jwk
  try {
    return importPublicJwk(jwk, jwk.kty === 'RSA' && jwk.alg === undefined ? algorithm : undefined)
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}

/** Names whose key is gone, or is another one now. */
function withdrawn(before: readonly JwsKey[], after: readonly JwsKey[]): readonly string[] {
  return before.flatMap(({ alg, kid, key }) => {
    const stays = after.some((one) => one.alg === alg && one.kid === kid && one.key.equals(key))
    return stays || kid === undefined ? [] : [kid]
  })
}
