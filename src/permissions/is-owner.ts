import type { Identity } from '../core/identity.ts'
import { permission, type Permission } from '../core/permission.ts'

/**
 * The resource belongs to who asks: by the name of the field that holds the owner's id, or by a function that finds it. With
 * a field it also filters lists. Without a resource there is nothing that could be theirs, and an owner who is `null` is
 * nobody.
 */
export function isOwner<Field extends string>(
  field: Field,
): Permission<Identity | null, { readonly [Name in Field]: string | null } | undefined>
export function isOwner<Resource>(ownerOf: (resource: Resource) => string | null): Permission<Identity | null, Resource>
export function isOwner(owner: string | ((resource: unknown) => string | null)): Permission {
  const ownerOf = typeof owner === 'function' ? owner : (resource: unknown) => fieldOf(resource, owner)
  const rule =
    typeof owner === 'function'
      ? { name: 'isOwner' }
      : {
          name: `isOwner('${owner}')`,
          filter: (identity: Identity | null) => identity !== null && { field: owner, equals: identity.principal.id },
        }
  return permission(rule, async ({ identity, resource }) => {
    if (identity === null || resource === undefined || resource === null) return false
    const id = ownerOf(resource)
    return typeof id === 'string' && id === identity.principal.id
  })
}

function fieldOf(resource: unknown, field: string): string | null {
  if (typeof resource !== 'object' || resource === null || !Object.hasOwn(resource, field)) return null
  const value = (resource as Record<string, unknown>)[field]
  return typeof value === 'string' ? value : null
}
