import type { Identity } from '../core/identity.ts'
import { permission, type Permission } from '../core/permission.ts'

/**
 * A person who has every one of these roles everywhere, such as `editor`. Roles within an organisation are not asked for here:
 * see `memberOf`. That holds for tokens that are bound to one organisation, too: whoever runs that names its roles, and could
 * name one like one of yours. A superuser has no role by being one: ask for `anyOf(hasRole('editor'), isSuperuser)` where they should pass.
 */
export function hasRole(...names: readonly string[]): Permission {
  if (names.length === 0) throw new TypeError('hasRole() needs at least one role, such as editor.')
  for (const name of names) checkRole('hasRole', name)
  const holds = (identity: Identity | null): boolean => {
    if (identity?.principal.kind !== 'user') return false
    const { roles } = identity.principal
    return roles !== undefined && names.every((name) => roles.has(name))
  }
  const written = `hasRole(${names.map((name) => `'${name}'`).join(', ')})`
  return permission({ name: written, filter: holds }, async ({ identity }) => holds(identity))
}

export function checkRole(rule: string, name: unknown): void {
  if (typeof name === 'string' && /^[^\s']+$/.test(name)) return
  throw new TypeError(`${rule}: a role is one word, such as editor.`)
}
