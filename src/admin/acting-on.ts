import { type AdministratorUntil, isWithinReach, outOfReach } from '../accounts/reach.ts'
import { PermissionDenied, RequestRefused } from '../core/errors.ts'
import type { User } from '../core/identity.ts'

/** Whom something is done to. */
export interface Account {
  readonly id: string
  readonly isStaff: boolean
  readonly isSuperuser: boolean
  /** Until when they are, in milliseconds since 1970; `null`: for good. */
  readonly staffUntil: number | null
  readonly superuserUntil: number | null
}

/** Whether somebody may change an account: their own, or one within their reach: see `isWithinReach`. */
export function mayActOn(actor: User, account: Account): boolean {
  return actor.id === account.id || isWithinReach(untilOf(actor), untilOf(account))
}

/** Throws `PermissionDenied` where `mayActOn` says no: whoever could change an administrator could become one. */
export function checkMayActOn(actor: User, account: Account): void {
  if (!mayActOn(actor, account)) throw outOfReach(untilOf(actor))
}

/** Until when somebody is an administrator of each kind. */
export function untilOf({
  isStaff = false,
  isSuperuser = false,
  staffUntil,
  superuserUntil,
}: Pick<User, 'isStaff' | 'isSuperuser'> & {
  readonly staffUntil?: number | null
  readonly superuserUntil?: number | null
}): AdministratorUntil {
  return {
    staff: isStaff ? (staffUntil ?? Infinity) : 0,
    superuser: isSuperuser ? (superuserUntil ?? Infinity) : 0,
  }
}

/** Throws `PermissionDenied` unless it is a superuser: only they make and unmake administrators. */
export function checkMayGrant(actor: User): void {
  if (actor.isSuperuser === true) return
  throw new PermissionDenied('permission_denied', 'Only a superuser may make or unmake administrators.')
}

/** Throws `RequestRefused` (`conflict`) for one's own account: whoever locks themselves out cannot let themselves in again. */
export function checkIsOther(actor: User, account: Pick<Account, 'id'>, what: string): void {
  if (actor.id !== account.id) return
  throw new RequestRefused('conflict', `You cannot ${what} your own account here. Ask another administrator to do it.`)
}
