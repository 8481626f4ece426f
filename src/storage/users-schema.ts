// The tables of people and programs, and of their sessions: see `schema.ts` for what columns hold.

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
  /** Whether there is an authenticator app or a passkey of theirs, for lists. */
  has_second_factor: number
  /** Until when they are staff, and superuser; `null`: for good. What has ended does not count, though the flag still stands. */
  staff_until: number | null
  superuser_until: number | null
  /** The account that this one became part of. */
  merged_into_id: bigint | null
  /** Where the account comes from: see `UserSource`. `null`: from before this was kept. */
  source: string | null
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
  /** The address as text that sorts as addresses do: `addressKey`. */
  address_key: string | null
}
