import { createHash, randomUUID } from 'node:crypto'
import { generateSigningKey, type SigningAlgorithm, thumbprint } from '../crypto/jwk.ts'
import { signJws } from '../crypto/jws.ts'

/** What a proof says in place of the right thing; `undefined` leaves it out. */
export interface ProofChanges {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
}

/** A key as a client holds it, for tests of proofs. */
export interface ProofKey {
  readonly jkt: string
  readonly publicJwk: Readonly<Record<string, unknown>>
  readonly privateJwk: Readonly<Record<string, unknown>>
  /** A proof (RFC 9449, section 4.2). `now` is in milliseconds. */
  readonly prove: (
    request: { readonly htm: string; readonly htu: string; readonly now: number; readonly accessToken?: string },
    changes?: ProofChanges,
  ) => string
}

export async function makeProofKey(alg: SigningAlgorithm = 'ES256'): Promise<ProofKey> {
  const { privateKey, publicKey } = await generateSigningKey(alg)
  const publicJwk = publicKey.export({ format: 'jwk' }) as Readonly<Record<string, unknown>>
  return {
    jkt: thumbprint(publicJwk),
    publicJwk,
    privateJwk: privateKey.export({ format: 'jwk' }),
    prove: ({ htm, htu, now, accessToken }, { header = {}, claims = {} } = {}) => {
      const ath = accessToken === undefined ? {} : { ath: createHash('sha256').update(accessToken).digest('base64url') }
      return signJws(
        { alg, key: privateKey },
        { typ: 'dpop+jwt', jwk: publicJwk, ...header },
        { jti: randomUUID(), htm, htu, iat: Math.floor(now / 1000), ...ath, ...claims },
      )
    },
  }
}
