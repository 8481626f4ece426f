import { RequestRefused } from '../core/errors.ts'
import { formatId } from '../storage/id.ts'
import type { RoleRow } from '../storage/schema.ts'
import { wordsOf } from '../tokens/principal.ts'
import { isStanding, type Standing, standingPermissions, standings } from '../tokens/standing.ts'
import { permissionList } from '../tokens/word-list.ts'

/** What can be set of a role. */
export interface RoleValues {
  /** One word, as rules and claims have it, such as `editor`. */
  readonly name: string
  /** What it is for, up to 200 characters (nothing). */
  readonly description: string
  /** Such as `notes.change` (none). */
  readonly permissions: readonly string[]
}

export interface Role extends RoleValues {
  readonly id: string
  /** The organisation that it is of; `null`: it is there for all. */
  readonly organisationId: string | null
  /** Whether it comes with Doorward and cannot be changed. */
  readonly isBuiltIn: boolean
}

const meanings: Readonly<Record<Standing, string>> = {
  owner: 'May do everything in the organisation, and give it away',
  admin: 'Looks after members, roles and service accounts',
  member: 'Belongs to the organisation and sees who else does',
}

/** The roles that every organisation has, and everybody in it one of. */
export const builtInRoles: readonly Role[] = standings.map((name) => ({
  id: name,
  name,
  description: meanings[name],
  permissions: standingPermissions[name],
  organisationId: null,
  isBuiltIn: true,
}))

/** Checks values and writes them as columns; what is not given is not there. Throws `RequestRefused` (`invalid`). */
export function roleColumns(
  values: Partial<RoleValues>,
): Partial<Pick<RoleRow, 'name' | 'description' | 'permissions'>> {
  const { name, description, permissions } = values
  return {
    ...(name === undefined ? {} : { name: checkedName(name) }),
    ...(description === undefined ? {} : { description: checkedDescription(description) }),
    ...(permissions === undefined ? {} : { permissions: permissionList(permissions) }),
  }
}

export function toRole(row: RoleRow): Role {
  return {
    id: formatId(row.id),
    name: row.name,
    description: row.description,
    permissions: wordsOf(row.permissions),
    organisationId: row.organisation_id === null ? null : formatId(row.organisation_id),
    isBuiltIn: false,
  }
}

function checkedName(name: unknown): string {
  if (isStanding(name)) throw refused('name', 'owner, admin and member are built in. Choose another name.')
  if (typeof name === 'string' && /^[a-z][a-z\d_-]{0,49}$/.test(name)) return name
  throw refused('name', 'A role is one word such as editor: small letters, digits, - and _, up to 50.')
}

function checkedDescription(text: unknown): string {
  const trimmed = typeof text === 'string' ? text.trim() : null
  if (trimmed !== null && trimmed.length <= 200 && !/\p{Cc}|\p{Cs}|\p{Zl}|\p{Zp}/u.test(trimmed)) return trimmed
  throw refused('description', 'A description has up to 200 characters that can be shown.')
}

function refused(field: string, message: string): RequestRefused {
  return new RequestRefused('invalid', message, { body: { [field]: [message] } })
}
