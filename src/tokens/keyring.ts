import { RequestRefused } from '../core/errors.ts'
import type { Jwk, SigningAlgorithm } from '../crypto/jwk.ts'
import type { JwsKey } from '../crypto/jws.ts'
import type { SigningKeyRecord } from './signing-key-record.ts'
import { createSigningKeys } from './signing-keys.ts'
import type { OwnAlgorithm, RotateOptions, RotatingKeys, SigningKeys, SigningKeysOptions } from './signing-keys.ts'

export interface KeyringOptions extends Omit<SigningKeysOptions, 'algorithm'> {
  /** The algorithm of `current` (EdDSA). Its key is there from the start. */
  readonly algorithm?: OwnAlgorithm
  /** What else can be signed with: keys are made when they are first needed, or by `prepare` (RS256, ES256, PS256, EdDSA). */
  readonly others?: readonly SigningAlgorithm[]
}

/** Signing keys of several algorithms, in one published set: for those who take one algorithm only. */
export interface Keyring extends SigningKeys {
  /** What can be signed with, the algorithm of `current` first. */
  readonly algorithms: readonly OwnAlgorithm[]
  /** What signs with an algorithm now. Throws `TypeError` for one that the ring does not have. */
  readonly signing: (algorithm: OwnAlgorithm) => Promise<JwsKey>
  /** Makes the keys that are missing, so that they are published before anything is signed with them. RSA takes a moment. */
  readonly prepare: () => Promise<void>
  /** As `RotatingKeys`, for each algorithm that has keys. Gives back the keys that are to sign, in the order of `algorithms`. */
  readonly rotate: (options: RotateOptions) => Promise<readonly SigningKeyRecord[]>
  readonly retire: RotatingKeys['retire']
  readonly list: RotatingKeys['list']
  readonly reload: () => Promise<void>
  /** Stops what goes on in the background, and waits for keys that are being made. */
  readonly close: () => Promise<void>
}

/**
 * One `createSigningKeys` an algorithm, over one table. All of them keep old keys for the same time, so it does not matter
 * which of them ends a key that is over.
 */
export async function createKeyring(options: KeyringOptions): Promise<Keyring> {
  const { algorithm = 'EdDSA', others = ['RS256', 'ES256', 'PS256', 'EdDSA'], ...common } = options
  const algorithms: readonly OwnAlgorithm[] = [...new Set([algorithm, ...others])]
  const main = await createSigningKeys({ ...common, algorithm })
  const opened = new Map<OwnAlgorithm, RotatingKeys>([[algorithm, main]])
  const opening = new Map<OwnAlgorithm, Promise<RotatingKeys>>()
  let isClosed = false

  async function open(wanted: OwnAlgorithm): Promise<RotatingKeys> {
    const known = opened.get(wanted)
    if (known !== undefined) return known
    if (!algorithms.includes(wanted)) throw new TypeError(`The keyring has no keys for ${wanted}.`)
    if (isClosed) throw new TypeError('The keyring is closed.')
    const begun = opening.get(wanted) ?? begin(wanted)
    opening.set(wanted, begun)
    return begun
  }

  async function begin(wanted: OwnAlgorithm): Promise<RotatingKeys> {
    try {
      const keys = await createSigningKeys({ ...common, algorithm: wanted })
      opened.set(wanted, keys)
      // Whoever looks for the new key by its name finds it at once.
      await main.reload()
      return keys
    } finally {
      opening.delete(wanted)
    }
  }

  return {
    algorithms,
    current: main.current,
    // It knows the rows of all algorithms, and looks again for a name that it does not know.
    find: main.find,
    signing: async (wanted) => (opened.get(wanted) ?? (await open(wanted))).current(),
    jwks: () => {
      const published = new Map<string, Jwk>()
      for (const keys of opened.values()) for (const jwk of keys.jwks().keys) published.set(jwk.kid ?? '', jwk)
      return { keys: [...published.values()] }
    },
    onRetired: main.onRetired,
    prepare: async () => void (await Promise.all(algorithms.map(open))),
    rotate: async (action) => {
      const records: SigningKeyRecord[] = []
      const present = new Set((await main.list()).map(({ alg }) => alg))
      for (const one of algorithms) if (present.has(one)) records.push(await (await open(one)).rotate(action))
      for (const keys of opened.values()) await keys.reload()
      return records
    },
    retire: async (kid, action) => {
      const alg = (await main.list()).find((key) => key.kid === kid)?.alg
      if (alg === undefined) throw new RequestRefused('not_found')
      // Its own ring alone knows whether it signs.
      const own = algorithms.find((one) => one === alg)
      await (own === undefined ? main : await open(own)).retire(kid, action)
      for (const keys of opened.values()) await keys.reload()
    },
    list: main.list,
    reload: async () => {
      for (const keys of opened.values()) await keys.reload()
    },
    close: async () => {
      isClosed = true
      await Promise.allSettled(opening.values())
      for (const keys of opened.values()) keys.close()
    },
  }
}
