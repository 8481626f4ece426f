import type { Client, Membership, User } from '../core/identity.ts'
import type { JwtClaims } from '../crypto/jwt.ts'

/** What a JWT carried, as `identity.auth`. It is shared by all requests with this token, hence frozen. */
export interface JwtAuth {
  /** `jti`. */
  readonly id: string | null
  /** What it may do, at most; `null` where the token has no `scope`, and so narrows nothing. */
  readonly scopes: readonly string[] | null
  /** Milliseconds since 1970; `null`: it does not expire. */
  readonly expiresAt: number | null
  /** All claims, verified. */
  readonly claims: JwtClaims
}

/**
 * Who a token is for, by its claims alone: a client where it acts for itself (RFC 9068, section 2.2: `sub` is then the
 * `client_id`), else a user, with `name`, `email` and whether it is verified (`email_verified`), and with `rights` also `is_staff`, `is_superuser`, until when
 * they are (`staff_until`, `superuser_until`), `permissions`, `roles` and `organisations`, where they are of the right type. `null` where the claim that identifies them is missing: a text that is not empty, or a whole number, as
 * `user_id` has it in tokens of SimpleJWT.
 */
export function principalIn(
  claims: JwtClaims,
  { idClaim, rights }: { readonly idClaim: string; readonly rights: boolean },
): User | Client | null {
  const id = idIn(claims[idClaim])
  if (id === null) return null
  const name = textIn(claims['name']) ?? textIn(claims['preferred_username']) ?? textIn(claims['username']) ?? id
  if (claims['client_id'] === id) return Object.freeze({ kind: 'client', id, name })
  return Object.freeze({
    kind: 'user',
    id,
    name,
    email: textIn(claims['email']),
    ...(claims['email_verified'] === true ? { emailVerified: true } : {}),
    isStaff: rights && claims['is_staff'] === true,
    isSuperuser: rights && claims['is_superuser'] === true,
    permissions: new Set(rights ? textsIn(claims['permissions']) : []),
    ...(rights ? untilIn(claims) : {}),
    ...(rights ? rolesIn(claims) : {}),
  })
}

/** Until when they are administrators. A moment that cannot be read is over. */
function untilIn({ staff_until: staff, superuser_until: superuser }: JwtClaims): Partial<User> {
  const at = (seconds: unknown): number => (typeof seconds === 'number' ? seconds * 1000 : 0)
  return {
    ...(staff === undefined ? {} : { staffUntil: at(staff) }),
    ...(superuser === undefined ? {} : { superuserUntil: at(superuser) }),
  }
}

/** The credential in a token. A `scope` that cannot be read allows nothing (RFC 9068, section 2.2.3, has it as a text). */
export function credentialIn(claims: JwtClaims): JwtAuth {
  const { jti, exp, scope } = claims
  return Object.freeze({
    id: jti ?? null,
    scopes: scope === undefined ? null : Object.freeze(scopesIn(scope)),
    expiresAt: exp === undefined ? null : exp * 1000,
    claims,
  })
}

function scopesIn(scope: unknown): readonly string[] {
  return typeof scope === 'string' ? scope.split(' ').filter((one) => one !== '') : textsIn(scope)
}

function idIn(value: unknown): string | null {
  return Number.isSafeInteger(value) ? String(value) : textIn(value)
}

function textIn(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/**
 * As our own tokens tell of roles. What cannot be read is left out, and so allows nothing. A token that is bound to an
 * organisation says so by `org_id`, and speaks for its user there and nowhere else.
 */
function rolesIn(claims: JwtClaims): Pick<User, 'roles' | 'organisations' | 'organisation'> {
  const { roles, organisations, org_id: bound } = claims
  const names = textsIn(roles)
  const told = Array.isArray(organisations) ? organisations.flatMap(membershipIn) : []
  const memberships = bound === undefined ? told : boundIn(claims)
  const [only] = memberships
  return {
    ...(names.length === 0 ? {} : { roles: new Set(names) }),
    ...(memberships.length === 0 ? {} : { organisations: memberships }),
    ...(bound === undefined || only === undefined ? {} : { organisation: { id: only.id, slug: only.slug } }),
  }
}

function boundIn({ org_id, org_slug, org_roles, org_permissions }: JwtClaims): readonly Membership[] {
  // Other servers have no short names: then it goes by its id alone.
  return membershipIn({ id: org_id, slug: org_slug ?? org_id, roles: org_roles, permissions: org_permissions })
}

function membershipIn(claim: unknown): readonly Membership[] {
  if (typeof claim !== 'object' || claim === null) return []
  const { id, slug, roles, permissions } = claim as Readonly<Record<string, unknown>>
  const [idText, slugText] = [textIn(id), textIn(slug)]
  if (idText === null || slugText === null) return []
  const held = { roles: new Set(textsIn(roles)), permissions: new Set(textsIn(permissions)) }
  return [Object.freeze({ id: idText, slug: slugText, ...held })]
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
}
