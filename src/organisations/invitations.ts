import type { Transaction } from 'kysely'
import { type ActedBy, eventBy, userIn } from '../accounts/acted-by.ts'
import { emailKey } from '../accounts/identifier.ts'
import { orConflict } from '../accounts/unique.ts'
import { RequestRefused } from '../core/errors.ts'
import { isMailAddress } from '../mail/mail-address.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { InvitationRow, OrganisationRow, Schema } from '../storage/schema.ts'
import type { TokenFormat } from '../tokens/format.ts'
import { isStanding, type Standing } from '../tokens/standing.ts'
import { createAcceptInvitation, type AcceptInvitation, type InvitationView } from './accept-invitation.ts'
import { checkMay, checkMayRestand } from './authority.ts'
import { checkAllowedNow, type MemberActedBy } from './authority-now.ts'
import { heldOrganisation, idOf } from './held.ts'
import { createInvitationList, type InvitationList } from './invitation-list.ts'
import type { PostInvitation } from './invitation-mail.ts'
import { checkPace, checkPause } from './invitation-pace.ts'
import { stateOf } from './invitation-record.ts'
import { standingIn } from './member-list.ts'

export type { InvitationView } from './accept-invitation.ts'

export interface InvitationsOptions {
  readonly database: Database
  readonly format: TokenFormat
  /** Seconds that a link works (7 days). */
  readonly invitationLifetime?: number
  /** Posts the mail with the link, in the unit that makes it (nobody: the link has to be handed over by hand). */
  readonly notify?: PostInvitation
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export interface NewInvitation {
  readonly organisationId: string
  readonly email: string
  /** What they become (member). */
  readonly standing?: Standing
  /** The member who invites (nobody: the administration). */
  readonly inviterId?: string | null
}

/**
 * Invitations to organisations, by e-mail. A link works once, for whoever has shown that the address is theirs, and the one
 * that was sent last. Functions throw `RequestRefused`: `not_found`; `invalid` for an address or standing that cannot be;
 * `conflict` where they are invited or a member already, and for what is accepted, cancelled or too soon.
 */
export interface Invitations extends InvitationList {
  /** Sends one. The token is not kept: this is the only time that it can be shown. */
  readonly create: (invitation: NewInvitation, by?: MemberActedBy) => Promise<SentInvitation>
  /** Sends another link, which ends the one before. Not more often than once a minute. */
  readonly resend: (id: string, action?: InvitationAction) => Promise<SentInvitation>
  readonly cancel: (id: string, action?: InvitationAction) => Promise<void>
  /** What the page of a link shows: `null` for a token that is none or not the last one. */
  readonly read: (token: string) => Promise<InvitationView | null>
  /** Makes somebody a member, once; see `AcceptInvitation`. */
  readonly accept: AcceptInvitation
}

export interface SentInvitation {
  readonly id: string
  readonly token: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** Who does it; with `organisationId`, only to invitations of that organisation. */
export interface InvitationAction {
  readonly by?: MemberActedBy
  readonly organisationId?: string
}

export function createInvitations(options: InvitationsOptions): Invitations {
  const { database, format, notify = async () => undefined, clock = Date.now } = options
  const lifetime = (options.invitationLifetime ?? sevenDays) * 1000

  /** One unit on one invitation and its organisation, which are held. */
  async function change<Result>(
    id: string,
    { organisationId }: InvitationAction,
    work: (unit: Transaction<Schema>, row: InvitationRow, organisation: OrganisationRow) => Promise<Result>,
  ): Promise<Result> {
    return database.write(async (unit) => {
      const query = unit.selectFrom('invitations').selectAll().where('id', '=', idOf(id))
      const known = await query.executeTakeFirst()
      const isTheirs = organisationId === undefined || known?.organisation_id === idOf(organisationId)
      if (known === undefined || !isTheirs) throw new RequestRefused('not_found')
      const organisation = await heldOrganisation(unit, database, known.organisation_id)
      const row = await (database.dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirstOrThrow()
      return work(unit, row, organisation)
    })
  }

  async function post(
    unit: Transaction<Schema>,
    row: InvitationRow,
    { organisation, token }: { readonly organisation: OrganisationRow; readonly token: string },
  ): Promise<void> {
    const query = unit.selectFrom('users').select('username')
    const inviter =
      row.inviter_id === null || row.as_operator === 1
        ? undefined
        : await query.where('id', '=', row.inviter_id).executeTakeFirst()
    await notify(unit, {
      to: row.email,
      token,
      organisation: organisation.name,
      standing: standingIn(row.standing),
      inviter: inviter?.username ?? null,
      expiresAt: row.expires_at,
    })
  }

  async function audit(unit: Transaction<Schema>, event: string, row: InvitationRow, by: ActedBy): Promise<void> {
    const detail = { invitation: formatId(row.id), email: row.email, standing: row.standing }
    const subject = `organisation:${formatId(row.organisation_id)}`
    await database.audit(unit, eventBy(by, `invitation.${event}`, subject, detail))
  }

  return {
    ...createInvitationList({ read: database.read, clock }),
    ...createAcceptInvitation({ database, format, clock }),

    create: async ({ organisationId, email, standing = 'member', inviterId = null }, by = {}) => {
      const now = Math.floor(clock())
      const id = database.newId()
      const { text, digest } = format.make('inv', id)
      const row: InvitationRow = {
        id,
        digest,
        organisation_id: idOf(organisationId),
        ...checked({ email, standing }),
        ...answeredFor(inviterId ?? by.allowedBy, by),
        created_at: now,
        sent_at: now,
        expires_at: now + lifetime,
        accepted_at: null,
        accepted_user_id: null,
        cancelled_at: null,
      }
      const creating = database.write(async (unit) => {
        const organisation = await heldOrganisation(unit, database, row.organisation_id)
        if (organisation.suspended_at !== null) throw new RequestRefused('conflict', 'The organisation is suspended.')
        await checkAllowedNow(unit, organisation, { allowedBy: by.allowedBy, now }, (authority) => {
          checkMayRestand(authority, null, standing)
        })
        await checkNoMember(unit, row)
        await clearExpired(unit, row)
        await checkPace(unit, row)
        await unit.insertInto('invitations').values(row).execute()
        await post(unit, row, { organisation, token: text })
        await audit(unit, 'created', row, by)
      })
      await orConflict(creating, 'They are invited already. Send the invitation again instead.')
      return { id: formatId(id), token: text, expiresAt: row.expires_at }
    },

    resend: async (id, { by = {}, ...action } = {}) => {
      const now = Math.floor(clock())
      const { text, digest } = format.make('inv', idOf(id))
      return change(id, action, async (unit, row, organisation) => {
        await checkAllowedNow(unit, organisation, { allowedBy: by.allowedBy, now }, (authority) => {
          checkMayRestand(authority, null, standingIn(row.standing))
        })
        if (organisation.suspended_at !== null) throw new RequestRefused('conflict', 'The organisation is suspended.')
        checkOpen(row, now)
        checkPause(row, now)
        // Whoever sends it answers for it from now on.
        const sent = { digest, ...answeredFor(by.allowedBy, by), sent_at: now, expires_at: now + lifetime }
        await unit.updateTable('invitations').set(sent).where('id', '=', row.id).execute()
        await post(unit, { ...row, ...sent }, { organisation, token: text })
        await audit(unit, 'sent_again', row, by)
        return { id, token: text, expiresAt: sent.expires_at }
      })
    },

    cancel: async (id, { by = {}, ...action } = {}) =>
      change(id, action, async (unit, row, organisation) => {
        const now = Math.floor(clock())
        await checkAllowedNow(unit, organisation, { allowedBy: by.allowedBy, now }, (authority) => {
          checkMay(authority, 'members.add')
        })
        if (row.cancelled_at !== null) return
        checkOpen(row, now)
        await unit.updateTable('invitations').set({ cancelled_at: now }).where('id', '=', row.id).execute()
        await audit(unit, 'cancelled', row, by)
      }),
  }
}

/** Seconds. */
const sevenDays = 7 * 86_400

function checked({
  email,
  standing,
}: Required<Pick<NewInvitation, 'email' | 'standing'>>): Pick<InvitationRow, 'email' | 'email_key' | 'standing'> {
  const written = typeof email === 'string' ? email.normalize('NFC').trim() : ''
  // What no mail is sent to is no address here, whatever else it may be.
  const key = isMailAddress(written) ? emailKey(written) : null
  const faults: Record<string, readonly string[]> = {}
  if (key === null) faults['email'] = ['Give an e-mail address such as ada@example.org.']
  if (!isStanding(standing)) faults['standing'] = ['A member is an owner, admin or member.']
  if (key === null || !isStanding(standing)) throw new RequestRefused('invalid', undefined, { body: faults })
  return { email: written, email_key: key, standing }
}

/** Who has to be allowed to invite when it is accepted, and as what: the member, or else the administrator who does it. */
function answeredFor(member: string | undefined, by: ActedBy): Pick<InvitationRow, 'inviter_id' | 'as_operator'> {
  if (member !== undefined) return { inviter_id: idOf(member), as_operator: 0 }
  const administrator = userIn(by)
  return administrator === undefined
    ? { inviter_id: null, as_operator: 0 }
    : { inviter_id: idOf(administrator), as_operator: 1 }
}

function checkOpen(row: InvitationRow, now: number): void {
  const state = stateOf(row, now)
  if (state === 'accepted') throw new RequestRefused('conflict', 'The invitation was accepted.')
  if (state === 'cancelled') throw new RequestRefused('conflict', 'The invitation was cancelled. Send a new one.')
}

async function checkNoMember(unit: Transaction<Schema>, row: InvitationRow): Promise<void> {
  const member = await unit
    .selectFrom('organisation_members')
    .innerJoin('users', 'users.id', 'organisation_members.user_id')
    .select('users.id')
    .where('organisation_members.organisation_id', '=', row.organisation_id)
    .where('users.email_key', '=', row.email_key)
    .executeTakeFirst()
  if (member !== undefined) throw new RequestRefused('conflict', 'They are a member already.')
}

/** One that has run out makes room for another to the same address. */
async function clearExpired(unit: Transaction<Schema>, row: InvitationRow): Promise<void> {
  await unit
    .updateTable('invitations')
    .set({ cancelled_at: row.created_at })
    .where('organisation_id', '=', row.organisation_id)
    .where('email_key', '=', row.email_key)
    .where('accepted_at', 'is', null)
    .where('cancelled_at', 'is', null)
    .where('expires_at', '<=', row.created_at)
    .execute()
}
