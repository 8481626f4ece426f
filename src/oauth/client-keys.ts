import type { Jwk } from '../crypto/jwk.ts'
import type { JwsHeader, JwsKey } from '../crypto/jws.ts'
import type { OAuthClient } from './client.ts'
import { isPublicAlgorithm, keyIn } from './key-in-set.ts'
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
      if (!isPublicAlgorithm(header.alg)) return null
      if (jwks !== undefined) return keyIn(jwks.keys, header)
      if (jwksUri === undefined) return null
      const known = await remote.read(jwksUri)
      const key = keyIn(known ?? [], header)
      if (key !== null) return key
      const anew = await remote.readAnew(jwksUri)
      return anew === known ? null : keyIn(anew ?? [], header)
    },
    list: async ({ metadata: { jwks, jwksUri } }) => {
      if (jwks !== undefined) return jwks.keys
      return jwksUri === undefined ? [] : ((await remote.read(jwksUri)) ?? [])
    },
  }
}
