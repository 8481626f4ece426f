/** What stops guessing: asked before anything is computed from a password. */
export interface PasswordGuard {
  /** Throws `Throttled` where too many were wrong. What it gives is told how the attempt ended; one that failed needs nothing. */
  readonly attempt: (guess: PasswordGuess) => Promise<{
    readonly succeeded: () => Promise<void>
    /** The password was never compared. */
    readonly withdrawn: () => Promise<void>
  }>
  /** Forgets failures, as after a password was set anew (nothing). */
  readonly clear?: (guess: PasswordGuess) => Promise<void>
}

export interface PasswordGuess {
  /** One text for all ways to write one account. */
  readonly account: string
  readonly address: string | null
}
