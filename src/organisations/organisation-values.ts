import { RequestRefused } from '../core/errors.ts'
import { formatId } from '../storage/id.ts'
import type { OrganisationRow } from '../storage/schema.ts'
import { credentialName } from '../tokens/credential-name.ts'
import { wordsOf } from '../tokens/principal.ts'
import { permissionList, scopeList } from '../tokens/word-list.ts'

/** What can be set of an organisation. */
export interface OrganisationValues {
  /** What people call it: up to 100 characters. */
  readonly name: string
  /** Its short name in addresses and rules, such as `acme`: unique, small letters, digits and hyphens. */
  readonly slug: string
  /** Whether its members need a second factor (false). */
  readonly secondFactorRequired: boolean
  /** Seconds that keys of its service accounts may live; `null`: for ever (null). */
  readonly longestKeyLifetime: number | null
  /** The most that roles of its own and its service accounts may be allowed (nothing). */
  readonly allowedPermissions: readonly string[]
  /** The most that its service accounts may be given (nothing). */
  readonly allowedScopes: readonly string[]
}

export interface Organisation extends OrganisationValues {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** `null` while it is in use. */
  readonly suspendedAt: number | null
}

/** Checks values and writes them as columns; what is not given is not there. Throws `RequestRefused` (`invalid`). */
export function organisationColumns(
  values: Partial<OrganisationValues>,
): Partial<Omit<OrganisationRow, 'id' | 'created_at' | 'suspended_at'>> {
  const { name, slug, secondFactorRequired, longestKeyLifetime, allowedPermissions, allowedScopes } = values
  return {
    ...(name === undefined ? {} : { name: credentialName(name) }),
    ...(slug === undefined ? {} : { slug: checkedSlug(slug) }),
    ...(secondFactorRequired === undefined ? {} : { second_factor_required: secondFactorRequired ? 1 : 0 }),
    ...(longestKeyLifetime === undefined ? {} : { longest_key_lifetime: checkedLifetime(longestKeyLifetime) }),
    ...(allowedPermissions === undefined
      ? {}
      : { allowed_permissions: permissionList(allowedPermissions, 'allowedPermissions') }),
    ...(allowedScopes === undefined ? {} : { allowed_scopes: scopeList(allowedScopes, 'allowedScopes') }),
  }
}

export function toOrganisation(row: OrganisationRow): Organisation {
  return {
    id: formatId(row.id),
    name: row.name,
    slug: row.slug,
    secondFactorRequired: row.second_factor_required === 1,
    longestKeyLifetime: row.longest_key_lifetime,
    allowedPermissions: wordsOf(row.allowed_permissions),
    allowedScopes: wordsOf(row.allowed_scopes),
    createdAt: row.created_at,
    suspendedAt: row.suspended_at,
  }
}

/** A short name made of a name, `null` where nothing of it would be left. */
export function slugOf(name: string): string | null {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z\d]+/g, '-')
    .slice(0, longestSlug)
    .replaceAll(/^[-\d]+|-+$/g, '')
  return slug === '' ? null : slug
}

const longestSlug = 50

function checkedSlug(slug: unknown): string {
  if (typeof slug === 'string' && slug.length <= longestSlug && /^[a-z][a-z\d]*(?:-[a-z\d]+)*$/.test(slug)) return slug
  throw refused('slug', 'A short name such as acme is needed: small letters, digits and single hyphens, up to 50.')
}

function checkedLifetime(seconds: unknown): number | null {
  if (seconds === null) return null
  if (typeof seconds === 'number' && Number.isSafeInteger(seconds) && seconds >= 60 && seconds <= longestLifetime)
    return seconds
  throw refused('longestKeyLifetime', 'A lifetime from a minute to a hundred years is needed, in seconds, or none.')
}

/** A hundred years, in seconds. */
const longestLifetime = 3_155_760_000

function refused(field: string, message: string): RequestRefused {
  return new RequestRefused('invalid', message, { body: { [field]: [message] } })
}
