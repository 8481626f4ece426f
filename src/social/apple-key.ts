import { createPrivateKey } from 'node:crypto'

/** What client secrets for Apple are signed with. */
export interface AppleKey {
  readonly teamId: string
  readonly keyId: string
  /** PEM, of the curve P-256. */
  readonly privateKey: string
}

/** Reads it from the settings. `fault` makes an error of a sentence, which never holds the key. */
export function appleKeyOf(
  key: Partial<AppleKey> | { [Name in keyof AppleKey]: string | undefined },
  fault: (sentence: string) => Error,
): AppleKey {
  const { teamId, keyId, privateKey } = key
  if (teamId === undefined || keyId === undefined || privateKey === undefined) {
    throw fault('Apple needs teamId, keyId and privateKey (the text of its .p8 file)')
  }
  try {
    const { asymmetricKeyDetails } = createPrivateKey(privateKey)
    if (asymmetricKeyDetails?.namedCurve === 'prime256v1') return { teamId, keyId, privateKey }
  } catch {
    // Said below, without what was given.
  }
  throw fault('privateKey must be a P-256 key in PEM, as Apple gives it out')
}
