import type { Identity } from '../core/identity.ts'
import { permission, type Permission } from '../core/permission.ts'

/** The principal has every one of these permissions, by itself or by a group, such as `notes.change`. Superusers have all. */
export function hasPermission(...names: readonly string[]): Permission {
  if (names.length === 0) throw new TypeError('hasPermission() needs at least one permission, such as notes.change.')
  for (const name of names) {
    if (typeof name !== 'string' || name === '')
      throw new TypeError('hasPermission: a permission is a text that is not empty.')
  }
  const written = `hasPermission(${names.map((name) => `'${name}'`).join(', ')})`
  return permission(
    { name: written, needs: names, filter: (identity) => holdsAll(identity, names) },
    async ({ identity }) => holdsAll(identity, names),
  )
}

/** Whether somebody has all of these permissions. */
export function holdsAll(identity: Identity | null, names: readonly string[]): boolean {
  if (identity === null) return false
  const { principal } = identity
  if (principal.kind === 'user' && principal.isSuperuser === true) return true
  return names.every((name) => principal.permissions?.has(name) === true)
}
