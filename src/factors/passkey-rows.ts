import type { Transaction } from 'kysely'
import { type ActedBy, eventBy } from '../accounts/acted-by.ts'
import { markSecondFactor } from '../accounts/mark-second-factor.ts'
import { RequestRefused } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import { isConflict } from '../storage/conflict.ts'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { PasskeyRow, Schema } from '../storage/schema.ts'
import { toUser, userColumns, wordsOf } from '../tokens/principal.ts'
import { makerOf } from './passkey-makers.ts'

/** A passkey as its owner sees it. */
export interface Passkey {
  readonly id: string
  readonly name: string
  /** Who keeps it, such as `iCloud Keychain`; `null` where it does not say. */
  readonly maker: string | null
  /** Whether it may be on several devices of its owner. */
  readonly isSynced: boolean
  /** The domain that it was made for. */
  readonly rpId: string
  /** Whether that is the domain of this site: one for another signs nobody in here (WebAuthn Level 3, section 13.4.9). */
  readonly isUsable: boolean
  readonly createdAt: number
  readonly lastUsedAt: number | null
}

/** A passkey with what its answers are checked against. */
export interface FoundPasskey {
  readonly row: PasskeyRow
  /** Its owner, `null` where they may not sign in. */
  readonly user: User | null
}

/** Passkeys in the database. What is asked of browsers is in `passkeys.ts`. */
export interface PasskeyRows {
  readonly list: (userId: string) => Promise<readonly Passkey[]>
  readonly rowsOf: (userId: string) => Promise<readonly PasskeyRow[]>
  readonly find: (credentialId: Uint8Array) => Promise<FoundPasskey | null>
  /** Throws `conflict` where this passkey is there already, whoever's it is. */
  readonly add: (row: PasskeyRow, by: ActedBy, beside?: AddedBeside) => Promise<void>
  /** Remembers a use; `false` where the count of signatures did not go up, and then nothing is changed. */
  readonly use: (row: PasskeyRow, signCount: number, by: ActedBy, detail: UseDetail) => Promise<boolean>
  /** Whether there is such a passkey of this user. */
  readonly rename: (userId: string, id: string, name: string, by: ActedBy) => Promise<boolean>
  /** Takes one away, in a unit: `null` where the user has no such passkey. */
  readonly remove: (unit: Transaction<Schema>, userId: bigint, id: string, by: ActedBy) => Promise<Passkey | null>
}

/** More to be done in the unit that adds it; what it throws undoes it all. */
export interface AddedBeside {
  /** First of all, such as making the account that it is for (nothing). */
  readonly before?: ((unit: Transaction<Schema>) => Promise<void>) | undefined
  /** Once it is there (nothing). */
  readonly also?: ((unit: Transaction<Schema>, userId: bigint, name: string) => Promise<void>) | undefined
}

interface UseDetail {
  readonly ceremony: string
  readonly userVerified: boolean
}

export function createPasskeyRows(database: Database, rpId: string, clock: () => number): PasskeyRows {
  return {
    rowsOf: async (id) => rowsOf(id),
    list: async (id) => (await rowsOf(id)).map((row) => toPasskey(row, rpId)),

    find: async (credentialId) => {
      const row = await database.read
        .selectFrom('passkeys')
        .innerJoin('users', 'users.id', 'passkeys.user_id')
        .selectAll('passkeys')
        .select(userColumns)
        .where('credential_id', '=', credentialId)
        .executeTakeFirst()
      // The user's own id comes under the name of the column that refers to it.
      return row === undefined ? null : { row, user: toUser(row, Number.POSITIVE_INFINITY) }
    },

    add: async (row, by, { before, also } = {}) => {
      try {
        await database.write(async (unit) => {
          await before?.(unit)
          await unit.insertInto('passkeys').values(row).execute()
          await markSecondFactor(unit, database, row.user_id)
          const detail = { name: row.name, synced: row.is_synced === 1 }
          await database.audit(unit, eventBy(by, 'passkey.added', subjectOf(row), detail))
          await also?.(unit, row.user_id, row.name)
        })
      } catch (error) {
        if (isConflict(error)) throw new RequestRefused('conflict', 'This passkey is registered already.')
        throw error
      }
    },

    use: async (row, signCount, by, detail) =>
      database.write(async (unit) => {
        const used = await unit
          .updateTable('passkeys')
          .set({ sign_count: signCount, last_used_at: Math.floor(clock()) })
          .where('id', '=', row.id)
          .where((eb) =>
            // One that does not count gives 0 each time (WebAuthn Level 3, section 6.1.1).
            signCount === 0 ? eb('sign_count', '=', 0) : eb('sign_count', '<', signCount),
          )
          .returning('id')
          .executeTakeFirst()
        if (used !== undefined) {
          await database.audit(unit, eventBy(by, 'passkey.used', subjectOf(row), { ...detail, name: row.name }))
        }
        return used !== undefined
      }),

    rename: async (userId, id, name, by) => {
      const [user, passkey] = [parseId(userId), parseId(id)]
      if (user === null || passkey === null) return false
      return database.write(async (unit) => {
        const own = unit.updateTable('passkeys').set({ name }).where('id', '=', passkey).where('user_id', '=', user)
        const renamed = await own.returningAll().executeTakeFirst()
        if (renamed === undefined) return false
        await database.audit(unit, eventBy(by, 'passkey.renamed', subjectOf(renamed), { name }))
        return true
      })
    },

    remove: async (unit, userId, id, by) => {
      const passkey = parseId(id)
      if (passkey === null) return null
      const own = unit.deleteFrom('passkeys').where('id', '=', passkey).where('user_id', '=', userId)
      const removed = await own.returningAll().executeTakeFirst()
      if (removed === undefined) return null
      await markSecondFactor(unit, database, userId)
      await database.audit(unit, eventBy(by, 'passkey.removed', subjectOf(removed), { name: removed.name }))
      return toPasskey(removed, rpId)
    },
  }

  async function rowsOf(id: string): Promise<readonly PasskeyRow[]> {
    const userId = parseId(id)
    if (userId === null) return []
    const all = database.read.selectFrom('passkeys').selectAll().where('user_id', '=', userId)
    return all.orderBy('id').execute()
  }
}

export function toPasskey(row: PasskeyRow, rpId: string): Passkey {
  return {
    id: formatId(row.id),
    name: row.name,
    maker: makerOf(row.aaguid),
    isSynced: row.is_synced === 1,
    rpId: row.rp_id,
    isUsable: row.rp_id === rpId,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  }
}

/** What its owner calls it, cut to what a list has room for. */
export function passkeyNameIn(name: string | null | undefined): string {
  const text = (name ?? '').replaceAll(/\p{C}/gu, ' ').trim()
  return Array.from(text).slice(0, 60).join('')
}

/** What it is called until its owner says otherwise. */
export function passkeyName(row: Pick<PasskeyRow, 'aaguid' | 'is_synced' | 'transports'>): string {
  const isInside = wordsOf(row.transports).includes('internal')
  return makerOf(row.aaguid) ?? (row.is_synced === 1 ? 'Synced passkey' : isInside ? 'This device' : 'Security key')
}

/** As it is named in the audit log: by its owner, since that is whose log it stands in. */
function subjectOf(row: Pick<PasskeyRow, 'user_id'>): string {
  return `user:${formatId(row.user_id)}`
}

/** How the browser may reach a passkey, as it said itself. */
export function transportsOf(row: Pick<PasskeyRow, 'transports'>): string[] {
  return [...wordsOf(row.transports)]
}
