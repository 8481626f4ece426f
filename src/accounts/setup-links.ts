import type { Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import { equalBytes } from '../crypto/compare.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { Schema } from '../storage/schema.ts'
import type { TokenFormat } from '../tokens/format.ts'
import type { ActedBy } from './acted-by.ts'
import type { UserRecord } from './user-record.ts'
import type { Preferences, PreferenceValues } from './preferences.ts'
import type { NewUser, Users } from './users.ts'

export interface SetupLinksOptions {
  readonly database: Database
  readonly format: TokenFormat
  readonly users: Pick<Users, 'create'>
  readonly preferences: Pick<Preferences, 'begin'>
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Links that make the first administrator. Each works once, for 30 minutes, and only while nobody is a superuser. */
export interface SetupLinks {
  /** Makes one, to be shown to whoever started the server: `null` where there is a superuser already. Its key is not kept. */
  readonly make: () => Promise<string | null>
  /** The id of the link, `null` for a key that would not be taken now. It is not used up by this. */
  readonly find: (key: string) => Promise<string | null>
  /** Uses a link up, and with it all others. Throws `not_found` for a key that does not work, or does not work any more. */
  readonly spend: (unit: Transaction<Schema>, key: string) => Promise<void>
  /**
   * Makes the first administrator by a key, which is used up with it. Throws `invalid` that names what is to be mended, and
   * `not_found` for a key that does not work, or does not work any more.
   */
  readonly complete: (
    key: string,
    user: Pick<NewUser, 'username' | 'email' | 'password'> & Partial<Pick<PreferenceValues, 'timeZone'>>,
    by: ActedBy,
  ) => Promise<UserRecord>
}

export function createSetupLinks(options: SetupLinksOptions): SetupLinks {
  const { database, format, users, preferences, clock = Date.now } = options
  const superuser = (read: Database['read']) =>
    read.selectFrom('users').select('id').where('is_superuser', '=', 1).where('is_active', '=', 1).limit(1)

  return {
    make: async () => {
      if ((await superuser(database.read).executeTakeFirst()) !== undefined) return null
      const id = database.newId()
      const { text, digest } = format.make('set', id)
      const now = Math.floor(clock())
      await database.append({
        setup_links: { id, digest, created_at: now, expires_at: now + lifetime },
        audit: { event: 'setup_link.made', actor: 'system', subject: 'setup' },
      })
      return text
    },

    find: async (key) => {
      const parsed = format.parse(key)
      if (parsed?.kind !== 'set') return null
      const row = await database.read
        .selectFrom('setup_links')
        .select('id')
        .where('id', '=', parsed.id)
        .where('digest', '=', parsed.digest)
        .where('expires_at', '>', Math.floor(clock()))
        .executeTakeFirst()
      if (row === undefined || (await superuser(database.read).executeTakeFirst()) !== undefined) return null
      return formatId(row.id)
    },

    spend,

    complete: async (key, { username, email = null, password = null, timeZone = null }, by) =>
      users.create(
        { username, email, password, isStaff: true, isSuperuser: true },
        by,
        async (unit) => spend(unit, key),
        async (unit, userId) => preferences.begin(unit, userId, timeZone === null ? {} : { timeZone }),
      ),
  }

  async function spend(unit: Transaction<Schema>, key: string): Promise<void> {
    const parsed = format.parse(key)
    if (parsed?.kind !== 'set') throw deadSetupLink()
    const { id, digest } = parsed
    // Other processes may have shown links of their own: the first one that is used ends them all.
    const ended = await unit
      .deleteFrom('setup_links')
      .where('expires_at', '>', Math.floor(clock()))
      .returning(['id', 'digest'])
      .execute()
    if (!ended.some((one) => one.id === id && equalBytes(one.digest, digest))) throw deadSetupLink()
    if ((await superuser(unit).executeTakeFirst()) !== undefined) throw deadSetupLink()
  }
}

/** Milliseconds. */
const lifetime = 30 * 60_000

/** What whoever comes with a link hears that does not work, or does not work any more. */
export function deadSetupLink(): RequestRefused {
  return new RequestRefused(
    'not_found',
    'This link does not work: it was used, is older than 30 minutes, or there is an administrator already. Start the server again for a new one.',
  )
}
