/** A sign-in whose credential was right, and that waits for a step: no session yet. */
export interface PendingSignInRow {
  id: bigint
  digest: Uint8Array
  user_id: bigint
  /** From before the credential was looked at. */
  created_at: number
  expires_at: number
  /** What it has proved so far, as RFC 8176 names it: `pwd`. */
  amr: string
  /** Where the browser is to go when all is done; `null` for home. */
  next: string | null
  /** How often a step was guessed at. */
  guesses: number
}
