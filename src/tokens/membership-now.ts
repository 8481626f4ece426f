import type { Transaction } from 'kysely'
import type { Membership } from '../core/identity.ts'
import { formatId } from '../storage/id.ts'
import type { Schema } from '../storage/schema.ts'
import { boundUser } from './bound-user.ts'
import { toUser, userColumns } from './principal.ts'

/**
 * What somebody is in an organisation at this moment, in a unit that holds it: `null` where they are no member, or not any
 * more, or where it is suspended.
 */
export async function membershipNow(
  unit: Transaction<Schema>,
  organisationId: bigint,
  { userId, now }: { readonly userId: bigint; readonly now: number },
): Promise<Membership | null> {
  const row = await unit.selectFrom('users').select(userColumns).where('users.id', '=', userId).executeTakeFirst()
  const user = row === undefined ? null : boundUser(toUser(row, Infinity, now), organisationId)
  return user?.organisations?.find(({ id }) => id === formatId(organisationId)) ?? null
}
