import type { ForeignIdentity, ForeignTokens } from './foreign-identity.ts'
import type { ProviderSettings } from './provider-settings.ts'

/** What a sign-in under way is told by. All three are random, and of this sign-in alone. */
export interface SignInSecrets {
  readonly state: string
  readonly nonce: string
  /** Of PKCE (RFC 7636). */
  readonly verifier: string
}

export interface ProviderRequest extends SignInSecrets {
  /** Where the answer comes to. Each provider has one of its own. */
  readonly redirectUri: string
  /** Who somebody said they are (nobody). */
  readonly loginHint?: string | null
  /** Whether they are to prove it again, though they are signed in there (false). */
  readonly isFresh?: boolean
}

export interface ProviderAnswer extends SignInSecrets {
  readonly redirectUri: string
  /** The parameters of the answer, each there once. */
  readonly parameters: URLSearchParams
  /** When the sign-in began, where the person was to prove again who they are (not asked for). In milliseconds since 1970. */
  readonly freshSince?: number | null
}

/**
 * A provider that people may sign in with. Functions reject with `ProviderRefused` for what the provider, or whoever stands
 * between, got wrong, and with `ProviderUnavailable` where it cannot be asked.
 */
export interface Provider {
  readonly settings: ProviderSettings
  /** Where to send the browser. */
  readonly authorizationUrl: (request: ProviderRequest) => Promise<URL>
  /** Trades the answer's code for tokens, checks all of them, and tells who it is. */
  readonly identify: (answer: ProviderAnswer) => Promise<ForeignIdentity>
  /**
   * Trades a refresh token for new ones (RFC 6749, section 6); `null` where it is good for nothing any more. What is not given
   * anew is `null`, and stays as it was.
   */
  readonly refresh: (refreshToken: string) => Promise<ForeignTokens | null>
  /** Asks it what it publishes about itself, where it does. */
  readonly check: () => Promise<void>
  /** Where to sign out there; `null` where that cannot be. */
  readonly signOutUrl: (idToken: string | null, returnTo: string) => Promise<URL | null>
}
