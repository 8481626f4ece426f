// The tables of the authorization server: see `schema.ts` for what columns hold.

/** An application that is registered with the authorization server. */
export interface ClientRow {
  id: bigint
  /** `client_id` on the wire: `id` as text, one that was taken over, or the URL of a metadata document. Unique. */
  identifier: string
  name: string
  /** Whether it can keep a secret (RFC 6749, section 2.1). */
  is_confidential: number
  /** The user who answers for it. */
  owner_id: bigint | null
  /** `manual`, `portal`, `dynamic` (RFC 7591) or `document` (a client ID metadata document). */
  source: string
  is_active: number
  /** `token_endpoint_auth_method`. */
  auth_method: string
  grant_types: string
  /** What it may ask for. */
  scopes: string
  /** Everything else that is registered, JSON: see `oauth/client-metadata.ts`. */
  metadata: string
  /** `null` where it has none. */
  secret_digest: Uint8Array | null
  secret_last_used_at: number | null
  /** The incoming secret during a rotation, and when the outgoing one stops working by itself. */
  next_secret_digest: Uint8Array | null
  next_secret_last_used_at: number | null
  rotation_ends_at: number | null
  /** The secret as another server hashed it, in place of a digest, until it is shown for the first time. */
  imported_secret_hash: string | null
  /** The newest secret, sealed: only where ID tokens are signed with it (HS256). */
  sealed_secret: Uint8Array | null
  /** Of the token that reads and changes the registration (RFC 7592). */
  registration_digest: Uint8Array | null
  created_at: number
  updated_at: number
  /** When what was read from a metadata document has to be read anew. */
  fresh_until: number | null
  /** Whom it belongs to, and goes with. */
  organisation_id: bigint | null
  /** Written with that of its organisation, so that no request has to look there. */
  organisation_suspended: number
  /** 0: where it is off, its owner did it, and switches it on. All else: an administrator did (`null`: from before this was kept). */
  held: number | null
  /** When the first of what it shows itself by ends: see `oauth/credentials-end.ts`. `null`: nothing of it does. */
  credentials_end_at: number | null
}

/** What a user has allowed a client, so that they are not asked again. */
export interface ConsentRow {
  user_id: bigint
  client_id: bigint
  scopes: string
  /** Absolute URIs beside the server's own API, with spaces between. */
  resources: string
  /** 0: only in the organisations of `organisation_choices`. */
  everywhere: number
  created_at: number
  updated_at: number
}

/** One authorization of a client, by a user. All its tokens hang on it and die with it. */
export interface GrantRow {
  id: bigint
  client_id: bigint
  user_id: bigint
  /** The sign-in that it began in, `null` where there was none. */
  sign_in_id: bigint | null
  scopes: string
  /** Absolute URIs that its tokens may be for (RFC 8707), with spaces between; empty: the server's own API. */
  resources: string
  /** Whether it lives on when its sign-in ends (`offline_access`). */
  is_offline: number
  created_at: number
  /** No token of it lives longer. */
  expires_at: number
  revoked_at: number | null
  /** `code_replayed`, `reused`, `revoked`, `signed_out`, `password_changed`, `user_disabled`, `consent_withdrawn`, `left_organisation`. */
  revoked_for: string | null
  /** What its tokens say of the sign-in, JSON: see `oauth/grants.ts`. */
  detail: string
  /** The organisation that it is for, and no other; `null`: its tokens speak for the user as a whole. */
  organisation_id: bigint | null
  /** To the minute; `null`: not since this is kept. */
  last_used_at: number | null
}

export interface AuthorizationCodeRow {
  id: bigint
  digest: Uint8Array
  grant_id: bigint
  /** As it was sent, `null` where it was left out. */
  redirect_uri: string | null
  /** S256 (RFC 7636); `null` where the client may go without. */
  code_challenge: string | null
  /** JWK thumbprint that the code is bound to (RFC 9449, section 10). */
  dpop_jkt: string | null
  created_at: number
  expires_at: number
  spent_at: number | null
}

/** An opaque access token. */
export interface AccessTokenRow {
  id: bigint
  digest: Uint8Array
  client_id: bigint
  /** `null`: the client acts for itself. */
  user_id: bigint | null
  /** `null`: it hangs on the client alone. */
  grant_id: bigint | null
  scopes: string
  /** Whom it is for, with spaces between; empty: the server's own API. */
  audience: string
  /** `cnf`, JSON: what its user must prove to hold (RFC 9449, section 6; RFC 8705, section 3.1). `null`: nothing. */
  confirmation: string | null
  /** `act`, JSON: who acts for the user (RFC 8693, section 4.1). `null`: nobody else. */
  actor: string | null
  created_at: number
  expires_at: number
}

/** A refresh token of a grant. */
export interface GrantTokenRow {
  id: bigint
  digest: Uint8Array
  grant_id: bigint
  /** `cnf`, as in access tokens: what a public client has to prove to refresh. */
  confirmation: string | null
  created_at: number
  expires_at: number
  spent_at: number | null
  /** The one that was given for it; `null`: it is not spent. */
  next_id: bigint | null
  /** Digest of what the client showed of itself that it was given to: the idempotent window is theirs alone. */
  asked_by: Uint8Array | null
  /** The answer that it was given in, sealed under the token before. `null`: it is the first of its grant, or spent. */
  answer: Uint8Array | null
}

export interface DeviceCodeRow {
  id: bigint
  digest: Uint8Array
  /** Keyed digest of the user code, which is short. Unique among those that wait. */
  user_code: Uint8Array
  client_id: bigint
  scopes: string
  resources: string
  /** `waiting`, `approved`, `denied` or `spent`. */
  status: string
  /** Set once it is approved. */
  grant_id: bigint | null
  /** Seconds between two questions; grows where they come too fast. */
  pace: number
  asked_at: number | null
  /** Where the device asked from, for whoever confirms it. */
  address: string | null
  /** The organisation that it named, by id or short name, as it was sent. */
  organization: string | null
  created_at: number
  expires_at: number
}

/** An authorization request that was pushed (RFC 9126). */
export interface PushedRequestRow {
  id: bigint
  digest: Uint8Array
  client_id: bigint
  /** JSON. */
  parameters: string
  created_at: number
  expires_at: number
  /** When a browser first came with it: from then on there is time to sign in. */
  begun_at: number | null
  spent_at: number | null
}

/** An initial access token (RFC 7591, section 3). */
export interface RegistrationTokenRow {
  id: bigint
  digest: Uint8Array
  name: string
  /** How many clients it may still register; `null`: any number. */
  uses_left: number | null
  created_at: number
  expires_at: number | null
}

/** A back-channel logout that a client still has to be told of. */
export interface LogoutNoticeRow {
  id: bigint
  client_id: bigint
  /** `sub` and `sid` as that client knows them. */
  subject: string
  sid: string | null
  attempts: number
  next_attempt_at: number
  expires_at: number
}
