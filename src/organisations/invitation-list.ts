import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import { type Invitation, type InvitationState, type NamedInvitationRow, toInvitation } from './invitation-record.ts'

export interface InvitationListOptions {
  /** Only those of this organisation (all). */
  readonly organisationId?: string
  /** Only those in this state (all). */
  readonly state?: InvitationState
  /** `next` of the page before (none: the first page). */
  readonly after?: string
  /** How many, from 1 to 200 (50). */
  readonly limit?: number
}

/** The reading side of invitations. */
export interface InvitationList {
  readonly find: (id: string) => Promise<Invitation | null>
  /** Newest first. `next` is the `after` of the next page, `null` where there is none. */
  readonly list: (
    options?: InvitationListOptions,
  ) => Promise<{ readonly invitations: readonly Invitation[]; readonly next: string | null }>
}

export function createInvitationList({
  read,
  clock,
}: Pick<Database, 'read'> & { readonly clock: () => number }): InvitationList {
  function rows() {
    return read
      .selectFrom('invitations')
      .innerJoin('organisations', 'organisations.id', 'invitations.organisation_id')
      .leftJoin('users as inviters', 'inviters.id', 'invitations.inviter_id')
      .selectAll('invitations')
      .select(['organisations.name as organisation_name', 'inviters.username as inviter_name'])
  }

  return {
    find: async (id) => {
      const row: NamedInvitationRow | undefined = await rows()
        .where('invitations.id', '=', parseId(id) ?? nobody)
        .executeTakeFirst()
      return row === undefined ? null : toInvitation(row, Math.floor(clock()))
    },

    list: async ({ organisationId, state, after, limit = 50 } = {}) => {
      const now = Math.floor(clock())
      const size = Math.min(Math.max(Math.trunc(limit) || 1, 1), 200)
      let query = rows()
        .orderBy('invitations.id', 'desc')
        .limit(size + 1)
      if (organisationId !== undefined)
        query = query.where('invitations.organisation_id', '=', parseId(organisationId) ?? nobody)
      if (after !== undefined) query = query.where('invitations.id', '<', parseId(after) ?? nobody)
      if (state === 'accepted') query = query.where('invitations.accepted_at', 'is not', null)
      if (state === 'cancelled') query = query.where('invitations.cancelled_at', 'is not', null)
      if (state === 'waiting' || state === 'expired') {
        query = query
          .where('invitations.accepted_at', 'is', null)
          .where('invitations.cancelled_at', 'is', null)
          .where('invitations.expires_at', state === 'waiting' ? '>' : '<=', now)
      }
      const found: readonly NamedInvitationRow[] = await query.execute()
      const page = found.slice(0, size)
      const last = page.at(-1)
      return {
        invitations: page.map((row) => toInvitation(row, now)),
        next: found.length > size && last !== undefined ? formatId(last.id) : null,
      }
    },
  }
}

/** No row has this id. */
const nobody = -1n
