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
  /** Which step it waits for, and how many forced ones are behind it. */
  step: string
  steps_done: number
}

/** An authenticator app, which shows a code that changes every half minute (RFC 6238). A user has one at most. */
export interface TotpDeviceRow {
  user_id: bigint
  /** What both sides make codes of, sealed with the user's id. */
  secret: Uint8Array
  created_at: number
  /** The newest time step whose code was used: it and those before it are over. */
  last_step: number
  last_used_at: number | null
}

/** An authenticator app that has not shown a right code yet. */
export interface TotpEnrolmentRow {
  user_id: bigint
  secret: Uint8Array
  created_at: number
  expires_at: number
}

export interface RecoveryCodeRow {
  id: bigint
  user_id: bigint
  /** Keyed, since codes are short enough to be typed. Unique with the user. */
  digest: Uint8Array
  created_at: number
  used_at: number | null
}

/** A credential of WebAuthn. */
export interface PasskeyRow {
  id: bigint
  user_id: bigint
  /** As the authenticator names it: up to 1,023 bytes. Unique. */
  credential_id: Uint8Array
  /** As COSE writes it (RFC 9052). */
  public_key: Uint8Array
  /** The newest count that the authenticator gave of its signatures; 0 where it does not count. */
  sign_count: number
  /** How the browser reaches it: `internal hybrid`. */
  transports: string
  /** Whether it may be on several devices of its owner. */
  is_synced: number
  /** What make of authenticator it is, as it says itself: a UUID, of zeros where it does not say. */
  aaguid: string
  /** The domain it was made for. */
  rp_id: string
  name: string
  created_at: number
  last_used_at: number | null
}

/** A browser in which its user is not asked for a second factor. */
export interface TrustedBrowserRow {
  id: bigint
  digest: Uint8Array
  user_id: bigint
  /** Digest of the user's password and factors as they were: when one changes, the trust is gone. */
  bound_to: Uint8Array
  created_at: number
  expires_at: number
  /** What it was, and where from, when it was trusted: for its user. */
  user_agent: string | null
  address: string | null
}
