import { sql, type Transaction } from 'kysely'
import { type ActedBy, eventBy } from '../accounts/acted-by.ts'
import { PermissionDenied, RequestRefused } from '../core/errors.ts'
import { equalBytes } from '../crypto/compare.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { InvitationRow, Schema } from '../storage/schema.ts'
import type { ParsedToken, TokenFormat } from '../tokens/format.ts'
import { membershipNow } from '../tokens/membership-now.ts'
import { toUser, userColumns } from '../tokens/principal.ts'
import type { Standing } from '../tokens/standing.ts'
import { authorityOf, mayRestand } from './authority.ts'
import { heldOrganisation, idOf } from './held.ts'
import { type InvitationState, stateOf } from './invitation-record.ts'
import { standingIn } from './member-list.ts'
import { addMember } from './members.ts'

/** What whoever has the link may see of an invitation. */
export interface InvitationView {
  readonly organisationId: string
  readonly organisationName: string
  readonly organisationSlug: string
  readonly email: string
  readonly standing: Standing
  readonly state: InvitationState
  /** Whether the organisation takes nobody at the moment. */
  readonly isSuspended: boolean
  readonly inviterName: string | null
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/**
 * Makes a user a member of the organisation that they are invited to: the link alone is not enough, the address that it was
 * sent to has to be theirs, and verified. It is used up by one statement, so it works once. Throws `RequestRefused`:
 * `not_found` for a token that is none, `conflict` for one that is used, cancelled, over, or of an organisation that is
 * suspended, or whose inviter may not invite any more; `PermissionDenied` where the address is not theirs. Somebody who is a
 * member already stays what they are.
 */
export type AcceptInvitation = (
  token: string,
  userId: string,
  by?: ActedBy,
) => Promise<{ readonly organisationId: string }>

export interface AcceptInvitationOptions {
  readonly database: Database
  readonly format: Pick<TokenFormat, 'parse'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

export function createAcceptInvitation({ database, format, clock }: AcceptInvitationOptions): {
  readonly read: (token: string) => Promise<InvitationView | null>
  readonly accept: AcceptInvitation
} {
  async function rowOf({ id, digest }: ParsedToken) {
    const row = await database.read
      .selectFrom('invitations')
      .innerJoin('organisations', 'organisations.id', 'invitations.organisation_id')
      .leftJoin('users as inviters', 'inviters.id', 'invitations.inviter_id')
      .selectAll('invitations')
      .select(['organisations.name', 'organisations.slug', 'organisations.suspended_at', 'inviters.username'])
      .where('invitations.id', '=', id)
      .executeTakeFirst()
    return row === undefined || !equalBytes(row.digest, digest) ? null : row
  }

  function parsed(text: string): ParsedToken | null {
    const token = format.parse(text)
    return token?.kind === 'inv' ? token : null
  }

  return {
    read: async (text) => {
      const token = parsed(text)
      const row = token === null ? null : await rowOf(token)
      if (row === null) return null
      return {
        organisationId: formatId(row.organisation_id),
        organisationName: row.name,
        organisationSlug: row.slug,
        email: row.email,
        standing: standingIn(row.standing),
        state: stateOf(row, Math.floor(clock())),
        isSuspended: row.suspended_at !== null,
        inviterName: row.as_operator === 1 ? null : row.username,
        expiresAt: row.expires_at,
      }
    },

    accept: async (text, userId, by = { actor: `user:${userId}` }) => {
      const token = parsed(text)
      const before = token === null ? null : await rowOf(token)
      if (token === null || before === null) throw new RequestRefused('not_found', noSuch)
      const user = idOf(userId)
      return database.write(async (unit) => {
        const organisation = await heldOrganisation(unit, database, before.organisation_id)
        const now = Math.floor(clock())
        const row: InvitationRow | undefined = await unit
          .updateTable('invitations')
          .set({ accepted_at: now, accepted_user_id: user })
          .where('id', '=', token.id)
          .where('digest', '=', token.digest)
          .where('accepted_at', 'is', null)
          .where('cancelled_at', 'is', null)
          .where('expires_at', '>', now)
          .where(
            'email_key',
            '=',
            sql<string>`(select users.email_key from users
              where users.id = ${user} and users.email_verified = 1 and users.is_active = 1)`,
          )
          .returningAll()
          .executeTakeFirst()
        if (row === undefined)
          throw whyNot(
            await unit.selectFrom('invitations').selectAll().where('id', '=', token.id).executeTakeFirst(),
            token,
            now,
          )
        const standing = standingIn(row.standing)
        await checkInviter(unit, row, now)
        await addMember(unit, organisation, user, { standing, now })
        const detail = { invitation: formatId(row.id), user: `user:${userId}`, standing }
        const subject = `organisation:${formatId(organisation.id)}`
        await database.audit(unit, eventBy(by, 'invitation.accepted', subject, detail))
        return { organisationId: formatId(organisation.id) }
      })
    },
  }
}

/** Whoever was put out, or has become less, leaves no way in behind for themselves or for others. */
async function checkInviter(
  unit: Transaction<Schema>,
  { inviter_id: inviter, as_operator: asOperator, organisation_id: organisation, standing }: InvitationRow,
  now: number,
): Promise<void> {
  if (inviter === null || (asOperator === 1 && (await isAdministratorNow(unit, inviter, now)))) return
  const membership = asOperator === 1 ? null : await membershipNow(unit, organisation, { userId: inviter, now })
  const authority = membership === null ? null : authorityOf(membership, formatId(inviter))
  if (authority !== null && mayRestand(authority, null, standingIn(standing))) return
  throw new RequestRefused('conflict', 'Whoever invited you may not do that any more. Ask for a new invitation.')
}

async function isAdministratorNow(unit: Transaction<Schema>, userId: bigint, now: number): Promise<boolean> {
  const row = await unit.selectFrom('users').select(userColumns).where('users.id', '=', userId).executeTakeFirst()
  return row !== undefined && toUser(row, Infinity, now)?.isStaff === true
}

const noSuch = 'There is no such invitation, or a newer one was sent.'

function whyNot(row: InvitationRow | undefined, token: ParsedToken, now: number): Error {
  if (row === undefined || !equalBytes(row.digest, token.digest)) return new RequestRefused('not_found', noSuch)
  const state = stateOf(row, now)
  if (state === 'accepted') return new RequestRefused('conflict', 'The invitation was used already.')
  if (state === 'cancelled') return new RequestRefused('conflict', 'The invitation was cancelled. Ask for a new one.')
  if (state === 'expired') return new RequestRefused('conflict', 'The invitation has run out. Ask for a new one.')
  return new PermissionDenied(
    'permission_denied',
    'The invitation is for an e-mail address that is not yours, or that you have not verified.',
  )
}
