// The tables of tokens and keys, of what signs them, and of what is no longer good: see `schema.ts` for what columns hold.

export type PrincipalKind = 'user' | 'service_account'

export interface ApiTokenRow {
  id: bigint
  digest: Uint8Array
  /** Exactly one of the two is set. */
  user_id: bigint | null
  service_account_id: bigint | null
  name: string
  created_at: number
  expires_at: number | null
  last_used_at: number | null
}

export interface ApiKeyRow {
  id: bigint
  digest: Uint8Array
  /** The incoming secret during a rotation, and when the outgoing one stops working by itself. */
  next_digest: Uint8Array | null
  rotation_ends_at: number | null
  /** Exactly one of the two is set. */
  user_id: bigint | null
  service_account_id: bigint | null
  name: string
  /** `live` or `test`. */
  mode: string
  scopes: string
  /** Address ranges such as `10.0.0.0/8 2001:db8::/32`; empty allows any. */
  allowed_addresses: string
  /** Its own rate, such as `100/min`; `null` takes the server's. */
  rate: string | null
  created_at: number
  expires_at: number | null
  last_used_at: number | null
  last_used_address: string | null
  /** As it calls itself: at most 256 characters. */
  last_used_user_agent: string | null
  /** What it is for, in the words of whoever made it; empty: they said nothing. */
  purpose: string
  next_last_used_at: number | null
  /** Off for now: can be switched on again. */
  disabled_at: number | null
  /** Off for good. */
  revoked_at: number | null
  /** 0: where it is off, its owner did it, and switches it on. All else: an administrator did (`null`: from before this was kept). */
  held: number | null
}

/** The refresh tokens that one sign-in began. */
export interface RefreshFamilyRow {
  id: bigint
  user_id: bigint
  created_at: number
  /** Rotation never reaches beyond. */
  expires_at: number
  revoked_at: number | null
  /** `signed_out`, `reused`, `password_changed`, `user_disabled`, `revoked`. */
  revoked_for: string | null
  /** Claims that the application added at sign-in, JSON. */
  claims: string
}

export interface RefreshTokenRow {
  id: bigint
  family_id: bigint
  created_at: number
  expires_at: number
  spent_at: number | null
  /** The one that was given for it; `null`: it is not spent. */
  next_id: bigint | null
  /** Digest of what the client showed of itself that it was given to: the idempotent window is theirs alone. */
  asked_by: Uint8Array | null
  /** The answer that it was given in, sealed under the token before. `null`: it is the first of its family, or spent. */
  answer: Uint8Array | null
}

export interface ClientCertificateRow {
  id: bigint
  user_id: bigint | null
  service_account_id: bigint | null
  name: string
  /** `fingerprint` (SHA-256 of the DER, hex), `subject` (RFC 4514), `san_dns`, `san_uri`, `san_email`. */
  match: string
  value: string
  created_at: number
  revoked_at: number | null
}

/** Whose tokens stand for a service account: see `tokens/workload-trusts.ts`. */
export interface WorkloadTrustRow {
  id: bigint
  service_account_id: bigint
  issuer: string
  /** A text, or a pattern. */
  subject: string
  audience: string
  scopes: string
  created_at: number
  last_used_at: number | null
}

/** Who has fetched the public keys: see `tokens/key-set-readers.ts`. */
export interface KeySetReaderRow {
  id: bigint
  name: string
  network: string
  program: string
  first_at: number
  last_at: number
  reads: number
}

export interface SigningKeyRow {
  id: bigint
  /** RFC 7638 thumbprint. Unique. */
  kid: string
  alg: string
  /** Which generation of keys for this algorithm: 1, 2, … Unique with `alg`, so that two nodes make one set. */
  generation: number
  public_jwk: string
  /** PKCS #8, sealed. */
  private_key: Uint8Array
  /** Published from its creation on, signs from here on … */
  signs_from: number
  /** … to here, is published and verifies until here. `null`: no end yet. */
  signs_until: number | null
  retired_at: number | null
  created_at: number
}

/** A random value of this server that must stay the same, whatever happens to its secret. */
export interface KeptSecretRow {
  id: bigint
  /** What it is for. Unique, so that two nodes make one. */
  name: string
  /** Sealed; anew when the secret has changed. */
  value: Uint8Array
  created_at: number
}

/** What every node must hear of quickly: tokens that nobody looks up are checked against these. */
export interface RevocationRow {
  id: bigint
  /** `user` and `client` (all from before `not_before`), `family` (or a grant), `token`. */
  kind: string
  subject_id: bigint
  not_before: number
  /** When the last token it could concern has expired anyway. */
  expires_at: number
}

/** Single-use values of others, such as the `jti` of an assertion. */
export interface ConsumedRow {
  /** Digest of purpose and value. */
  digest: Uint8Array
  expires_at: number
}
