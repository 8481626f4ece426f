import { importPublicJwk, type Jwk, type SigningAlgorithm } from '../crypto/jwk.ts'
import { isJwsAlgorithm } from '../crypto/jws-key.ts'
import type { JwsHeader, JwsKey } from '../crypto/jws.ts'
import type { OAuthClient } from './client.ts'
import { createRemoteJwkSets, type RemoteJwkSetsOptions } from './remote-jwk-sets.ts'

/** How the sets behind `jwks_uri` are read and kept. */
export type ClientKeysOptions = RemoteJwkSetsOptions

/** The public keys that clients have registered, as `jwks` or `jwks_uri` (RFC 7591, section 2). */
export interface ClientKeys {
  /**
   * Finds the key that a client signs with, by `alg` and `kid` of a header, which are the caller's word and no more: `null`
   * where it has none, or its set cannot be had. Never a secret one. A header without `kid` gets the only key that serves
   * its `alg`. For a key that is not in a set behind `jwks_uri`, that is read anew once, since clients rotate keys.
   */
  readonly find: (
    client: Pick<OAuthClient, 'metadata'>,
    header: Pick<JwsHeader, 'alg' | 'kid'>,
  ) => Promise<JwsKey | null>
  /** All of a client's set as it is published, unchecked: for keys that are told by their certificates (`x5c`). */
  readonly list: (client: Pick<OAuthClient, 'metadata'>) => Promise<readonly Jwk[]>
}

export function createClientKeys(options: ClientKeysOptions = {}): ClientKeys {
  const remote = createRemoteJwkSets(options)

  return {
    find: async ({ metadata: { jwks, jwksUri } }, header) => {
      const { alg } = header
      if (!isJwsAlgorithm(alg) || alg.startsWith('HS')) return null
      const wanted = { ...header, alg: alg as SigningAlgorithm }
      if (jwks !== undefined) return keyIn(jwks.keys, wanted)
      if (jwksUri === undefined) return null
      const known = await remote.read(jwksUri)
      const key = keyIn(known ?? [], wanted)
      if (key !== null) return key
      const anew = await remote.readAnew(jwksUri)
      return anew === known ? null : keyIn(anew ?? [], wanted)
    },
    list: async ({ metadata: { jwks, jwksUri } }) => {
      if (jwks !== undefined) return jwks.keys
      return jwksUri === undefined ? [] : ((await remote.read(jwksUri)) ?? [])
    },
  }
}

/** The one key of a set that fits. Where several do, nothing tells which is meant. */
function keyIn(
  set: readonly Jwk[],
  { alg, kid }: { readonly alg: SigningAlgorithm; readonly kid?: string },
): JwsKey | null {
  const keys = keysFor(set, alg)
  const isNamed = kid !== undefined && keys.some((key) => key.kid === kid)
  const fitting = isNamed
    ? keys.filter((key) => key.kid === kid)
    : keys.filter((key) => kid === undefined || key.kid === undefined)
  const [key, another] = fitting
  return key === undefined || another !== undefined ? null : key
}

/** Read once for each set and algorithm: an RSA key serves several, and what is worked out for a key is kept with it. */
function keysFor(set: readonly Jwk[], alg: SigningAlgorithm): readonly JwsKey[] {
  const byAlgorithm = imported.get(set) ?? new Map<SigningAlgorithm, readonly JwsKey[]>()
  imported.set(set, byAlgorithm)
  const known = byAlgorithm.get(alg)
  if (known !== undefined) return known
  const keys = set.map((jwk) => importedOrNull(jwk, alg)).filter((key) => key !== null)
  byAlgorithm.set(alg, keys)
  return keys
}

const imported = new WeakMap<readonly Jwk[], Map<SigningAlgorithm, readonly JwsKey[]>>()

/** Keys of other kinds, and such as are not for signatures, are passed over (RFC 7517, section 5). */
function importedOrNull(jwk: Jwk, alg: SigningAlgorithm): JwsKey | null {
  try {
    return importPublicJwk(jwk, alg)
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}
