import type { Transaction } from 'kysely'
import { type ActedBy, eventBy } from '../accounts/acted-by.ts'
import { createEndAccess } from '../accounts/end-access.ts'
import { RequestRefused } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { Revocations } from '../storage/revocations.ts'
import type { RoleGrantRow, RoleRow, Schema } from '../storage/schema.ts'
import { wordsOf } from '../tokens/principal.ts'
import { isStanding } from '../tokens/standing.ts'
import { checkMayGiveRole } from './authority.ts'
import { checkAllowedNow, type MemberActedBy } from './authority-now.ts'
import { heldOrganisation, idOf } from './held.ts'
import { markRoles, unmarkRoles } from './role-mark.ts'

export interface RoleGrantsOptions {
  readonly database: Database
  /** Those of this process, so that it knows at once of tokens that are dead. */
  readonly revocations: Pick<Revocations, 'revoke'>
  /** Seconds that an access token lives at most which nobody looks up (a day). */
  readonly accessTokenLifetime?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** A role that somebody has, and where. */
export interface RoleGrant {
  readonly roleId: string
  readonly roleName: string
  readonly userId: string
  readonly username: string
  /** Where it counts; `null`: everywhere. */
  readonly organisationId: string | null
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** From here on they have it no more; `null`: no end. */
  readonly endsAt: number | null
}

export interface RoleTarget {
  readonly roleId: string
  readonly userId: string
  /** Where it counts: a role of an organisation counts there (its own, or everywhere). */
  readonly organisationId?: string | null
}

/**
 * Who has which role, other than what members are by themselves. Functions throw `RequestRefused`: `not_found` where there
 * is no such role, user or membership, `conflict` for a role that is built in, `invalid` for an end that is over.
 */
export interface RoleGrants {
  /** Gives a role, until `endsAt` (no end). Somebody who has it has it until then from now on. */
  readonly grant: (target: RoleTarget & { readonly endsAt?: number | null }, by?: MemberActedBy) => Promise<void>
  /** Takes it. Gives back whether they had it. */
  readonly revoke: (target: RoleTarget, by?: MemberActedBy) => Promise<boolean>
  /** What somebody has, by name: everywhere and in organisations, over or not. */
  readonly of: (userId: string) => Promise<readonly RoleGrant[]>
  /** Who has a role, by name. */
  readonly holders: (roleId: string) => Promise<readonly RoleGrant[]>
  /** All that are given for an organisation. */
  readonly inOrganisation: (organisationId: string) => Promise<readonly RoleGrant[]>
}

export function createRoleGrants(options: RoleGrantsOptions): RoleGrants {
  const { database, accessTokenLifetime = 86_400, clock = Date.now, revocations } = options
  const endAccess = createEndAccess({ database, clock, accessTokenLifetime, revocations })

  /** The role, and where it counts. The organisation is held first, as everywhere. */
  async function held(unit: Transaction<Schema>, { roleId, organisationId = null }: RoleTarget): Promise<Held> {
    const known = await unit.selectFrom('roles').select('organisation_id').where('id', '=', idOf(roleId)).execute()
    const [found] = known
    if (found === undefined) throw new RequestRefused('not_found')
    const wanted = organisationId === null ? found.organisation_id : idOf(organisationId)
    // A role of another organisation is not there for this one.
    if (found.organisation_id !== null && found.organisation_id !== wanted) throw new RequestRefused('not_found')
    if (wanted !== null) await heldOrganisation(unit, database, wanted)
    const query = unit.selectFrom('roles').selectAll().where('id', '=', idOf(roleId))
    const role = await (database.dialect === 'postgres' ? query.forShare() : query).executeTakeFirst()
    if (role === undefined) throw new RequestRefused('not_found')
    return { role, organisation: wanted }
  }

  /** For an organisation, a member's right to it may have ended since their request came. */
  async function checkAllowed(
    unit: Transaction<Schema>,
    { role, organisation }: Held,
    { allowedBy }: MemberActedBy,
  ): Promise<void> {
    if (organisation === null) return
    await checkAllowedNow(unit, { id: organisation }, { allowedBy, now: Math.floor(clock()) }, (authority) => {
      checkMayGiveRole(authority, wordsOf(role.permissions))
    })
  }

  async function grantOf(unit: Transaction<Schema>, { role, organisation }: Held, userId: bigint) {
    return unit
      .selectFrom('role_grants')
      .selectAll()
      .where('role_id', '=', role.id)
      .where('user_id', '=', userId)
      .where('organisation_id', organisation === null ? 'is' : '=', organisation)
      .executeTakeFirst()
  }

  async function checkMember(unit: Transaction<Schema>, organisation: bigint | null, userId: bigint): Promise<void> {
    const row =
      organisation === null
        ? await unit.selectFrom('users').select('id').where('id', '=', userId).executeTakeFirst()
        : await unit
            .selectFrom('organisation_members')
            .select('user_id')
            .where('organisation_id', '=', organisation)
            .where('user_id', '=', userId)
            .executeTakeFirst()
    if (row === undefined) throw new RequestRefused('not_found')
  }

  async function audit(
    unit: Transaction<Schema>,
    event: string,
    { role, organisation }: Held,
    { user_id, ends_at }: Pick<RoleGrantRow, 'user_id' | 'ends_at'>,
    by: ActedBy,
  ): Promise<void> {
    const where = organisation === null ? {} : { organisation: formatId(organisation) }
    const detail = { role: role.name, ...where, ends_at }
    await database.audit(unit, eventBy(by, event, `user:${formatId(user_id)}`, detail))
  }

  function grants() {
    return database.read
      .selectFrom('role_grants')
      .innerJoin('roles', 'roles.id', 'role_grants.role_id')
      .innerJoin('users', 'users.id', 'role_grants.user_id')
      .selectAll('role_grants')
      .select(['roles.name as role_name', 'users.username'])
      .orderBy('roles.name')
      .orderBy('users.username_key')
  }

  return {
    grant: async ({ endsAt = null, ...target }, by = {}) => {
      refuseBuiltIn(target)
      const now = Math.floor(clock())
      checkEnd(endsAt, now)
      const userId = idOf(target.userId)
      await database.write(async (unit) => {
        const place = await held(unit, target)
        await checkAllowed(unit, place, by)
        await checkMember(unit, place.organisation, userId)
        await markRoles(unit, userId)
        // Nobody else gives the same user anything meanwhile: the mark holds their row.
        const before = await grantOf(unit, place, userId)
        if (before === undefined) {
          const row = {
            id: database.newId(),
            role_id: place.role.id,
            user_id: userId,
            organisation_id: place.organisation,
            created_at: now,
            ends_at: endsAt,
          }
          await unit.insertInto('role_grants').values(row).execute()
        } else {
          await unit.updateTable('role_grants').set({ ends_at: endsAt }).where('id', '=', before.id).execute()
          const isLess = endsAt !== null && (before.ends_at === null || endsAt < before.ends_at)
          if (isLess) await endAccess.claims(unit, [userId])
        }
        await audit(unit, 'role.granted', place, { user_id: userId, ends_at: endsAt }, by)
      })
    },

    revoke: async (target, by = {}) => {
      refuseBuiltIn(target)
      const userId = idOf(target.userId)
      return database.write(async (unit) => {
        const place = await held(unit, target)
        await checkAllowed(unit, place, by)
        const before = await unit
          .deleteFrom('role_grants')
          .where('role_id', '=', place.role.id)
          .where('user_id', '=', userId)
          .where('organisation_id', place.organisation === null ? 'is' : '=', place.organisation)
          .returningAll()
          .executeTakeFirst()
        if (before === undefined) return false
        await unmarkRoles(unit, database, userId)
        await endAccess.claims(unit, [userId])
        await audit(unit, 'role.revoked', place, before, by)
        return true
      })
    },

    of: async (userId) =>
      (
        await grants()
          .where('role_grants.user_id', '=', parseId(userId) ?? nobody)
          .execute()
      ).map(toGrant),
    holders: async (roleId) =>
      (
        await grants()
          .where('role_grants.role_id', '=', parseId(roleId) ?? nobody)
          .execute()
      ).map(toGrant),
    inOrganisation: async (organisationId) =>
      (
        await grants()
          .where('role_grants.organisation_id', '=', parseId(organisationId) ?? nobody)
          .execute()
      ).map(toGrant),
  }
}

interface Held {
  readonly role: RoleRow
  readonly organisation: bigint | null
}

/** No row has this id. */
const nobody = -1n

function refuseBuiltIn({ roleId }: RoleTarget): void {
  if (parseId(roleId) !== null || !isStanding(roleId)) return
  throw new RequestRefused('conflict', 'The role is built in: it follows from what somebody is in an organisation.')
}

function checkEnd(endsAt: unknown, now: number): void {
  if (endsAt === null || (typeof endsAt === 'number' && Number.isSafeInteger(endsAt) && endsAt > now)) return
  const message = 'The end must lie in the future.'
  throw new RequestRefused('invalid', message, { body: { endsAt: [message] } })
}

function toGrant(row: RoleGrantRow & { readonly role_name: string; readonly username: string }): RoleGrant {
  return {
    roleId: formatId(row.role_id),
    roleName: row.role_name,
    userId: formatId(row.user_id),
    username: row.username,
    organisationId: row.organisation_id === null ? null : formatId(row.organisation_id),
    createdAt: row.created_at,
    endsAt: row.ends_at,
  }
}
