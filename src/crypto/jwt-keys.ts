import type { JwsHeader } from './jws.ts'
import type { JwsKey } from './jws-key.ts'
import { checkJwsKey, isJwsAlgorithm } from './jws-key.ts'

/**
 * Finds keys in a fixed list, for the `keys` of a verifier. The key has the header's `alg` and `kid`. A key without a `kid`
 * serves every token with its `alg` that no other key is named for; a token without a `kid` gets such a key, or the only
 * one with its `alg`. Throws `TypeError` for keys that do not fit their algorithm, or that nothing tells apart.
 */
export function keysFrom(list: readonly JwsKey[]): (header: JwsHeader) => Promise<JwsKey | null> {
  const named = new Map<string, JwsKey>()
  const only = new Map<string, JwsKey | null>()
  for (const key of list) {
    checkJwsKey(key)
    const name = nameOf(key.alg, key.kid)
    if (named.has(name)) throw new TypeError(`Two keys for ${key.alg} have the same kid, or none. Give each its own.`)
    named.set(name, key)
    only.set(key.alg, only.has(key.alg) ? null : key)
  }
  return async ({ alg, kid }) => {
    if (!isJwsAlgorithm(alg)) return null
    const found = named.get(nameOf(alg, kid)) ?? named.get(nameOf(alg, undefined))
    if (found !== undefined) return found
    return kid === undefined ? (only.get(alg) ?? null) : null
  }
}

/** No `alg` that is served holds a space. */
function nameOf(alg: string, kid: string | undefined): string {
  return kid === undefined ? alg : `${alg} ${kid}`
}
