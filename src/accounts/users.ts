import type { Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import type { PasswordHasher } from '../crypto/password-hash.ts'
import type { AuditDetail } from '../storage/audit.ts'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { Revocations } from '../storage/revocations.ts'
import type { Schema, UserRow } from '../storage/schema.ts'
import { wantedId } from '../storage/wanted-id.ts'
import { type ActedBy, eventBy } from './acted-by.ts'
import { createEndAccess, type EndReason } from './end-access.ts'
import { endInvitationsOf } from './end-invitations.ts'
import type { OnSignInsEnded } from './ended-sign-in.ts'
import { createNewPassword } from './new-password.ts'
import { newUserRow } from './new-user-row.ts'
import type { UserSource } from './user-source.ts'
import type { Notify } from './notices.ts'
import { keepWithinOwnEnd } from './keep-within-own-end.ts'
import { keepOwners } from './last-owner.ts'
import { keepOneSuperuser } from './last-superuser.ts'
import { partsOf } from './parts-of.ts'
import { keepWithinReach } from './reach.ts'
import { losesRights, refuseEnded } from './timed-rights.ts'
import { orConflict } from './unique.ts'
import { changesOf, valuesAfter } from './user-changes.ts'
import { userByLogin } from './user-by-login.ts'
import { toUserRecord, type UserRecord } from './user-record.ts'
import { createUserList, type UserListOptions, type UserPage } from './user-list.ts'
import { userColumnsOf, type UserValues } from './user-values.ts'

export interface UsersOptions {
  readonly database: Database
  readonly hasher: Pick<PasswordHasher, 'hash'>
  /** The fewest characters of a new password (8). */
  readonly minPasswordLength?: number
  /** Whether a new password is known from breaches (nobody is asked). */
  readonly isBreached?: ((password: string) => Promise<boolean>) | undefined
  /** Seconds that an access token lives at most which nobody looks up (a day). */
  readonly accessTokenLifetime?: number
  /** Those of this process, so that it knows at once of tokens that are dead (as other processes learn of them). */
  readonly revocations?: Pick<Revocations, 'revoke'> | undefined
  /** Hears of sign-ins that end (nothing). */
  readonly onEnded?: OnSignInsEnded | undefined
  /** Tells the old address that it is no longer that of the account (nobody is told). */
  readonly notify?: Notify | undefined
  /** Tells it with a link that undoes the change, in the same unit: see `EmailChanges.tellOldAddress` (`notify` does, without a link). */
  readonly tellOldAddress?: TellOldAddress | undefined
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export interface NewUser extends UserValues {
  /** Has to pass the rules. `null`: they sign in some other way (null). */
  readonly password?: string | null
  /** A hash that was made elsewhere, in place of a password; whoever gives it knows that it can be verified (none). */
  readonly passwordHash?: string | undefined
  /** Whether they may sign in (true). */
  readonly isActive?: boolean
  /** Whether they have to choose another password before they are let in, since somebody else knows this one (false). */
  readonly mustChangePassword?: boolean
  /** Where the account comes from (made). */
  readonly source?: UserSource | undefined
}

/** Tells the address that a user had until now of the change. */
export type TellOldAddress = (unit: Transaction<Schema>, before: UserRow, after: UserRow, by: ActedBy) => Promise<void>

/** How somebody is deleted where it is not an administrator who does it. */
export interface DeletedHow {
  /** What has to hold, or to be written, in the same unit before the row goes; what it throws undoes it all (nothing). */
  readonly before?: (unit: Transaction<Schema>, row: UserRow) => Promise<void>
  /** What the audit log keeps of them (the username). */
  readonly detail?: AuditDetail
}

/**
 * The users, for administration. What they are given ends with what it rests on, in the same unit: disabling, deleting and
 * signing out end every session and token; taking a right away ends the access tokens that claim it. Functions throw
 * `RequestRefused`: `not_found` for an id that is nobody's, `invalid` for values that cannot be, `conflict` where a name or
 * address is taken, where the last active superuser would be gone, or where a superuser for a while gives a right for longer
 * than they have theirs; and `PermissionDenied` for the account of an administrator that is out of reach of the user who does
 * it (see `keepWithinReach`). Each change is in the audit log.
 */
export interface Users {
  /** `alongside` and, once the row is there, `after`: what else has to happen in the same unit; what they throw undoes it all (nothing). */
  readonly create: (
    user: NewUser,
    by?: ActedBy,
    alongside?: (unit: Transaction<Schema>) => Promise<void>,
    after?: (unit: Transaction<Schema>, userId: bigint) => Promise<void>,
  ) => Promise<UserRecord>
  readonly find: (id: string) => Promise<UserRecord | null>
  /** By username or e-mail address, however it is written. */
  readonly findByLogin: (login: string) => Promise<UserRecord | null>
  /** Newest first. */
  readonly list: (options?: UserListOptions) => Promise<UserPage>
  /** What is left out stays. A new e-mail address counts as not verified unless it is said to be. */
  readonly update: (id: string, changes: Partial<UserValues>, by?: ActedBy) => Promise<UserRecord>
  readonly disable: (id: string, by?: ActedBy) => Promise<UserRecord>
  /** They have to sign in again: what was ended stays ended. */
  readonly enable: (id: string, by?: ActedBy) => Promise<UserRecord>
  /** Accounts that became part of it go along. */
  readonly delete: (id: string, by?: ActedBy, how?: DeletedHow) => Promise<void>
  readonly signOutEverywhere: (id: string, by?: ActedBy, reason?: EndReason) => Promise<void>
}

export function createUsers(options: UsersOptions): Users {
  const { database, hasher, minPasswordLength = 8, accessTokenLifetime = 86_400, clock = Date.now } = options
  const { revocations, onEnded, notify, tellOldAddress } = options
  const endAccess = createEndAccess({ database, clock, accessTokenLifetime, revocations, onEnded })
  const newPassword = createNewPassword({ hasher, minLength: minPasswordLength, isBreached: options.isBreached })

  /** One unit on one user, whose row it is given. */
  async function change<Result>(
    id: string,
    by: ActedBy,
    work: (unit: Transaction<Schema>, row: UserRow) => Promise<Result>,
    { mayTakeAway = false, isLeaving = false }: { readonly mayTakeAway?: boolean; readonly isLeaving?: boolean } = {},
  ): Promise<Result> {
    const wanted = wantedId(id)
    return database.write(async (unit) => {
      if (isLeaving) await keepOwners(unit, database.dialect, wanted)
      if (mayTakeAway) await keepOneSuperuser(unit, database.dialect, wanted)
      const query = unit.selectFrom('users').selectAll().where('id', '=', wanted)
      const row = await (database.dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst()
      if (row === undefined) throw new RequestRefused('not_found')
      await keepWithinReach(unit, by, row, Math.floor(clock()))
      return work(unit, row)
    })
  }

  async function setActive(id: string, isActive: boolean, by: ActedBy): Promise<UserRecord> {
    return change(
      id,
      by,
      async (unit, row) => {
        const columns = { is_active: isActive ? 1 : 0 }
        if (row.is_active === columns.is_active) return toUserRecord(row)
        if (isActive && row.merged_into_id !== null)
          throw new RequestRefused('conflict', 'This account became part of another one, and cannot be enabled again.')
        await unit.updateTable('users').set(columns).where('id', '=', row.id).execute()
        if (!isActive) await endAccess.everything(unit, row.id, 'user_disabled', by)
        await database.audit(unit, eventBy(by, isActive ? 'user.enabled' : 'user.disabled', `user:${id}`))
        return toUserRecord({ ...row, ...columns })
      },
      { mayTakeAway: !isActive },
    )
  }

  return {
    create: async (user, by = {}, alongside, after) => {
      const { password = null, passwordHash = null, isActive = true, mustChangePassword = false, source } = user
      refuseEnded(user, clock())
      const columns = userColumnsOf(user)
      const hash =
        password === null ? passwordHash : await newPassword(password, { username: user.username, email: user.email })
      const row = newUserRow(columns, {
        id: database.newId(),
        now: Math.floor(clock()),
        passwordHash: hash,
        isActive,
        mustChangePassword,
        source,
      })
      await keepWithinOwnEnd(database.read, by, { before: null, after: row, now: row.created_at })
      const event = eventBy(by, 'user.created', `user:${formatId(row.id)}`, { username: row.username })
      const creating =
        alongside === undefined && after === undefined
          ? database.append({ users: row, audit: event })
          : database.write(async (unit) => {
              await alongside?.(unit)
              await unit.insertInto('users').values(row).execute()
              await database.audit(unit, event)
              await after?.(unit, row.id)
            })
      await orConflict(creating, taken)
      return toUserRecord(row)
    },

    find: async (id) => {
      const wanted = parseId(id)
      if (wanted === null) return null
      const row = await database.read.selectFrom('users').selectAll().where('id', '=', wanted).executeTakeFirst()
      return row === undefined ? null : toUserRecord(row)
    },

    findByLogin: async (login) => {
      const row = await userByLogin(database, login)
      return row === null ? null : toUserRecord(row)
    },

    list: createUserList(database),

    update: async (id, changes, by = {}) => {
      const updating = change(
        id,
        by,
        async (unit, row) => {
          refuseEnded(changes, clock())
          const columns = userColumnsOf(valuesAfter(row, changes, clock()), row)
          await keepWithinOwnEnd(unit, by, { before: row, after: columns, now: Math.floor(clock()) })
          await unit.updateTable('users').set(columns).where('id', '=', row.id).execute()
          if (losesRights(row, columns)) await endAccess.claims(unit, [row.id])
          if (row.email !== null && row.email_key !== columns.email_key) {
            const what = `from ${row.email} to ${columns.email ?? 'none'}`
            if (tellOldAddress === undefined) await notify?.(unit, row.id, 'email_changed', by, { to: row.email, what })
            else await tellOldAddress(unit, row, { ...row, ...columns }, by)
          }
          const fields = Object.keys(changes).filter((name) => changes[name as keyof UserValues] !== undefined)
          const changed = changesOf(toUserRecord(row), toUserRecord({ ...row, ...columns }))
          await database.audit(unit, eventBy(by, 'user.updated', `user:${id}`, { fields, changed }))
          return toUserRecord({ ...row, ...columns })
        },
        { mayTakeAway: changes.isSuperuser === false || typeof changes.superuserUntil === 'number' },
      )
      return orConflict(updating, taken)
    },

    disable: async (id, by = {}) => setActive(id, false, by),
    enable: async (id, by = {}) => setActive(id, true, by),

    delete: async (id, by = {}, { before, detail } = {}) =>
      change(
        id,
        by,
        async (unit, row) => {
          await before?.(unit, row)
          await endAccess.everything(unit, row.id, 'revoked', by)
          // Accounts that became part of it keep their names from others, and name the same person: they go along.
          for (const gone of [row, ...(await partsOf(unit, row))]) {
            await endInvitationsOf(unit, gone.id, Math.floor(clock()))
            await unit.deleteFrom('users').where('id', '=', gone.id).execute()
            const what = detail ?? { username: gone.username }
            await database.audit(unit, eventBy(by, 'user.deleted', `user:${formatId(gone.id)}`, what))
          }
        },
        { mayTakeAway: true, isLeaving: true },
      ),

    signOutEverywhere: async (id, by = {}, reason = 'signed_out') =>
      change(id, by, async (unit, row) => {
        await endAccess.everything(unit, row.id, reason, by)
        await database.audit(unit, eventBy(by, 'user.signed_out_everywhere', `user:${id}`, { reason }))
      }),
  }
}

/** It does not say which of the two, nor whose: that is nobody's business but the administrator's, who can look. */
const taken = 'The username or e-mail address is taken.'
