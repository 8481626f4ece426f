import { createPrivateKey, createSecretKey } from 'node:crypto'
import { generateSigningKey, importPublicJwk } from '../crypto/jwk.ts'
import type { Jwk, SigningAlgorithm } from '../crypto/jwk.ts'
import type { JwsKey } from '../crypto/jws.ts'
import { randomBase62 } from '../crypto/random.ts'
import type { Sealer } from '../crypto/seal.ts'
import type { SigningKeyRow } from '../storage/schema.ts'

/** Algorithms of own keys: key pairs, whose public half is published, or HS256, which only we can verify. */
export type OwnAlgorithm = SigningAlgorithm | 'HS256'

/** A key as its row has it, without its place among the others. */
export type KeyMaterial = Pick<SigningKeyRow, 'kid' | 'alg' | 'public_jwk' | 'private_key'>

/** Makes a key and seals what is private of it. */
export async function makeKeyMaterial(alg: OwnAlgorithm, sealer: Pick<Sealer, 'seal'>): Promise<KeyMaterial> {
  if (alg === 'HS256') {
    const secret = Buffer.from(randomBase62(43))
    return { kid: randomBase62(22), alg, public_jwk: '', private_key: sealer.seal(purpose, secret) }
  }
  const { kid, privateKey, publicJwk } = await generateSigningKey(alg)
  const der = privateKey.export({ type: 'pkcs8', format: 'der' })
  return { kid, alg, public_jwk: JSON.stringify(publicJwk), private_key: sealer.seal(purpose, der) }
}

/** A key in use. */
export interface OpenedKey {
  /** For verifying; `null` for HS256 that could not be opened. */
  readonly verifying: JwsKey | null
  /** For signing; `null` where this process cannot open it, because it was sealed under a secret that is not known here. */
  readonly signing: JwsKey | null
  /** What is published; `null` for HS256. */
  readonly publicJwk: Jwk | null
}

/** Reads a key from its row. */
export function openKeyMaterial(row: KeyMaterial, sealer: Pick<Sealer, 'open'>): OpenedKey {
  const { kid } = row
  const plain = sealer.open(purpose, row.private_key)
  if (row.alg === 'HS256') {
    const key: JwsKey | null = plain === null ? null : { alg: 'HS256', kid, key: createSecretKey(plain) }
    return { verifying: key, signing: key, publicJwk: null }
  }
  const publicJwk = JSON.parse(row.public_jwk) as Jwk
  const verifying = importPublicJwk(publicJwk)
  const signing: JwsKey | null =
    plain === null
      ? null
      : { alg: verifying.alg, kid, key: createPrivateKey({ key: Buffer.from(plain), type: 'pkcs8', format: 'der' }) }
  return { verifying, signing, publicJwk }
}

const purpose = 'signing-key'
