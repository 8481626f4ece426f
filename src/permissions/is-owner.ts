import type { Identity, Principal } from '../core/identity.ts'
import { permission, type Permission } from '../core/permission.ts'

export interface IsOwnerOptions {
  /**
   * Which kinds of principals own things by this id (`['user']`). Where users, service accounts and clients may have the
   * same id, one of them would own what is another's; list more kinds only where ids are unique over all of them.
   */
  readonly kinds?: readonly Principal['kind'][]
}

/**
 * The resource belongs to who asks: by the name of the field that holds the owner's id, or by a function that finds it. With
 * a field it also filters lists. Without a resource there is nothing that could be theirs, and an owner who is `null` is
 * nobody.
 */
export function isOwner<Field extends string>(
  field: Field,
  options?: IsOwnerOptions,
): Permission<Identity | null, { readonly [Name in Field]: string | null } | undefined>
export function isOwner<Resource>(
  ownerOf: (resource: Resource) => string | null,
  options?: IsOwnerOptions,
): Permission<Identity | null, Resource>
export function isOwner(
  owner: string | ((resource: unknown) => string | null),
  { kinds = ['user'] }: IsOwnerOptions = {},
): Permission {
  if (owner === '' || (typeof owner !== 'string' && typeof owner !== 'function')) {
    throw new TypeError(
      'isOwner() needs the name of the field that holds the id of the owner, or a function that finds it.',
    )
  }
  if (kinds.length === 0) throw new TypeError('isOwner: kinds must name at least one kind of principal.')
  const ownerOf = typeof owner === 'function' ? owner : (resource: unknown) => fieldOf(resource, owner)
  const ownerId = (identity: Identity | null): string | null =>
    identity !== null && kinds.includes(identity.principal.kind) ? identity.principal.id : null
  const rule =
    typeof owner === 'function' ? { name: 'isOwner' } : { name: `isOwner('${owner}')`, filter: filterBy(owner) }

  function filterBy(field: string) {
    return (identity: Identity | null) => {
      const id = ownerId(identity)
      return id !== null && { field, equals: id }
    }
  }

  return permission(rule, async ({ identity, resource }) => {
    const id = ownerId(identity)
    if (id === null || resource === undefined || resource === null) return false
    return ownerOf(resource) === id
  })
}

function fieldOf(resource: unknown, field: string): string | null {
  if (typeof resource !== 'object' || resource === null || !Object.hasOwn(resource, field)) return null
  const value = (resource as Record<string, unknown>)[field]
  return typeof value === 'string' ? value : null
}
