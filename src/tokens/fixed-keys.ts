import { exportPublicJwk, importKey } from '../crypto/jwk.ts'
import type { ImportKeyOptions, Jwk } from '../crypto/jwk.ts'
import type { JwsKey } from '../crypto/jws.ts'
import { keysFrom } from '../crypto/jwt.ts'
import type { SigningKeys } from './signing-keys.ts'

export interface FixedKeysOptions {
  /** What signs: a private key, or for HS256 the secret that is shared with those who verify (required). */
  readonly signing: ImportKeyOptions
  /** Keys that only verify, such as the ones from before (none). */
  readonly verifying?: readonly ImportKeyOptions[]
}

/**
 * Keys from the settings, which rotate when the settings change. For tokens that another program has to make or to verify
 * with the same secret, such as a Django application with SimpleJWT. Throws `TypeError` for a key that does not fit.
 */
export function createFixedKeys({ signing, verifying = [] }: FixedKeysOptions): SigningKeys {
  const current = withKid(importKey(signing))
  const all = [current, ...verifying.map((key) => withKid(importKey(key)))]
  if (current.key.type === 'public') throw new TypeError('createFixedKeys: signing must be a private key or a secret.')
  return {
    current: () => current,
    find: keysFrom(all),
    jwks: () => ({ keys: all.flatMap((key) => (isPair(key) ? [publicJwk(key)] : [])) }),
    onRetired: () => undefined,
  }
}

/** A key pair is known by its thumbprint where nothing else is given; a secret without a name verifies tokens without one. */
function withKid(key: JwsKey): JwsKey {
  return key.kid === undefined && isPair(key) ? { ...key, kid: exportPublicJwk(key.key, key.alg).kid ?? '' } : key
}

type Pair = JwsKey & { readonly alg: Exclude<JwsKey['alg'], `HS${string}`> }

function isPair(key: JwsKey): key is Pair {
  return !key.alg.startsWith('HS')
}

function publicJwk({ key, alg, kid }: Pair): Jwk {
  const jwk = exportPublicJwk(key, alg)
  return kid === undefined ? jwk : { ...jwk, kid }
}
