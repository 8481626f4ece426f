import { digest } from '../crypto/digest.ts'
import type { ImportKeyOptions } from '../crypto/jwk.ts'
import type { Sealer } from '../crypto/seal.ts'
import { createFixedKeys } from '../tokens/fixed-keys.ts'
import type { SigningKeys } from '../tokens/signing-keys.ts'

/**
 * Keys for refresh tokens, made of the secret: nobody but us verifies these, so they need no key pair, and HS256 makes a
 * refresh cheaper by a third. Tokens from before a change of the secret are verified with the previous ones.
 */
export function refreshKeys(sealer: Pick<Sealer, 'deriveEach'>): SigningKeys {
  const [signing, ...verifying] = sealer.deriveEach('refresh-token').map((key): ImportKeyOptions => ({
    alg: 'HS256',
    key,
    // Tells keys apart; the key itself has 256 bits, so a part of its digest says nothing about it.
    kid: `refresh-${digest(key).toString('base64url').slice(0, 8)}`,
  }))
  if (signing === undefined) throw new TypeError('The sealer has no secret.')
  return createFixedKeys({ signing, verifying })
}
