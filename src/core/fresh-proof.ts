/** When and how somebody proved who they are, where a credential rests on that. */
export interface ProofOfPerson {
  /** Milliseconds since 1970. */
  readonly authenticatedAt?: unknown
  /** In the names of RFC 8176. */
  readonly amr?: unknown
}

/**
 * Whether a proof is of the last `within` seconds. A sign-in in which a remembered browser stood in for the second factor (`rba`,
 * RFC 8176) never is: what asks for a fresh proof asks the person.
 */
export function isFreshProof(
  { authenticatedAt, amr }: ProofOfPerson,
  { now, within }: { readonly now: number; readonly within: number },
): boolean {
  if (typeof authenticatedAt !== 'number') return false
  const methods: readonly unknown[] = Array.isArray(amr) ? amr : []
  if (methods.includes(remembered) && !methods.includes('mfa')) return false
  const age = now - authenticatedAt
  return age >= 0 && age <= within * 1000
}

/** How `amr` says that a browser was remembered: authentication by risk. */
export const remembered = 'rba'
