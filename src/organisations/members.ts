import type { Transaction } from 'kysely'
import { type ActedBy, eventBy } from '../accounts/acted-by.ts'
import { createEndAccess } from '../accounts/end-access.ts'
import { RequestRefused } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { Revocations } from '../storage/revocations.ts'
import type { OrganisationMemberRow, OrganisationRow, Schema } from '../storage/schema.ts'
import { isStanding, type Standing } from '../tokens/standing.ts'
import { type Authority, checkMay, checkMayRestand } from './authority.ts'
import { checkAllowedNow, type MemberActedBy } from './authority-now.ts'
import { endBoundGrants } from './end-bound-grants.ts'
import { heldOrganisation, idOf } from './held.ts'
import { createMemberList, type MemberList, standingIn } from './member-list.ts'
import { markRoles, unmarkRoles } from './role-mark.ts'

export interface MembersOptions {
  readonly database: Database
  /** Those of this process, so that it knows at once of tokens that are dead. */
  readonly revocations: Pick<Revocations, 'revoke'>
  /** Seconds that an access token lives at most which nobody looks up (a day). */
  readonly accessTokenLifetime?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * The members of organisations. An organisation always has an owner: the last one cannot leave, be removed or become less,
 * which is `conflict`. Whoever loses something by a change loses the access tokens that claim it. Functions throw
 * `RequestRefused`: `not_found` where there is no such organisation or member, `invalid` for a standing that is none.
 */
export interface Members extends MemberList {
  /** Adds somebody. `conflict` where they are a member already. */
  readonly add: (organisationId: string, userId: string, standing: Standing, by?: ActedBy) => Promise<void>
  readonly setStanding: (
    organisationId: string,
    userId: string,
    standing: Standing,
    by?: MemberActedBy,
  ) => Promise<void>
  /** Takes somebody out, with the roles that they had there. It is the same for whoever leaves. */
  readonly remove: (organisationId: string, userId: string, by?: MemberActedBy) => Promise<void>
  /** Makes one member the owner in place of another, who becomes an admin. */
  readonly transfer: (organisationId: string, fromUserId: string, toUserId: string, by?: MemberActedBy) => Promise<void>
}

export function createMembers(options: MembersOptions): Members {
  const { database, accessTokenLifetime = 86_400, clock = Date.now, revocations } = options
  const endAccess = createEndAccess({ database, clock, accessTokenLifetime, revocations })

  async function change(
    organisationId: string,
    work: (unit: Transaction<Schema>, organisation: OrganisationRow) => Promise<void>,
  ): Promise<void> {
    await database.write(async (unit) => work(unit, await heldOrganisation(unit, database, organisationId)))
  }

  async function checkAllowed(
    unit: Transaction<Schema>,
    organisation: OrganisationRow,
    { allowedBy }: MemberActedBy,
    check: (authority: Authority) => void,
  ): Promise<void> {
    await checkAllowedNow(unit, organisation, { allowedBy, now: Math.floor(clock()) }, check)
  }

  async function audit(
    unit: Transaction<Schema>,
    organisation: OrganisationRow,
    event: string,
    {
      userId,
      ...detail
    }: { readonly userId: bigint; readonly standing?: string; readonly before?: string; readonly grants?: number },
    by: ActedBy,
  ): Promise<void> {
    const subject = `organisation:${formatId(organisation.id)}`
    const said = { slug: organisation.slug, user: `user:${formatId(userId)}`, ...detail }
    await database.audit(unit, eventBy(by, `organisation.${event}`, subject, said))
  }

  async function restand(
    unit: Transaction<Schema>,
    organisation: OrganisationRow,
    member: OrganisationMemberRow,
    standing: Standing,
    by: ActedBy,
  ): Promise<void> {
    if (member.standing === standing) return
    await unit
      .updateTable('organisation_members')
      .set({ standing })
      .where('organisation_id', '=', organisation.id)
      .where('user_id', '=', member.user_id)
      .execute()
    await endAccess.claims(unit, [member.user_id])
    await audit(
      unit,
      organisation,
      'standing_changed',
      { userId: member.user_id, standing, before: member.standing },
      by,
    )
  }

  return {
    ...createMemberList(database),

    add: async (organisationId, userId, standing, by = {}) =>
      change(organisationId, async (unit, organisation) => {
        const isAdded = await addMember(unit, organisation, idOf(userId), { standing, now: Math.floor(clock()) })
        if (!isAdded) throw new RequestRefused('conflict', 'They are a member already.')
        await audit(unit, organisation, 'member_added', { userId: idOf(userId), standing }, by)
      }),

    setStanding: async (organisationId, userId, standing, by = {}) =>
      change(organisationId, async (unit, organisation) => {
        checkStanding(standing)
        const member = await memberIn(unit, organisation, idOf(userId))
        await checkAllowed(unit, organisation, by, (authority) => {
          checkMayRestand(authority, standingIn(member.standing), standing)
        })
        if (standing !== 'owner') await checkOtherOwner(unit, member)
        await restand(unit, organisation, member, standing, by)
      }),

    remove: async (organisationId, userId, by = {}) =>
      change(organisationId, async (unit, organisation) => {
        const member = await memberIn(unit, organisation, idOf(userId))
        await checkAllowed(unit, organisation, by, (authority) => {
          checkMayRestand(authority, standingIn(member.standing), null)
        })
        await checkOtherOwner(unit, member)
        for (const table of ['role_grants', 'organisation_members'] as const) {
          const [user, here] = [member.user_id, organisation.id]
          await unit.deleteFrom(table).where('user_id', '=', user).where('organisation_id', '=', here).execute()
        }
        await unmarkRoles(unit, database, member.user_id)
        const [userKey, now] = [member.user_id, Math.floor(clock())]
        const grants = await endBoundGrants(unit, organisation.id, { userId: userKey, now })
        await endAccess.claims(unit, [userKey])
        const detail = { userId: userKey, before: member.standing, ...(grants === 0 ? {} : { grants }) }
        await audit(unit, organisation, by.actor === `user:${userId}` ? 'member_left' : 'member_removed', detail, by)
      }),

    transfer: async (organisationId, fromUserId, toUserId, by = {}) =>
      change(organisationId, async (unit, organisation) => {
        const from = await memberIn(unit, organisation, idOf(fromUserId))
        const to = await memberIn(unit, organisation, idOf(toUserId))
        await checkAllowed(unit, organisation, by, (authority) => {
          checkMay(authority, 'organisation.transfer')
        })
        if (from.standing !== 'owner') throw new RequestRefused('conflict', 'They do not own the organisation.')
        if (from.user_id === to.user_id) throw new RequestRefused('conflict', 'They own the organisation already.')
        await restand(unit, organisation, to, 'owner', by)
        await restand(unit, organisation, from, 'admin', by)
      }),
  }
}

/**
 * Makes somebody a member, in a unit that holds the organisation. Gives back whether they were none before. Throws
 * `RequestRefused`: `not_found` where there is no such active user, `conflict` where the organisation is suspended.
 */
export async function addMember(
  unit: Transaction<Schema>,
  organisation: OrganisationRow,
  userId: bigint,
  { standing, now }: { readonly standing: Standing; readonly now: number },
): Promise<boolean> {
  checkStanding(standing)
  if (organisation.suspended_at !== null) throw new RequestRefused('conflict', 'The organisation is suspended.')
  const user = await unit
    .selectFrom('users')
    .select('id')
    .where('id', '=', userId)
    .where('is_active', '=', 1)
    .executeTakeFirst()
  if (user === undefined) throw new RequestRefused('not_found')
  const added = await unit
    .insertInto('organisation_members')
    .values({ user_id: userId, organisation_id: organisation.id, standing, joined_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('user_id')
    .executeTakeFirst()
  if (added === undefined) return false
  await markRoles(unit, userId)
  return true
}

function checkStanding(standing: unknown): void {
  if (isStanding(standing)) return
  const message = 'A member is an owner, admin or member.'
  throw new RequestRefused('invalid', message, { body: { standing: [message] } })
}

async function memberIn(
  unit: Transaction<Schema>,
  organisation: OrganisationRow,
  userId: bigint,
): Promise<OrganisationMemberRow> {
  const row = await unit
    .selectFrom('organisation_members')
    .selectAll()
    .where('organisation_id', '=', organisation.id)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  if (row === undefined) throw new RequestRefused('not_found')
  return row
}

/** The unit holds the organisation: whoever takes another owner away at this moment waits, and then sees this. */
async function checkOtherOwner(unit: Transaction<Schema>, member: OrganisationMemberRow): Promise<void> {
  if (member.standing !== 'owner') return
  const other = await unit
    .selectFrom('organisation_members')
    .innerJoin('users', 'users.id', 'organisation_members.user_id')
    .select('user_id')
    // Who cannot sign in looks after nothing.
    .where('users.is_active', '=', 1)
    .where('organisation_id', '=', member.organisation_id)
    .where('standing', '=', 'owner')
    .where('user_id', '!=', member.user_id)
    .limit(1)
    .executeTakeFirst()
  if (other !== undefined) return
  throw new RequestRefused('conflict', 'An organisation needs an owner. Make somebody else an owner first.')
}
