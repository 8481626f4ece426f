import type { ActedBy } from '../accounts/acted-by.ts'
import { eventBy } from '../accounts/acted-by.ts'
import { newUserRow } from '../accounts/new-user-row.ts'
import type { Preferences } from '../accounts/preferences.ts'
import { deadSetupLink, type SetupLinks } from '../accounts/setup-links.ts'
import { orConflict } from '../accounts/unique.ts'
import { userColumnsOf } from '../accounts/user-values.ts'
import type { User } from '../core/identity.ts'
import type { Database } from '../storage/database.ts'
import { parseId } from '../storage/id.ts'
import { toUser, userColumns } from '../tokens/principal.ts'
import type { FactorChanges, FirstCodes } from './factor-changes.ts'
import type { Passkey } from './passkey-rows.ts'
import type { Passkeys } from './passkeys.ts'

export interface PasskeySetUpOptions {
  readonly database: Database
  readonly setupLinks: Pick<SetupLinks, 'find' | 'spend'>
  readonly passkeys: Pick<Passkeys, 'creation'>
  readonly changes: Pick<FactorChanges, 'addPasskey'>
  readonly preferences: Pick<Preferences, 'begin'>
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** What the first administrator is called. */
export interface FirstAdministrator {
  readonly username: string
  readonly email: string | null
  /** The time zone in which they read moments (that of the browser). */
  readonly timeZone?: string | null
}

/** The first administrator, with a passkey in place of a password. Functions throw `not_found` for a link that does not work. */
export interface PasskeySetUp {
  /** What the browser is to be asked. Throws `invalid` for a name or an address that cannot be. */
  readonly creation: (key: string, who: FirstAdministrator) => ReturnType<Passkeys['creation']>
  /**
   * Makes the account and adds the passkey, and uses the link up, all in one unit. Throws `conflict` where the name or address is
   * taken, and as `Passkeys.register` does: then the link still works.
   */
  readonly complete: (
    key: string,
    who: FirstAdministrator,
    made: { readonly answer: unknown; readonly name: string | null } & ActedBy,
  ) => Promise<FirstCodes & { readonly user: User; readonly passkey: Passkey }>
}

export function createPasskeySetUp(options: PasskeySetUpOptions): PasskeySetUp {
  const { database, setupLinks, passkeys, changes, preferences, clock = Date.now } = options

  /** A passkey names its account before that is there, so the account takes the id of the link: no other row has it. */
  async function begun(key: string, { username, email }: FirstAdministrator) {
    const id = await setupLinks.find(key)
    if (id === null) throw deadSetupLink()
    const columns = userColumnsOf({ username, email, isStaff: true, isSuperuser: true })
    const user: User = { kind: 'user', id, name: columns.username, permissions: new Set() }
    return { columns, user, binding: id }
  }

  return {
    creation: async (key, who) => {
      const { user, binding } = await begun(key, who)
      return passkeys.creation(user, binding, { isOnlyWayIn: true })
    },

    complete: async (key, who, { answer, name, ...by }) => {
      const { columns, user, binding } = await begun(key, who)
      const id = parseId(user.id) ?? 0n
      const row = newUserRow(columns, { id, now: Math.floor(clock()) })
      const added = await changes.addPasskey(
        { user, binding, answer, name, isOnlyWayIn: true, by },
        {
          isForced: true,
          before: async (unit) => {
            await setupLinks.spend(unit, key)
            const inserting = unit.insertInto('users').values(row).execute()
            await orConflict(inserting, 'The username or e-mail address is taken.')
            const { timeZone = null } = who
            await preferences.begin(unit, id, timeZone === null ? {} : { timeZone })
            await database.audit(unit, eventBy(by, 'user.created', `user:${user.id}`, { username: row.username }))
          },
        },
      )
      const made = database.read.selectFrom('users').select(userColumns).where('id', '=', id)
      return { ...added, user: toUser(await made.executeTakeFirstOrThrow(), Number.POSITIVE_INFINITY) ?? user }
    },
  }
}
