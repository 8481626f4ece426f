import type { Transaction } from 'kysely'
import { type ActedBy, eventBy } from '../accounts/acted-by.ts'
import { markSecondFactor } from '../accounts/mark-second-factor.ts'
import { keepWithinReach } from '../accounts/reach.ts'
import { RequestRefused } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { Schema, UserRow } from '../storage/schema.ts'
import { wantedId } from '../storage/wanted-id.ts'
import { toUser, userColumns } from '../tokens/principal.ts'
import type { AuthenticatorApps } from './authenticator-apps.ts'
import type { Passkey } from './passkey-rows.ts'
import type { NewPasskey, Passkeys } from './passkeys.ts'
import type { RecoveryCodes } from './recovery-codes.ts'
import type { SecondFactors } from './second-factors.ts'

export interface FactorChangesOptions {
  readonly database: Database
  readonly apps: Pick<AuthenticatorApps, 'confirm' | 'remove'>
  readonly passkeys: Pick<Passkeys, 'register' | 'remove' | 'rpId'>
  readonly codes: Pick<RecoveryCodes, 'make' | 'remove'>
  readonly factors: Pick<SecondFactors, 'isRequired' | 'policy'>
  /** Tells a user of a change, in its unit (nobody is told). */
  readonly notify?: NotifyOfFactor | undefined
  /** Whether a user gets in by something else than password and passkeys, such as an account elsewhere (they do not). */
  readonly otherWayIn?: (unit: Transaction<Schema>, userId: bigint) => Promise<boolean>
  /**
   * Whether a user with an e-mail address has to have shown that they read mail there, before they add a factor (false): else whoever
   * signs up with the address of another could lock that person out of it.
   */
  readonly needsVerifiedEmail?: boolean
  /** Refuses, by throwing, to let a user take a factor away (they may). */
  readonly mayRemove?: (user: User, factor: 'totp' | 'passkey') => Promise<void>
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export type NotifyOfFactor = (
  unit: Transaction<Schema>,
  userId: bigint,
  kind: 'factor_added' | 'factor_removed' | 'passkey_added' | 'passkey_removed' | 'recovery_codes_made',
  by: ActedBy,
  options?: { readonly what?: string },
) => Promise<void>

/** Adds and takes away what people have beside a password. Each change is one unit with its audit event and the mail about it. */
export interface FactorChanges {
  /** Adds the app that was begun; see `AuthenticatorApps.confirm`. With a user's first factor come recovery codes, shown once. */
  readonly addApp: (user: User, code: string, by: ActedBy, how?: AddedHow) => Promise<FirstCodes>
  /** Adds a passkey; see `Passkeys.register`. */
  readonly addPasskey: (
    made: Omit<NewPasskey, 'also'>,
    how?: AddedHow,
  ) => Promise<FirstCodes & { readonly passkey: Passkey }>
  /** Throws `conflict` where the user may not add a factor yet; both of the above do as well. */
  readonly mayAdd: (userId: string) => Promise<void>
  /** Throws `conflict` where there is none, and where it is the last one of a user who has to have one. */
  readonly removeApp: (user: User, by: ActedBy) => Promise<void>
  /** Throws `not_found`, and `conflict` where the user could not sign in without it, or has to have a second factor. */
  readonly removePasskey: (user: User, id: string, by: ActedBy) => Promise<Passkey>
  /** Makes new recovery codes. Throws `conflict` where there is no factor that they could stand in for. */
  readonly makeCodes: (user: Pick<User, 'id'>, by: ActedBy) => Promise<readonly string[]>
  /** Takes all second factors away, for whoever has lost them and has proved to an administrator who they are. How many there were. */
  readonly reset: (userId: string, by: ActedBy) => Promise<number>
}

/** What a user has: passkeys of this site, and those of a domain that it had before. */
interface Left {
  readonly apps: number
  readonly passkeys: number
  readonly stale: number
}

const staleFirst =
  'You have passkeys of another address, which are asked for and cannot be used. Remove those first, or add another factor.'

export interface AddedHow {
  /** Whether the sign-in does not go on without it: then it is added whatever else is missing (false). */
  readonly isForced?: boolean
  /** What else has to happen in the same unit, first of all; what it throws undoes it (nothing). */
  readonly before?: (unit: Transaction<Schema>) => Promise<void>
}

export interface FirstCodes {
  /** `null` where the user had some already. */
  readonly recoveryCodes: readonly string[] | null
}

export function createFactorChanges(options: FactorChangesOptions): FactorChanges {
  const { database, apps, passkeys, codes, factors, notify } = options
  const { needsVerifiedEmail = false, clock = Date.now } = options
  const { otherWayIn = async () => false, mayRemove = async () => undefined } = options

  /** Of two changes of one account at once, the second sees what the first has done. Throws `not_found`. */
  async function lock(unit: Transaction<Schema>, userId: bigint): Promise<UserRow> {
    const query = unit.selectFrom('users').selectAll().where('id', '=', userId)
    // SQLite runs one unit after the other anyway, and has no such clause.
    const row = await (database.dialect === 'postgres' ? query.forNoKeyUpdate() : query).executeTakeFirst()
    if (row === undefined) throw new RequestRefused('not_found')
    return row
  }

  async function left(unit: Transaction<Schema>, userId: bigint): Promise<Left> {
    const apps = await unit.selectFrom('totp_devices').select('user_id').where('user_id', '=', userId).execute()
    const keys = await unit.selectFrom('passkeys').select('rp_id').where('user_id', '=', userId).execute()
    const usable = keys.filter((key) => key.rp_id === passkeys.rpId).length
    return { apps: apps.length, passkeys: usable, stale: keys.length - usable }
  }

  /** Whether they have to have a second factor by now: the rule may be newer than what the request was let in by. */
  async function isRequiredNow(unit: Transaction<Schema>, user: User, userId: bigint): Promise<boolean> {
    const query = unit.selectFrom('users').select(userColumns).where('id', '=', userId)
    const row = await query.executeTakeFirst()
    const now = row === undefined ? null : toUser(row, Number.POSITIVE_INFINITY, clock())
    return factors.isRequired(now ?? user)
  }

  async function afterRemoval(
    unit: Transaction<Schema>,
    user: User,
    { userId, wasUsable }: { readonly userId: bigint; readonly wasUsable: boolean },
  ): Promise<void> {
    const rest = await left(unit, userId)
    if (rest.apps + rest.passkeys > 0) return
    if (await isRequiredNow(unit, user, userId)) {
      throw new RequestRefused('conflict', 'Your account has to have a second factor. Add another one first.')
    }
    if (rest.stale > 0) {
      // They are still asked for at the sign-in, so that a change of the domain lets nobody in by a password alone.
      if (wasUsable && factors.policy !== 'off') throw new RequestRefused('conflict', staleFirst)
      return
    }
    await codes.remove(unit, userId)
    await unit.deleteFrom('trusted_browsers').where('user_id', '=', userId).execute()
  }

  async function checkEmail(from: Pick<Transaction<Schema>, 'selectFrom'>, userId: bigint): Promise<void> {
    if (!needsVerifiedEmail) return
    const user = from.selectFrom('users').select(['email', 'email_verified']).where('id', '=', userId)
    const row = await user.executeTakeFirst()
    if (row === undefined || row.email === null || row.email_verified === 1) return
    throw new RequestRefused('conflict', 'Confirm your e-mail address first: we sent you a link, and can send another.')
  }

  async function firstCodes(unit: Transaction<Schema>, userId: bigint, by: ActedBy): Promise<readonly string[] | null> {
    const some = unit
      .selectFrom('recovery_codes')
      .select('id')
      .where('user_id', '=', userId)
      .where('used_at', 'is', null)
    return (await some.executeTakeFirst()) === undefined ? codes.make(unit, userId, by) : null
  }

  return {
    mayAdd: async (id) => checkEmail(database.read, wantedId(id)),

    addApp: async (user, code, by, { isForced = false } = {}) => {
      let recoveryCodes: readonly string[] | null = null
      await apps.confirm(user.id, code, by, async (unit, userId) => {
        if (!isForced) await checkEmail(unit, userId)
        recoveryCodes = await firstCodes(unit, userId, by)
        await notify?.(unit, userId, 'factor_added', by, { what: 'Authenticator app' })
      })
      return { recoveryCodes }
    },

    addPasskey: async (made, { isForced = false, before } = {}) => {
      let recoveryCodes: readonly string[] | null = null
      const passkey = await passkeys.register({
        ...made,
        before,
        also: async (unit, userId, name) => {
          if (!isForced) await checkEmail(unit, userId)
          recoveryCodes = await firstCodes(unit, userId, made.by)
          await notify?.(unit, userId, 'passkey_added', made.by, { what: name })
        },
      })
      return { passkey, recoveryCodes }
    },

    removeApp: async (user, by) => {
      await mayRemove(user, 'totp')
      const userId = wantedId(user.id)
      await database.write(async (unit) => {
        await lock(unit, userId)
        if (!(await apps.remove(unit, userId))) throw new RequestRefused('conflict', 'There is no authenticator app.')
        await afterRemoval(unit, user, { userId, wasUsable: true })
        await database.audit(unit, eventBy(by, 'totp.removed', `user:${user.id}`))
        await notify?.(unit, userId, 'factor_removed', by, { what: 'Authenticator app' })
      })
    },

    removePasskey: async (user, id, by) => {
      await mayRemove(user, 'passkey')
      const userId = wantedId(user.id)
      return database.write(async (unit) => {
        const row = await lock(unit, userId)
        const removed = await passkeys.remove(unit, userId, id, by)
        if (removed === null) throw new RequestRefused('not_found', 'You have no such passkey.')
        const hasOther = row.password_hash !== null || (await left(unit, userId)).passkeys > 0
        if (removed.isUsable && !hasOther && !(await otherWayIn(unit, userId))) {
          throw new RequestRefused(
            'conflict',
            'You could not sign in any more without this passkey. Set a password first.',
          )
        }
        await afterRemoval(unit, user, { userId, wasUsable: removed.isUsable })
        await notify?.(unit, userId, 'passkey_removed', by, { what: removed.name })
        return removed
      })
    },

    makeCodes: async ({ id }, by) => {
      const userId = wantedId(id)
      return database.write(async (unit) => {
        await lock(unit, userId)
        const rest = await left(unit, userId)
        if (rest.apps + rest.passkeys + rest.stale === 0) {
          throw new RequestRefused('conflict', 'Recovery codes stand in for a second factor. Add one first.')
        }
        const made = await codes.make(unit, userId, by)
        await notify?.(unit, userId, 'recovery_codes_made', by)
        return made
      })
    },

    reset: async (id, by) => {
      const userId = wantedId(id)
      return database.write(async (unit) => {
        await keepWithinReach(unit, by, await lock(unit, userId), Math.floor(clock()))
        const rest = await left(unit, userId)
        const count = rest.apps + rest.passkeys + rest.stale
        await apps.remove(unit, userId)
        await unit.deleteFrom('passkeys').where('user_id', '=', userId).execute()
        await markSecondFactor(unit, database, userId)
        await codes.remove(unit, userId)
        await unit.deleteFrom('trusted_browsers').where('user_id', '=', userId).execute()
        if (count === 0) return 0
        await database.audit(unit, eventBy(by, 'factors.reset', `user:${formatId(userId)}`, { count }))
        await notify?.(unit, userId, 'factor_removed', by, { what: 'All second factors' })
        return count
      })
    },
  }
}
