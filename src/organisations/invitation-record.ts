import { formatId } from '../storage/id.ts'
import type { InvitationRow } from '../storage/schema.ts'
import type { Standing } from '../tokens/standing.ts'
import { standingIn } from './member-list.ts'

export type InvitationState = 'waiting' | 'expired' | 'accepted' | 'cancelled'

/** An invitation as those see it who sent it. Times are milliseconds since 1970. */
export interface Invitation {
  readonly id: string
  readonly organisationId: string
  readonly organisationName: string
  readonly email: string
  /** What they become. */
  readonly standing: Standing
  readonly state: InvitationState
  readonly inviterName: string | null
  readonly createdAt: number
  /** When the link that works was made. */
  readonly sentAt: number
  readonly expiresAt: number
  readonly acceptedAt: number | null
}

export interface NamedInvitationRow extends InvitationRow {
  readonly organisation_name: string
  readonly inviter_name: string | null
}

export function toInvitation(row: NamedInvitationRow, now: number): Invitation {
  return {
    id: formatId(row.id),
    organisationId: formatId(row.organisation_id),
    organisationName: row.organisation_name,
    email: row.email,
    standing: standingIn(row.standing),
    state: stateOf(row, now),
    inviterName: row.as_operator === 1 ? null : row.inviter_name,
    createdAt: row.created_at,
    sentAt: row.sent_at,
    expiresAt: row.expires_at,
    acceptedAt: row.accepted_at,
  }
}

export function stateOf(
  row: Pick<InvitationRow, 'accepted_at' | 'cancelled_at' | 'expires_at'>,
  now: number,
): InvitationState {
  if (row.accepted_at !== null) return 'accepted'
  if (row.cancelled_at !== null) return 'cancelled'
  return now >= row.expires_at ? 'expired' : 'waiting'
}
