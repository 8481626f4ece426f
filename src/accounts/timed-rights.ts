import type { UserRow } from '../storage/schema.ts'
import { isNotOver, wordsOf } from '../tokens/principal.ts'
import { invalid, type UserValueColumns, type UserValues } from './user-values.ts'

type Rights = Pick<UserValueColumns, 'is_staff' | 'is_superuser' | 'permissions' | 'staff_until' | 'superuser_until'>

/** Throws `RequestRefused` (`invalid`) where a right is to end at a moment that is over. */
export function refuseEnded({ staffUntil, superuserUntil }: Partial<UserValues>, now: number): void {
  const over = ['That is over already: give a moment to come.']
  const isOver = (until: number | null | undefined) => typeof until === 'number' && until <= now
  const faults = {
    ...(isOver(staffUntil) ? { staff_until: over } : {}),
    ...(isOver(superuserUntil) ? { superuser_until: over } : {}),
  }
  if (Object.keys(faults).length > 0) throw invalid(faults)
}

/** The rights that a user has after a change: one that has ended counts no more, and is given anew for good. */
export function rightsAfter(
  row: UserRow,
  changes: Partial<UserValues>,
  now: number,
): Pick<UserValues, 'isStaff' | 'isSuperuser' | 'staffUntil' | 'superuserUntil' | 'permissions'> {
  return {
    isStaff: changes.isStaff ?? (row.is_staff === 1 && isNotOver(row.staff_until, now)),
    isSuperuser: changes.isSuperuser ?? (row.is_superuser === 1 && isNotOver(row.superuser_until, now)),
    staffUntil: endIn(changes.staffUntil, row.staff_until, now),
    superuserUntil: endIn(changes.superuserUntil, row.superuser_until, now),
    permissions: changes.permissions ?? wordsOf(row.permissions),
  }
}

/** What was given until a time stays so unless it is said to be another. */
function endIn(wanted: number | null | undefined, until: number | null, now: number): number | null {
  if (wanted !== undefined) return wanted
  return isNotOver(until, now) ? until : null
}

/** Whether tokens that tell of the rights before tell of too much after. */
export function losesRights(before: Rights, after: Rights): boolean {
  if (before.is_staff > after.is_staff || before.is_superuser > after.is_superuser) return true
  // What was made before the end was known, or was nearer, tells of it for longer.
  if (endsSooner(before.staff_until, after.staff_until) || endsSooner(before.superuser_until, after.superuser_until))
    return true
  const kept = new Set(wordsOf(after.permissions))
  return wordsOf(before.permissions).some((permission) => !kept.has(permission))
}

function endsSooner(before: number | null, after: number | null): boolean {
  return (after ?? Infinity) < (before ?? Infinity)
}

/** Whether one user is an administrator of a kind that the other is not, or is it for longer. */
export function hasMoreRights(one: Rights, other: Rights, now: number): boolean {
  return (
    endOf(one.is_staff, one.staff_until, now) > endOf(other.is_staff, other.staff_until, now) ||
    endOf(one.is_superuser, one.superuser_until, now) > endOf(other.is_superuser, other.superuser_until, now)
  )
}

/** Until when a right holds, in milliseconds since 1970: 0 where it does not, or no more. */
export function endOf(has: number, until: number | null, now: number): number {
  if (has !== 1 || !isNotOver(until, now)) return 0
  return until ?? Infinity
}
