import type { AcceptedTermsRow, AccountDeletionRow } from './account-schema.ts'
import type { ActedSessionRow, BreakGlassCodeRow, SetupLinkRow } from './admin-schema.ts'
import type { MailCodeRow, MailLinkRow, MailOutboxRow } from './mail-schema.ts'
import type {
  ClientRow,
  ConsentRow,
  GrantRow,
  AuthorizationCodeRow,
  AccessTokenRow,
  GrantTokenRow,
  DeviceCodeRow,
  PushedRequestRow,
  RegistrationTokenRow,
  LogoutNoticeRow,
} from './oauth-schema.ts'
import type {
  PasskeyRow,
  PendingSignInRow,
  RecoveryCodeRow,
  TotpDeviceRow,
  TotpEnrolmentRow,
  TrustedBrowserRow,
} from './factors-schema.ts'
import type { KeyRecentUsesRow, KeyUsageDayRow } from './portal-schema.ts'
import type { LinkedAccountRow, ProviderSignInRow, PendingLinkRow, AppSignInRow } from './social-schema.ts'
import type {
  OrganisationRow,
  OrganisationMemberRow,
  RoleRow,
  RoleGrantRow,
  DefaultOrganisationRow,
  InvitationRow,
  OrganisationChoiceRow,
} from './organisations-schema.ts'

export type * from './account-schema.ts'
export type * from './admin-schema.ts'
export type * from './factors-schema.ts'
export type * from './mail-schema.ts'
export type * from './oauth-schema.ts'
export type * from './portal-schema.ts'
export type * from './social-schema.ts'
export type * from './organisations-schema.ts'

/**
 * What is stored. Ids and references are 63-bit time-ordered integers (`bigint` in the program, see `id.ts`), times are
 * milliseconds since 1970, flags are 0 or 1, lists are texts with spaces between, digests are 32 bytes of SHA-256.
 * A column of ids is named `id` or ends in `_id`; every other integer column is read as a `number`.
 * `docs/storage.md` says what each table is for and how long its rows stay.
 */
export interface Schema {
  users: UserRow
  groups: GroupRow
  memberships: MembershipRow
  organisations: OrganisationRow
  organisation_members: OrganisationMemberRow
  organisation_choices: OrganisationChoiceRow
  default_organisations: DefaultOrganisationRow
  roles: RoleRow
  role_grants: RoleGrantRow
  invitations: InvitationRow
  service_accounts: ServiceAccountRow
  sessions: SessionRow
  pending_sign_ins: PendingSignInRow
  totp_devices: TotpDeviceRow
  totp_enrolments: TotpEnrolmentRow
  recovery_codes: RecoveryCodeRow
  passkeys: PasskeyRow
  trusted_browsers: TrustedBrowserRow
  account_deletions: AccountDeletionRow
  accepted_terms: AcceptedTermsRow
  api_tokens: ApiTokenRow
  api_keys: ApiKeyRow
  key_usage_days: KeyUsageDayRow
  key_recent_uses: KeyRecentUsesRow
  refresh_families: RefreshFamilyRow
  refresh_tokens: RefreshTokenRow
  client_certificates: ClientCertificateRow
  clients: ClientRow
  consents: ConsentRow
  grants: GrantRow
  authorization_codes: AuthorizationCodeRow
  access_tokens: AccessTokenRow
  grant_tokens: GrantTokenRow
  device_codes: DeviceCodeRow
  pushed_requests: PushedRequestRow
  registration_tokens: RegistrationTokenRow
  logout_notices: LogoutNoticeRow
  linked_accounts: LinkedAccountRow
  provider_sign_ins: ProviderSignInRow
  pending_links: PendingLinkRow
  app_sign_ins: AppSignInRow
  mail_outbox: MailOutboxRow
  mail_links: MailLinkRow
  mail_codes: MailCodeRow
  acted_sessions: ActedSessionRow
  setup_links: SetupLinkRow
  break_glass_codes: BreakGlassCodeRow
  signing_keys: SigningKeyRow
  kept_secrets: KeptSecretRow
  revocations: RevocationRow
  consumed: ConsumedRow
  throttle_counters: ThrottleCounterRow
  audit_events: AuditEventRow
  nodes: NodeRow
}

