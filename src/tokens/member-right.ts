import type { Transaction } from 'kysely'
import { PermissionDenied } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import { parseId } from '../storage/id.ts'
import type { Schema } from '../storage/schema.ts'
import { membershipNow } from './membership-now.ts'

export interface MemberRight {
  /** The member whose roles have to allow it (nobody's: it is allowed otherwise). */
  readonly allowedBy: string | undefined
  /** What they have to allow: `service_accounts.change`. */
  readonly permission: string
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * Looks once more, in the unit in which it is done, whether a member may do something to what belongs to their organisation:
 * it stays so until the unit is over. Throws `PermissionDenied`. What belongs to no organisation is not for members.
 */
export async function checkMemberRight(
  unit: Transaction<Schema>,
  dialect: Database['dialect'],
  organisationId: bigint | null,
  { allowedBy, permission, now }: MemberRight,
): Promise<void> {
  if (allowedBy === undefined) return
  const userId = parseId(allowedBy)
  if (organisationId !== null && userId !== null) {
    const query = unit.selectFrom('organisations').select('id').where('id', '=', organisationId)
    await (dialect === 'postgres' ? query.forShare() : query).execute()
    const membership = await membershipNow(unit, organisationId, { userId, now })
    if (membership?.permissions.has(permission) === true) return
  }
  throw new PermissionDenied(
    'permission_denied',
    'Your roles in this organisation do not allow this any more. Ask one of its owners.',
  )
}

/** The organisation of a service account, `null` where it has none, or is not there. */
export async function organisationOf(
  unit: Transaction<Schema>,
  serviceAccountId: bigint | null,
): Promise<bigint | null> {
  if (serviceAccountId === null) return null
  const query = unit.selectFrom('service_accounts').select('organisation_id').where('id', '=', serviceAccountId)
  return (await query.executeTakeFirst())?.organisation_id ?? null
}
