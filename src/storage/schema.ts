import type { AcceptedTermsRow, AccountDeletionRow, PreferencesRow } from './account-schema.ts'
import type { ActedSessionRow, BreakGlassCodeRow, SetupLinkRow } from './admin-schema.ts'
import type { MailCodeRow, MailLinkRow, MailOutboxRow, MailTestRow } from './mail-schema.ts'
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
import type {
  ClientLogoRow,
  ClientMessageRow,
  ClientReviewRow,
  ClientTesterRow,
  ClientUsageDayRow,
  EndingNoticeRow,
  KeyRecentUsesRow,
  KeyRefusalDayRow,
  KeyUsageDayRow,
} from './portal-schema.ts'
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
import type { UserRow, GroupRow, MembershipRow, ServiceAccountRow, SessionRow } from './users-schema.ts'
import type {
  ApiTokenRow,
  ApiKeyRow,
  RefreshFamilyRow,
  RefreshTokenRow,
  ClientCertificateRow,
  SigningKeyRow,
  KeySetReaderRow,
  KeptSecretRow,
  RevocationRow,
  ConsumedRow,
  WorkloadTrustRow,
} from './tokens-schema.ts'
import type {
  ThrottleCounterRow,
  ThrottleOverrideRow,
  AuditEventRow,
  ImportRow,
  NodeReportRow,
  NodeRow,
} from './operation-schema.ts'

export type * from './account-schema.ts'
export type * from './admin-schema.ts'
export type * from './factors-schema.ts'
export type * from './mail-schema.ts'
export type * from './oauth-schema.ts'
export type * from './portal-schema.ts'
export type * from './social-schema.ts'
export type * from './operation-schema.ts'
export type * from './organisations-schema.ts'
export type * from './tokens-schema.ts'
export type * from './users-schema.ts'

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
  preferences: PreferencesRow
  api_tokens: ApiTokenRow
  api_keys: ApiKeyRow
  key_usage_days: KeyUsageDayRow
  key_refusal_days: KeyRefusalDayRow
  key_recent_uses: KeyRecentUsesRow
  refresh_families: RefreshFamilyRow
  refresh_tokens: RefreshTokenRow
  client_certificates: ClientCertificateRow
  workload_trusts: WorkloadTrustRow
  clients: ClientRow
  client_reviews: ClientReviewRow
  client_messages: ClientMessageRow
  client_testers: ClientTesterRow
  client_logos: ClientLogoRow
  client_usage_days: ClientUsageDayRow
  ending_notices: EndingNoticeRow
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
  mail_tests: MailTestRow
  mail_links: MailLinkRow
  mail_codes: MailCodeRow
  acted_sessions: ActedSessionRow
  setup_links: SetupLinkRow
  break_glass_codes: BreakGlassCodeRow
  signing_keys: SigningKeyRow
  key_set_readers: KeySetReaderRow
  kept_secrets: KeptSecretRow
  revocations: RevocationRow
  imports: ImportRow
  consumed: ConsumedRow
  throttle_counters: ThrottleCounterRow
  throttle_overrides: ThrottleOverrideRow
  audit_events: AuditEventRow
  nodes: NodeRow
  node_reports: NodeReportRow
}
