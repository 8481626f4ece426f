import type { User } from '../core/identity.ts'

/** Claims that an application adds to its tokens. */
export type CustomClaims = Readonly<Record<string, unknown>>

/** What a token may say of its user's roles: those that count everywhere, and what the user is in which organisation. */
export const roleClaims = ['roles', 'organisations'] as const

export type RoleClaim = (typeof roleClaims)[number]

/** What a token says about its user, as it is at the moment. Names as other rooms read them. */
export function claimsOf(user: User, told: readonly RoleClaim[] = roleClaims): Readonly<Record<string, unknown>> {
  const { id, name, email = null, permissions = none, roles = none } = user
  const organisations = told.includes('organisations') ? organisationsOf(user) : null
  return {
    sub: id,
    // As SimpleJWT writes it, for those who read its tokens.
    user_id: id,
    name,
    // OpenID Connect Core 1.0, section 5.1.
    ...(email === null ? {} : { email, email_verified: user.emailVerified === true }),
    is_staff: user.isStaff === true,
    is_superuser: user.isSuperuser === true,
    // NumericDate (RFC 7519, section 2): whoever is it for a while reaches nobody who is it for longer.
    ...(user.staffUntil === undefined ? {} : { staff_until: Math.floor(user.staffUntil / 1000) }),
    ...(user.superuserUntil === undefined ? {} : { superuser_until: Math.floor(user.superuserUntil / 1000) }),
    ...(permissions.size === 0 ? {} : { permissions: [...permissions] }),
    ...(roles.size === 0 || !told.includes('roles') ? {} : { roles: [...roles] }),
    ...(organisations === null ? {} : organisations),
  }
}

/**
 * `null` for whoever is in none. For whoever is in so many that the token would be too long for the header of a request, it says
 * how many there are: what reads the token then knows that it has to ask for them.
 */
function organisationsOf({ organisations = [] }: User): Readonly<Record<string, unknown>> | null {
  const told = organisations.map(({ id, slug, roles, permissions }) => ({
    id,
    slug,
    roles: [...roles],
    permissions: [...permissions],
  }))
  if (told.length === 0) return null
  return JSON.stringify(told).length > longestOrganisations
    ? { organisations_left_out: told.length }
    : { organisations: told }
}

const longestOrganisations = 4096

/**
 * Checks claims of the application: a plain object of JSON values of up to 4096 characters, without the claims that the
 * protocol and the user's rights are told by. Gives back a copy, as JSON has it. Throws `TypeError` naming the claim.
 */
export function checkedClaims(claims: CustomClaims): CustomClaims {
  for (const name of Object.keys(claims)) {
    if (reserved.has(name)) throw new TypeError(`claims: ${name} is set by Doorward. Choose another name.`)
    if (!isJson(claims[name]))
      throw new TypeError(`claims: ${name} has no form in JSON. Give it as a text or a number.`)
  }
  const written = JSON.stringify(claims)
  if (typeof claims !== 'object' || Array.isArray(claims) || written.length > 4096) {
    throw new TypeError('claims: an object of JSON values of up to 4096 characters is needed.')
  }
  return JSON.parse(written) as CustomClaims
}

/** What JSON would leave out is none either: a claim that is not there is no answer to whoever asks for it. */
function isJson(value: unknown): boolean {
  try {
    return value === undefined || JSON.stringify(value) !== undefined
  } catch {
    return false
  }
}

const none: ReadonlySet<string> = new Set()

/** RFC 7519, section 4.1; RFC 8693, section 4; RFC 7800, section 3.1; OpenID Connect Front-Channel Logout, section 3; ours. */
const reserved: ReadonlySet<string> = new Set([
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'jti',
  'token_type',
  'refresh_exp',
  'fam',
  'sid',
  'act',
  'may_act',
  'client_id',
  'cnf',
  'user_id',
  'name',
  'email',
  'email_verified',
  'is_staff',
  'is_superuser',
  'staff_until',
  'superuser_until',
  'permissions',
  'roles',
  'organisations',
  'organisations_left_out',
  '__proto__',
])
