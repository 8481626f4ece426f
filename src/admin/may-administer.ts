import type { Identity } from '../core/identity.ts'
import type { Permission } from '../core/permission.ts'
import { allOf } from '../permissions/all-of.ts'
import { anyOf } from '../permissions/any-of.ts'
import { freshLogin } from '../permissions/fresh-login.ts'
import { hasScope } from '../permissions/has-scope.ts'
import { isStaff } from '../permissions/is-staff.ts'
import { isSuperuser } from '../permissions/is-superuser.ts'
import { isVia } from '../permissions/is-via.ts'
import { not } from '../permissions/not.ts'

/** A member of staff; an API key or a token that was given to an application needs the scope as well. */
export const mayAdminister: Permission = allOf(isStaff, hasScope('admin'))

/** What not every member of staff may do: rights of administrators, signing keys. */
export const mayGovern: Permission = allOf(isStaff, isSuperuser, hasScope('admin'))

/**
 * The same for what a browser that was left open must not be able to do, as the console has it: make a secret, say where
 * somebody's mail or an application's answers go, end an account. Keys and tokens have no sign-in that could be fresh.
 */
export function freshly(
  rule: Permission<Identity | null, undefined>,
  clock: () => number,
): Permission<Identity | null, undefined> {
  return allOf(rule, anyOf(not(isVia('session')), freshLogin({ clock })))
}
