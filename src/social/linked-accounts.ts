import type { Kysely, Transaction } from 'kysely'
import { type ActedBy, eventBy } from '../accounts/acted-by.ts'
import { keepWithinReach } from '../accounts/reach.ts'
import { orConflict } from '../accounts/unique.ts'
import { RequestRefused } from '../core/errors.ts'
import type { Sealer } from '../crypto/seal.ts'
import type { Database } from '../storage/database.ts'
import { formatId, idOrNone } from '../storage/id.ts'
import type { LinkedAccountRow, Schema, UserRow } from '../storage/schema.ts'
import { wantedId } from '../storage/wanted-id.ts'
import type { ForeignIdentity } from './foreign-identity.ts'
import {
  createLinkedAccountList,
  linkOf,
  type ForeignKey,
  type LinkedAccount,
  type LinkedAccountList,
  toLinked,
} from './linked-account-list.ts'
import type { ProviderSettings } from './provider-settings.ts'
import { createSealedTokens } from './sealed-tokens.ts'

export interface LinkedAccountsOptions {
  readonly database: Database
  readonly sealer: Pick<Sealer, 'seal' | 'open'>
  readonly providers: readonly ProviderSettings[]
  /** Whether a user has a way in beside linked accounts, such as a passkey. A password is one (none). */
  readonly hasOtherWayIn?: (database: Kysely<Schema>, userId: bigint) => Promise<boolean>
  /** Tells a user of a change, in its unit (nobody is told). */
  readonly notify?: NotifyOfLink | undefined
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export type NotifyOfLink = (
  unit: Transaction<Schema>,
  userId: bigint,
  kind: 'sign_in_linked' | 'sign_in_unlinked',
  by: ActedBy,
  options: { readonly what: string },
) => Promise<void>

/** How an account came to be linked, for the audit log. */
export type LinkReason = 'asked' | 'confirmed' | 'trusted_address' | 'sign_up' | 'imported'

export interface LinkedAccounts extends LinkedAccountList {
  /** Gives its id. Throws `conflict` where it is somebody's already; where it is the user's own, nothing happens. */
  readonly link: (userId: string, identity: ForeignIdentity, reason: LinkReason, by?: ActedBy) => Promise<string>
  /** The row of a new link, with what the audit log says of it: for whoever stores it with something else. */
  readonly rowOf: (userId: bigint, identity: ForeignIdentity) => LinkedAccountRow
  /** Writes down that somebody signed in with it, and what the provider says of them now. */
  readonly used: (id: string, identity: ForeignIdentity, at: number) => Promise<void>
  /** Throws `not_found` for what is not the user's, and `conflict` where they would have no way in any more. */
  readonly unlink: (userId: string, id: string, by?: ActedBy, how?: UnlinkOptions) => Promise<LinkedAccount>
  /** Whether unlinking this one would leave its user without a way in. */
  readonly isLastWayIn: (userId: string, id: string) => Promise<boolean>
}

export interface UnlinkOptions {
  /** Whether it may be the last way in, for an administrator who shuts it (false). */
  readonly evenIfLast?: boolean
}

export function createLinkedAccounts(options: LinkedAccountsOptions): LinkedAccounts {
  const { database, sealer, providers, clock = Date.now } = options
  const { hasOtherWayIn = async () => false, notify } = options
  const sealed = createSealedTokens({ sealer, providers })
  const settingsOf = new Map(providers.map((provider) => [provider.id, provider]))

  const labelOf = ({ provider, email, name }: LinkedAccountRow): string =>
    [settingsOf.get(provider)?.name ?? provider, email ?? name].filter((part) => part !== null).join(', ')

  function rowOf(userId: bigint, identity: ForeignIdentity): LinkedAccountRow {
    const { provider, issuer, subject, email, name, handle } = identity
    const now = Math.floor(clock())
    return {
      id: database.newId(),
      user_id: userId,
      provider,
      issuer,
      subject,
      email,
      name: name ?? handle,
      created_at: now,
      last_used_at: null,
      refreshing_until: null,
      tokens: sealed.keep(identity),
    }
  }

  /** Whether the user would still get in without this one. */
  async function staysOpen(unit: Kysely<Schema>, user: UserRow, id: bigint): Promise<boolean> {
    if (user.password_hash !== null || (await hasOtherWayIn(unit, user.id))) return true
    const rows = await unit
      .selectFrom('linked_accounts')
      .select(['id', 'provider'])
      .where('user_id', '=', user.id)
      .execute()
    // One of a provider that is not offered any more lets nobody in.
    return rows.some((row) => row.id !== id && settingsOf.has(row.provider))
  }

  async function userRow(unit: Transaction<Schema>, userId: string): Promise<UserRow | undefined> {
    const query = unit.selectFrom('users').selectAll().where('id', '=', idOrNone(userId))
    return (database.dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst()
  }

  return {
    ...createLinkedAccountList({ database, sealed }),

    link: async (userId, identity, reason, by = {}) => {
      const linking = database.write(async (unit) => {
        const user = await userRow(unit, userId)
        if (user === undefined) throw new RequestRefused('not_found')
        const there = await linkOf(unit, identity)
        if (there?.user_id === user.id) return formatId(there.id)
        if (there !== undefined) throw new RequestRefused('conflict', taken)
        const row = rowOf(user.id, identity)
        await unit.insertInto('linked_accounts').values(row).execute()
        await database.audit(unit, linkEvent(by, userId, identity, reason))
        await notify?.(unit, user.id, 'sign_in_linked', { actor: `user:${userId}`, ...by }, { what: labelOf(row) })
        return formatId(row.id)
      })
      return orConflict(linking, taken)
    },

    rowOf,

    used: async (id, identity, at) => {
      const { email, name, handle } = identity
      const shown = name ?? handle
      await database.write(async (unit) => {
        await unit
          .updateTable('linked_accounts')
          // A name that is told once (by Apple) stays.
          .set({ email, last_used_at: at, tokens: sealed.keep(identity), ...(shown !== null && { name: shown }) })
          .where('id', '=', idOrNone(id))
          .execute()
        const owner = unit.selectFrom('linked_accounts').select('user_id').where('id', '=', idOrNone(id))
        await unit.updateTable('users').set({ last_login_at: at }).where('id', '=', owner).execute()
      })
    },

    unlink: async (userId, id, by = {}, { evenIfLast = false } = {}) => {
      const wanted = wantedId(id)
      return database.write(async (unit) => {
        // Two at once wait for each other here: else each would leave the other one as the way in.
        const user = await userRow(unit, userId)
        if (user === undefined) throw new RequestRefused('not_found')
        await keepWithinReach(unit, by, user, Math.floor(clock()))
        const own = unit
          .selectFrom('linked_accounts')
          .selectAll()
          .where('id', '=', wanted)
          .where('user_id', '=', user.id)
        const row = await own.executeTakeFirst()
        if (row === undefined) throw new RequestRefused('not_found')
        if (!evenIfLast && !(await staysOpen(unit, user, wanted))) throw new RequestRefused('conflict', last)
        await unit.deleteFrom('linked_accounts').where('id', '=', wanted).execute()
        const { provider, subject } = row
        const who = { actor: `user:${userId}`, ...by }
        await database.audit(unit, eventBy(who, 'linked_account.removed', `user:${userId}`, { provider, subject }))
        await notify?.(unit, user.id, 'sign_in_unlinked', who, { what: labelOf(row) })
        return toLinked(row)
      })
    },

    isLastWayIn: async (userId, id) => {
      const { read } = database
      const query = read.selectFrom('users').selectAll().where('id', '=', idOrNone(userId))
      const user = await query.executeTakeFirst()
      return user !== undefined && !(await staysOpen(read, user, idOrNone(id)))
    },
  }
}

/** What the audit log says of a new link. */
export function linkEvent(
  by: ActedBy,
  userId: string,
  { provider, subject }: ForeignKey,
  reason: LinkReason,
): ReturnType<typeof eventBy> {
  return eventBy({ actor: `user:${userId}`, ...by }, 'linked_account.created', `user:${userId}`, {
    provider,
    subject,
    reason,
  })
}

const taken = 'This account is linked with somebody else here.'
const last = 'This is the only way to sign in to the account. Set a password or add another way first.'
