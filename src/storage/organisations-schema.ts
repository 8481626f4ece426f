// Organisations and roles: see `schema.ts` for what columns hold.

/** People who belong together: a customer, a team. */
export interface OrganisationRow {
  id: bigint
  name: string
  /** Its short name, in addresses and rules. Unique. */
  slug: string
  second_factor_required: number
  /** Seconds that keys of its service accounts may live; `null`: for ever. */
  longest_key_lifetime: number | null
  /** The most that its own roles and its service accounts may hold. */
  allowed_permissions: string
  allowed_scopes: string
  created_at: number
  /** `null` while it is in use. */
  suspended_at: number | null
}

export interface OrganisationMemberRow {
  user_id: bigint
  organisation_id: bigint
  /** `owner`, `admin` or `member`. */
  standing: string
  joined_at: number
}

/** Permissions under one name. */
export interface RoleRow {
  id: bigint
  /** `null`: it is there for all. */
  organisation_id: bigint | null
  /** One word. Unique within its organisation, and among those that are there for all. */
  name: string
  description: string
  permissions: string
  created_at: number
}

export interface RoleGrantRow {
  id: bigint
  role_id: bigint
  user_id: bigint
  /** Where it counts; `null`: everywhere. */
  organisation_id: bigint | null
  created_at: number
  /** From here on it is none; `null`: no end. */
  ends_at: number | null
}

export interface InvitationRow {
  id: bigint
  digest: Uint8Array
  organisation_id: bigint
  email: string
  /** The address as it is compared: see `accounts/identifier.ts`. */
  email_key: string
  /** What they become: `owner`, `admin` or `member`. */
  standing: string
  inviter_id: bigint | null
  /** Whether whoever invites does so as an administrator of the server, and not as a member. */
  as_operator: number
  created_at: number
  /** When the link that works was sent. */
  sent_at: number
  expires_at: number
  accepted_at: number | null
  accepted_user_id: bigint | null
  cancelled_at: number | null
}

/** An organisation in which somebody lets an application act for them. It goes with their being a member. */
export interface OrganisationChoiceRow {
  user_id: bigint
  client_id: bigint
  organisation_id: bigint
  chosen_at: number
  /** Whether it is the one that they are not asked about again. */
  is_preferred: number
}

/** The organisation that somebody means where they name none. It goes with their being a member. */
export interface DefaultOrganisationRow {
  user_id: bigint
  organisation_id: bigint
}
