import { createPrivateKey } from 'node:crypto'
import { type JwsKey, signJws } from '../crypto/jws.ts'
import type { AppleKey } from './apple-key.ts'

export interface AppleSecretOptions {
  /** The services id that people sign in to. */
  readonly clientId: string
  readonly key: AppleKey
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/**
 * Makes the client secret that Apple asks for: a JWT of the team, signed with its key. Apple takes one for up to six months;
 * these live for five minutes, since each is made when it is needed.
 */
export function appleSecret({ clientId, key, clock }: AppleSecretOptions): () => string {
  const signing: JwsKey = { alg: 'ES256', kid: key.keyId, key: createPrivateKey(key.privateKey) }
  return () => {
    const now = Math.floor(clock() / 1000)
    return signJws(signing, {}, { iss: key.teamId, sub: clientId, aud: audience, iat: now, exp: now + 300 })
  }
}

const audience = 'https://appleid.apple.com'
