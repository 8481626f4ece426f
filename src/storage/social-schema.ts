/** An account of somebody at another provider, and whose it is here. */
export interface LinkedAccountRow {
  id: bigint
  user_id: bigint
  /** The name of the provider in the settings. Unique together with `issuer` and `subject`. */
  provider: string
  /** Who vouches for the subject: where a provider is pointed elsewhere, old subjects stand for nobody. */
  issuer: string
  /** `sub`: the one thing that tells who it is. */
  subject: string
  /** What the provider said last, for people to know the account by. Nobody is found by these. */
  email: string | null
  name: string | null
  created_at: number
  last_used_at: number | null
  /** Tokens of the provider, JSON, sealed: where they are kept, and the ID token where signing out goes there too. */
  tokens: Uint8Array | null
  /** Until when somebody is refreshing the tokens at the provider, and nobody else may; `null`: nobody is. */
  refreshing_until: number | null
}

/** A sign-in that is under way at a provider: state, nonce and verifier hang on it, and it is used once. */
export interface ProviderSignInRow {
  id: bigint
  /** Of the `state`. */
  digest: Uint8Array
  /** Digest of what the browser holds that began it. */
  browser: Uint8Array
  provider: string
  /** Who is signed in, where it is for them alone: to link, or to try a provider out. */
  user_id: bigint | null
  /** Nonce, verifier and where to go, JSON, sealed under the state and what the browser holds. */
  details: Uint8Array
  created_at: number
  expires_at: number
}

/** An account at a provider that waits for its owner: to prove that the account here is theirs, or to accept the terms of a new one. */
export interface PendingLinkRow {
  id: bigint
  /** Digest of what the browser holds. Unique: the last one counts. */
  browser: Uint8Array
  /** Whose account it is to be linked with; `null` for somebody new, who has terms to accept. */
  user_id: bigint | null
  /** Who it is at the provider, JSON, sealed under what the browser holds. */
  details: Uint8Array
  created_at: number
  expires_at: number
}

/** A sign-in that an application asked for, which is told by a code. */
export interface AppSignInRow {
  id: bigint
  /** Digest of what the browser holds. */
  browser: Uint8Array
  user_id: bigint
  redirect_uri: string
  /** S256 (RFC 7636, section 4.2). */
  code_challenge: string
  /** The `state` of the application. */
  app_state: string
  /** Digest of the code, once it was given out. */
  code_digest: Uint8Array | null
  created_at: number
  expires_at: number
}
