import type { Permission } from '../core/permission.ts'
import { allOf } from '../permissions/all-of.ts'
import { hasScope } from '../permissions/has-scope.ts'
import { isStaff } from '../permissions/is-staff.ts'
import { isSuperuser } from '../permissions/is-superuser.ts'

/** A member of staff; an API key or a token that was given to an application needs the scope as well. */
export const mayAdminister: Permission = allOf(isStaff, hasScope('admin'))

/** What not every member of staff may do: rights of administrators, signing keys. */
export const mayGovern: Permission = allOf(isStaff, isSuperuser, hasScope('admin'))
