import type { Permission } from '../core/permission.ts'
import { allowAny } from '../permissions/allow-any.ts'
import { hasPermission } from '../permissions/has-permission.ts'
import { hasAnyScope, hasScope } from '../permissions/has-scope.ts'
import { isAuthenticatedOrReadOnly } from '../permissions/is-authenticated-or-read-only.ts'
import { isAuthenticated } from '../permissions/is-authenticated.ts'
import { isStaff } from '../permissions/is-staff.ts'
import { isSuperuser } from '../permissions/is-superuser.ts'
import { isUser } from '../permissions/is-user.ts'
import { isVia } from '../permissions/is-via.ts'

/**
 * The permission that a text names: one without arguments as it is, such as `isStaff`, another with its arguments behind a
 * colon, blanks between them: `hasScope:notes.read notes.write`. Throws `TypeError` for any other text.
 */
export function namedPolicy(text: string): Permission {
  if (Object.hasOwn(plain, text)) return plain[text as keyof typeof plain]
  const [, name = '', list = ''] = /^(\w+):(.*)$/s.exec(text) ?? []
  if (Object.hasOwn(withNames, name)) {
    return withNames[name as keyof typeof withNames](...list.split(/\s+/).filter((one) => one !== ''))
  }
  throw new TypeError(
    `"${text}" is no policy. It is one of ${Object.keys(plain).join(', ')}, or one of ${Object.keys(withNames).join(', ')} with names, such as hasScope:write.`,
  )
}

const plain = { allowAny, isAuthenticated, isAuthenticatedOrReadOnly, isStaff, isSuperuser, isUser }

const withNames = { hasAnyScope, hasPermission, hasScope, isVia }
