import type { Transaction } from 'kysely'
import { PermissionDenied } from '../core/errors.ts'
import { utcMinute } from '../core/utc-minute.ts'
import { formatId, idOrNone } from '../storage/id.ts'
import type { Schema, UserRow } from '../storage/schema.ts'
import { type ActedBy, userIn } from './acted-by.ts'
import { endOf } from './timed-rights.ts'

/** Until when somebody is an administrator of each kind, in milliseconds since 1970: 0 where they are not, `Infinity` for good. */
export interface AdministratorUntil {
  readonly staff: number
  readonly superuser: number
}

/**
 * Whether somebody may change the account of another: an ordinary one whoever may change accounts, that of an administrator a
 * superuser, and for no longer than they are one themselves. Else a right for a while would be one for good, by the account of
 * whoever has it so: a link to a new password, another address, a factor taken away.
 */
export function isWithinReach(actor: AdministratorUntil, account: AdministratorUntil): boolean {
  if (account.staff === 0 && account.superuser === 0) return true
  if (actor.superuser === 0) return false
  return account.superuser <= actor.superuser && account.staff <= Math.max(actor.staff, actor.superuser)
}

/** Why not, for whom `isWithinReach` says no. */
export function outOfReach({ superuser }: AdministratorUntil): PermissionDenied {
  return new PermissionDenied(
    'permission_denied',
    superuser === 0
      ? 'Only a superuser may change the account of a member of staff or of a superuser.'
      : `You are a superuser until ${utcMinute(superuser)}, and this is the account of an administrator for longer. Ask a superuser for good.`,
  )
}

type Account = Pick<UserRow, 'id' | 'is_staff' | 'is_superuser' | 'staff_until' | 'superuser_until'>

/**
 * Throws `PermissionDenied` where it is a user who does something to the account of another, and that is out of their reach.
 * To be asked in the unit that does it, of a row that is locked: either of the two may be another administrator than when the
 * request was let in.
 */
export async function keepWithinReach(
  unit: Pick<Transaction<Schema>, 'selectFrom'>,
  by: ActedBy,
  account: Account,
  now: number,
): Promise<void> {
  const id = userIn(by)
  if (id === undefined || id === formatId(account.id)) return
  const theirs = endsOf(account, now)
  if (theirs.staff === 0 && theirs.superuser === 0) return
  const own = await endsNow(unit, idOrNone(id), now)
  if (!isWithinReach(own, theirs)) throw outOfReach(own)
}

/** Whether somebody is a superuser at this moment, within whose reach an account is. */
export async function isSuperuserOver(
  read: Pick<Transaction<Schema>, 'selectFrom'>,
  superuser: bigint,
  account: Account,
  now: number,
): Promise<boolean> {
  const own = await endsNow(read, superuser, now)
  return own.superuser !== 0 && isWithinReach(own, endsOf(account, now))
}

/**
 * What a user may do as an administrator by now, for a unit of something that takes longer than one. Throws `PermissionDenied` where
 * they are none any more.
 */
export async function reachOf(
  unit: Pick<Transaction<Schema>, 'selectFrom'>,
  userId: string,
  now: number,
): Promise<AdministratorUntil> {
  const own = await endsNow(unit, idOrNone(userId), now)
  if (own.staff > 0 || own.superuser > 0) return own
  throw new PermissionDenied('permission_denied', 'You are no administrator any more: what was not done by then stays.')
}

async function endsNow(
  read: Pick<Transaction<Schema>, 'selectFrom'>,
  userId: bigint,
  now: number,
): Promise<AdministratorUntil> {
  const query = read
    .selectFrom('users')
    .select(['is_active', 'is_staff', 'is_superuser', 'staff_until', 'superuser_until'])
    .where('id', '=', userId)
  const row = await query.executeTakeFirst()
  return row?.is_active === 1 ? endsOf(row, now) : { staff: 0, superuser: 0 }
}

function endsOf(row: Omit<Account, 'id'>, now: number): AdministratorUntil {
  return {
    staff: endOf(row.is_staff, row.staff_until, now),
    superuser: endOf(row.is_superuser, row.superuser_until, now),
  }
}
