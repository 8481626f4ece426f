import type { Transaction } from 'kysely'
import { PermissionDenied } from '../core/errors.ts'
import { formatId } from '../storage/id.ts'
import type { OrganisationRow, Schema } from '../storage/schema.ts'
import { boundUser } from '../tokens/bound-user.ts'
import { toUser, userColumns } from '../tokens/principal.ts'
import { type Authority, authorityOf } from './authority.ts'
import { idOf } from './held.ts'

/**
 * What somebody may do in an organisation at this moment, in a unit that holds it: what was looked at when their request came may
 * be over by now, as where two owners demote each other. Throws `PermissionDenied` where they are no member any more.
 */
export async function authorityNow(
  unit: Transaction<Schema>,
  { id }: Pick<OrganisationRow, 'id'>,
  { userId, now }: { readonly userId: string; readonly now: number },
): Promise<Authority> {
  const query = unit.selectFrom('users').select(userColumns).where('users.id', '=', idOf(userId))
  const row = await query.executeTakeFirst()
  const user = row === undefined ? null : boundUser(toUser(row, Infinity, now), id)
  const membership = user?.organisations?.find((one) => one.id === formatId(id))
  if (membership !== undefined) return authorityOf(membership, userId)
  throw new PermissionDenied('permission_denied', 'You are not a member of this organisation any more.')
}
