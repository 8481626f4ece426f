import type { Transaction } from 'kysely'
import type { ActedBy } from '../accounts/acted-by.ts'
import { PermissionDenied } from '../core/errors.ts'
import type { OrganisationRow, Schema } from '../storage/schema.ts'
import { membershipNow } from '../tokens/membership-now.ts'
import { type Authority, authorityOf } from './authority.ts'
import { idOf } from './held.ts'

/** Who does something in an organisation. */
export interface MemberActedBy extends ActedBy {
  /**
   * The member whose roles have to allow it, in the moment in which it is done (nobody's: it is allowed otherwise). Throws
   * `PermissionDenied` where they do not any more.
   */
  readonly allowedBy?: string | undefined
}

/**
 * Looks once more, in a unit that holds the organisation, at what somebody may do there: what was looked at when their request
 * came may be over by now, as where two owners demote each other. Throws `PermissionDenied`, also where they are no member any
 * more.
 */
export async function checkAllowedNow(
  unit: Transaction<Schema>,
  { id }: Pick<OrganisationRow, 'id'>,
  { allowedBy, now }: { readonly allowedBy: string | undefined; readonly now: number },
  check: (authority: Authority) => void,
): Promise<void> {
  if (allowedBy === undefined) return
  const membership = await membershipNow(unit, id, { userId: idOf(allowedBy), now })
  if (membership !== null) return check(authorityOf(membership, allowedBy))
  throw new PermissionDenied('permission_denied', 'You are not a member of this organisation any more.')
}
