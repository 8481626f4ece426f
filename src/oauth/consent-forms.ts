import { equalText } from '../crypto/compare.ts'
import { keyedDigest } from '../crypto/digest.ts'
import type { Sealer } from '../crypto/seal.ts'

/** What ties the form of a consent page to what was shown on it, and to whom. */
export interface ConsentForms {
  readonly tokenFor: (sessionId: string, request: string) => string
  /** Whether a form that comes back is of that session, and asks for what was shown. */
  readonly isGood: (token: string, sessionId: string, request: string) => boolean
}

export function createConsentForms({ sealer }: { readonly sealer: Pick<Sealer, 'derive'> }): ConsentForms {
  const key = sealer.derive('authorization requests')
  const tokenFor = (sessionId: string, request: string): string =>
    keyedDigest(key, `is put to ${sessionId} ${request}`).toString('base64url')
  return { tokenFor, isGood: (token, sessionId, request) => equalText(token, tokenFor(sessionId, request)) }
}