export interface UserRow {
  id: bigint
  username: string
  /** The username as it is compared: NFKC, lower case. Unique. */
  username_key: string
  email: string | null
  /** As `username_key`. Unique where it is not null. */
  email_key: string | null
  email_verified: number
  /** PHC string; `null` where the user has no password. */
  password_hash: string | null
  is_active: number
  is_staff: number
  is_superuser: number
  /** The user's own permissions, such as `notes.add notes.change`. */
  permissions: string
  created_at: number
  last_login_at: number | null
  password_changed_at: number | null
  /** Sessions and tokens from before are dead ("sign out everywhere"). */
  signed_out_at: number | null
  /** 1: they have to choose a new password before they are let in. */
  must_change_password: number
  /** Whether there are `role_grants` or `organisation_members` of theirs to look for. */
  has_roles: number
  /** Until when they are staff, and superuser; `null`: for good. What has ended does not count, though the flag still stands. */
  staff_until: number | null
  superuser_until: number | null
  /** The account that this one became part of. */
  merged_into_id: bigint | null
}

export interface GroupRow {
  id: bigint
  name: string
  permissions: string
}

export interface MembershipRow {
  user_id: bigint
  group_id: bigint
}

export interface ServiceAccountRow {
  id: bigint
  name: string
  owner_id: bigint | null
  scopes: string
  permissions: string
  is_active: number
  created_at: number
  /** Whom it belongs to, and goes with. */
  organisation_id: bigint | null
  /** Written with that of its organisation, so that no request has to look there. */
  organisation_suspended: number
  /** 1: an administrator switched it off, and only one switches it on. */
  held: number
}

export interface SessionRow {
  id: bigint
  digest: Uint8Array
  user_id: bigint
  created_at: number
  last_seen_at: number
  /** The end whatever happens; the idle end follows from `last_seen_at`. */
  expires_at: number
  /** When the person last proved who they are, for `freshLogin`. */
  authenticated_at: number
  /** How, as RFC 8176 names it: `pwd otp`. */
  amr: string
  address: string | null
  user_agent: string | null
  /** The sign-in that it goes back to: it stays when the session gets a new id. Clients know it as `sid`. */
  sign_in_id: bigint
}

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
  next_last_used_at: number | null
  /** Off for now: can be switched on again. */
  disabled_at: number | null
  /** Off for good. */
  revoked_at: number | null
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
  /** The one that was spent for it, whose answer is forgotten when this one is spent; `null`: the first of its family. */
  previous_id: bigint | null
  created_at: number
  expires_at: number
  spent_at: number | null
  /** Digest of what the spender showed of itself: the idempotent window is theirs alone. */
  spent_by: Uint8Array | null
  /** The answer that was given for it, sealed under the spent token itself; cleared once the window is over. */
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

export interface ThrottleCounterRow {
  key: string
  /** When the bucket is full again, in whole microseconds: see `gcra` in `core/gcra.ts`. */
  arrival: number
  expires_at: number
}

export interface AuditEventRow {
  id: bigint
  /** The process that wrote it, and its place in that process's chain. */
  chain_id: bigint
  position: number
  at: number
  /** Such as `session.created`, `key.revoked`, `password.failed`. */
  event: string
  /** Who did it: `user:4fQ…`, `service_account:…`, `system`. */
  actor: string
  /** What it was done to. */
  subject: string
  address: string | null
  request_id: string | null
  /** More about it, JSON, without secrets. */
  detail: string
  /** How many events it stands for: 1, and those that `more` in its detail names, each by subject and request. */
  events: number
  /** SHA-256 over the hash before it in the chain and this row. */
  hash: Uint8Array
}

/** A number for each running process, so that no two make the same id. */
export interface NodeRow {
  number: number
  /** Random, new at each start: whoever reads its own value back holds the number. */
  holder: string
  expires_at: number
}
