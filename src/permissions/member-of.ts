import type { Filter } from '../core/filter.ts'
import type { Identity, Membership } from '../core/identity.ts'
import { type Check, permission, type Permission, type Rule } from '../core/permission.ts'
import { checkRole } from './has-role.ts'

/** What members need besides. */
export interface MemberOfOptions {
  /** A role that they have in that organisation: `owner`, `admin`, `member` or another (any). */
  readonly role?: string
  /** What their roles in that organisation allow them, such as `notes.change` (nothing). */
  readonly permission?: string
}

export interface MemberOfField<Field extends string> extends MemberOfOptions {
  /** The field of the resource that holds the id or short name of its organisation. With a field it also filters lists. */
  readonly field: Field
}

export interface MemberOfFound<Resource> extends MemberOfOptions {
  /**
   * Finds the id or short name of the organisation, in the address or the resource; `null`: it is of none. `bound` is the one
   * that the credential speaks for: a token that was given for one organisation, a service account or client of one.
   */
  readonly organisation: 'bound' | ((check: Check<Identity | null, Resource>) => string | null)
}

/**
 * Who asks belongs to an organisation: people who are members, and service accounts and clients of it. Those have no roles,
 * so they pass where none is asked for, and no permission. The organisation is named, or it is that of the resource, or a
 * function finds it. What somebody is in one organisation never counts in another; a suspended one has no members. A token
 * that is bound to one organisation counts in that one alone.
 */
export function memberOf(slug: string, options?: MemberOfOptions): Permission
export function memberOf<Field extends string>(
  of: MemberOfField<Field>,
): Permission<Identity | null, { readonly [Name in Field]: string | null } | undefined>
export function memberOf<Resource>(of: MemberOfFound<Resource>): Permission<Identity | null, Resource>
export function memberOf(
  of: string | MemberOfField<string> | MemberOfFound<unknown>,
  options: MemberOfOptions = {},
): Permission {
  const needed = typeof of === 'string' ? options : of
  if (needed.role !== undefined) checkRole('memberOf', needed.role)
  if (needed.permission === '') throw new TypeError('memberOf: permission must be a text that is not empty.')
  const organisationOf = finder(of)
  return permission({ name: written(of, needed), ...filterOf(of, needed) }, async (check) => {
    const wanted = organisationOf(check)
    if (wanted === null || wanted === '') return false
    return placesOf(check.identity, needed).some(({ id, slug }) => wanted === id || wanted === slug)
  })
}

/** Somewhere that somebody belongs to. */
type Place = Pick<Membership, 'id' | 'slug'>

/** The organisations where somebody is what is asked for. */
function placesOf(identity: Identity | null, { role, permission: allowed }: MemberOfOptions): readonly Place[] {
  if (identity === null) return []
  const { principal } = identity
  if (principal.kind === 'user') {
    return (principal.organisations ?? []).filter(
      ({ roles, permissions }) =>
        (role === undefined || roles.has(role)) && (allowed === undefined || permissions.has(allowed)),
    )
  }
  const { organisation } = principal
  return organisation === undefined || role !== undefined || allowed !== undefined ? [] : [organisation]
}

/** The organisation that a credential speaks for, and no other. */
function boundOf(identity: Identity | null): string | null {
  return identity?.principal.organisation?.id ?? null
}

function finder(of: string | MemberOfField<string> | MemberOfFound<unknown>): (check: Check) => string | null {
  if (typeof of === 'string') {
    if (of === '') throw new TypeError('memberOf() needs the short name of an organisation, such as acme.')
    return () => of
  }
  if ('organisation' in of) {
    const { organisation } = of
    if (organisation === 'bound') return ({ identity }) => boundOf(identity)
    if (typeof organisation === 'function') return organisation
    throw new TypeError('memberOf: organisation must be bound, or a function that finds the id of an organisation.')
  }
  const { field } = of
  if (typeof field === 'string' && field !== '') return ({ resource }) => fieldOf(resource, field)
  throw new TypeError(
    'memberOf() needs a short name, the field that holds an organisation, or a function that finds it.',
  )
}

function filterOf(
  of: string | MemberOfField<string> | MemberOfFound<unknown>,
  needed: MemberOfOptions,
): Pick<Rule, 'filter'> {
  if (typeof of === 'string') {
    return { filter: (identity) => placesOf(identity, needed).some(({ id, slug }) => of === id || of === slug) }
  }
  if ('organisation' in of && of.organisation === 'bound') {
    return { filter: (identity) => placesOf(identity, needed).some(({ id }) => id === boundOf(identity)) }
  }
  if (!('field' in of)) return {}
  const { field } = of
  return {
    filter: (identity): Filter => {
      const names = placesOf(identity, needed).flatMap(({ id, slug }) => [id, slug])
      return names.length > 0 && { anyOf: names.map((equals) => ({ field, equals })) }
    },
  }
}

function fieldOf(resource: unknown, field: string): string | null {
  if (typeof resource !== 'object' || resource === null || !Object.hasOwn(resource, field)) return null
  const value = (resource as Record<string, unknown>)[field]
  return typeof value === 'string' ? value : null
}

function written(of: string | MemberOfField<string> | MemberOfFound<unknown>, needed: MemberOfOptions): string {
  const { role, permission: allowed } = needed
  const place = typeof of === 'string' || !('field' in of) ? [] : [`field: '${of.field}'`]
  const found =
    typeof of !== 'string' && 'organisation' in of
      ? [of.organisation === 'bound' ? "organisation: 'bound'" : 'organisation: …']
      : []
  const rest = [
    ...place,
    ...found,
    ...(role === undefined ? [] : [`role: '${role}'`]),
    ...(allowed === undefined ? [] : [`permission: '${allowed}'`]),
  ].join(', ')
  if (typeof of !== 'string') return `memberOf({ ${rest} })`
  return rest === '' ? `memberOf('${of}')` : `memberOf('${of}', { ${rest} })`
}
