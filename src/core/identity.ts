/** A person. */
export interface User {
  readonly kind: 'user'
  /** Short, stable, opaque. */
  readonly id: string
  /** The username. */
  readonly name: string
  readonly email?: string | null
  /** Whether they have shown that they read mail there (not that is known): an address alone may be somebody else's. */
  readonly emailVerified?: boolean
  readonly isStaff?: boolean
  readonly isSuperuser?: boolean
  /** Until when they are staff, and a superuser, in milliseconds since 1970 (for good, where they are). */
  readonly staffUntil?: number
  readonly superuserUntil?: number
  /** Such as `notes.change`: the person's own ones, and those of their groups and of the roles that they have everywhere. */
  readonly permissions?: ReadonlySet<string>
  /** The names of the roles that they have everywhere. */
  readonly roles?: ReadonlySet<string>
  /** The organisations that they are a member of. One that is suspended is left out. */
  readonly organisations?: readonly Membership[]
  /**
   * The organisation that their credential is bound to: `organisations` holds that one alone (none: it speaks for the person
   * wherever they belong).
   */
  readonly organisation?: Pick<Membership, 'id' | 'slug'>
  /** When the first of their roles ends by itself, in milliseconds since 1970: what says that they have it must not outlive it. */
  readonly rolesEndAt?: number
}

/** What somebody is in one organisation, which says nothing about any other. */
export interface Membership {
  readonly id: string
  /** The short name, such as `acme`. */
  readonly slug: string
  /** `owner`, `admin` or `member`, and the names of further roles. */
  readonly roles: ReadonlySet<string>
  /** What those roles allow, there and nowhere else. */
  readonly permissions: ReadonlySet<string>
  /** Whether its members have to have a second factor (false). */
  readonly needsSecondFactor?: boolean
}

/** A program that acts under its own name: a job, a partner's system, a deployment. */
export interface ServiceAccount {
  readonly kind: 'service_account'
  readonly id: string
  readonly name: string
  /** The user who answers for it, or `null`, which means nobody. */
  readonly ownerId: string | null
  /** What its credentials may do at most. */
  readonly scopes: readonly string[]
  readonly permissions?: ReadonlySet<string>
  /** The organisation that it belongs to (none). */
  readonly organisation?: Pick<Membership, 'id' | 'slug'>
}

/** An OAuth client that acts for itself, such as by the client credentials grant (RFC 6749, section 4.4). */
export interface Client {
  readonly kind: 'client'
  readonly id: string
  readonly name: string
  readonly permissions?: ReadonlySet<string>
  /** The organisation that it belongs to (none). */
  readonly organisation?: Pick<Membership, 'id' | 'slug'>
}

/** Who a request is from, told apart by `kind`. */
export type Principal = User | ServiceAccount | Client

/** The answer to "who is this?": which authenticator found it, who it is, and the credential, typed by `via`. */
export interface Identity<Via extends string = string, Who extends Principal = Principal, Auth = unknown> {
  readonly via: Via
  readonly principal: Who
  readonly auth: Auth
}

/**
 * The scopes that bound an identity: those of its credential, else those of its principal. `null` means that nothing
 * narrows it, as with a session: it may do what its principal may do.
 */
export function scopesOf(identity: Identity): readonly string[] | null {
  return listOf(identity.auth) ?? listOf(identity.principal)
}

function listOf(holder: unknown): readonly string[] | null {
  if (typeof holder !== 'object' || holder === null || !('scopes' in holder)) return null
  const { scopes } = holder
  if (scopes === null || scopes === undefined) return null
  // Scopes of another shape, such as one text, are no list: they narrow to nothing rather than not at all.
  return Array.isArray(scopes) ? (scopes as readonly string[]) : []
}
