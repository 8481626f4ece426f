import type { Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import { utcMinute } from '../core/utc-minute.ts'
import { idOrNone } from '../storage/id.ts'
import type { Schema, UserRow } from '../storage/schema.ts'
import { type ActedBy, userIn } from './acted-by.ts'
import { endOf } from './timed-rights.ts'

type Rights = Pick<UserRow, 'is_staff' | 'is_superuser' | 'staff_until' | 'superuser_until'>

/**
 * Throws `RequestRefused` (`conflict`) where a superuser for a while gives anybody, such as themselves, a right for longer than
 * they have theirs: else the end would bind only whoever minds it.
 */
export async function keepWithinOwnEnd(
  read: Pick<Transaction<Schema>, 'selectFrom'>,
  by: ActedBy,
  { before, after, now }: { readonly before: Rights | null; readonly after: Rights; readonly now: number },
): Promise<void> {
  const ends = [
    [endOf(after.is_staff, after.staff_until, now), endOf(before?.is_staff ?? 0, before?.staff_until ?? null, now)],
    [
      endOf(after.is_superuser, after.superuser_until, now),
      endOf(before?.is_superuser ?? 0, before?.superuser_until ?? null, now),
    ],
  ] as const
  const given = Math.max(0, ...ends.filter(([next, last]) => next > last).map(([next]) => next))
  const id = userIn(by)
  if (given === 0 || id === undefined) return
  const query = read.selectFrom('users').select('superuser_until').where('id', '=', idOrNone(id))
  const end = (await query.executeTakeFirst())?.superuser_until ?? null
  if (end === null || given <= end) return
  throw new RequestRefused(
    'conflict',
    `You are a superuser until ${utcMinute(end)}, and can give rights until then at most. Ask a superuser for good.`,
  )
}
