import type { Permission } from '../core/permission.ts'
import { allowAny } from './allow-any.ts'
import { hasPermission } from './has-permission.ts'
import { hasScope } from './has-scope.ts'
import { isAuthenticated } from './is-authenticated.ts'
import { isStaff } from './is-staff.ts'
import { isSuperuser } from './is-superuser.ts'
import { isUser } from './is-user.ts'

/** Permissions that have a name of one word, for whoever names one on a command line or in a form. */
export const namedPermissions: Readonly<Record<string, Permission>> = {
  isAuthenticated,
  isUser,
  isStaff,
  isSuperuser,
  allowAny,
}

/** Reads `isStaff`, `scope:read,write` or `permission:notes.change`; `null` for what is none of these. */
export function namedPermission(text: string): Permission | null {
  const colon = text.indexOf(':')
  if (colon === -1) return Object.hasOwn(namedPermissions, text) ? (namedPermissions[text] ?? null) : null
  const names = text
    .slice(colon + 1)
    .split(',')
    .map((name) => name.trim())
  if (names.some((name) => name === '')) return null
  const kind = text.slice(0, colon)
  if (kind === 'scope' || kind === 'hasScope') return hasScope(...names)
  return kind === 'permission' || kind === 'hasPermission' ? hasPermission(...names) : null
}
