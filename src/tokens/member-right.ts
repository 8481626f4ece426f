import type { Transaction } from 'kysely'
import { PermissionDenied } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import { parseId } from '../storage/id.ts'
import type { Schema } from '../storage/schema.ts'
import { membershipNow } from './membership-now.ts'
import { wordsOf } from './principal.ts'

export interface MemberRight {
  /** The member whose roles have to allow it (nobody's: it is allowed otherwise). */
  readonly allowedBy: string | undefined
  /** What they have to allow: `service_accounts.change`. */
  readonly permission: string
  /** What the program may do that is made, or that they get a secret of (nothing). */
  readonly gives?: readonly string[] | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * Looks once more, in the unit in which it is done, whether a member may do something to what belongs to their organisation:
 * it stays so until the unit is over. As with roles, nobody gives what they may not do themselves, unless they may write roles
 * anyway: else a key of a program would be a way around what bounds its maker. Throws `PermissionDenied`. What belongs to no
 * organisation is not for members.
 */
export async function checkMemberRight(
  unit: Transaction<Schema>,
  dialect: Database['dialect'],
  organisationId: bigint | null,
  { allowedBy, permission, gives = [], now }: MemberRight,
): Promise<void> {
  if (allowedBy === undefined) return
  const userId = parseId(allowedBy)
  if (organisationId !== null && userId !== null) {
    const query = unit.selectFrom('organisations').select('id').where('id', '=', organisationId)
    await (dialect === 'postgres' ? query.forShare() : query).execute()
    const membership = await membershipNow(unit, organisationId, { userId, now })
    if (membership?.permissions.has(permission) === true) {
      const { permissions } = membership
      const beyond = gives.filter((one) => !permissions.has(one))
      if (beyond.length === 0 || permissions.has('roles.change')) return
      throw new PermissionDenied('permission_denied', `You may not do this yourself: ${beyond.join(', ')}.`)
    }
  }
  throw new PermissionDenied(
    'permission_denied',
    'Your roles in this organisation do not allow this any more. Ask one of its owners.',
  )
}

/** The organisation of a service account, `null` where it has none, or is not there, and what it may do. */
export async function ofServiceAccount(
  unit: Transaction<Schema>,
  id: bigint | null,
): Promise<{ readonly organisation: bigint | null; readonly permissions: readonly string[] }> {
  const query = unit.selectFrom('service_accounts').select(['organisation_id', 'permissions'])
  const row = id === null ? undefined : await query.where('id', '=', id).executeTakeFirst()
  return { organisation: row?.organisation_id ?? null, permissions: wordsOf(row?.permissions ?? null) }
}
