import { randomInt } from 'node:crypto'
import type { Transaction } from 'kysely'
import { type ActedBy, eventBy } from '../accounts/acted-by.ts'
import { keyedDigest } from '../crypto/digest.ts'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { Schema } from '../storage/schema.ts'

export interface RecoveryCodesOptions {
  readonly database: Database
  /** What digests are made with: random bytes that never change, at least 32. */
  readonly key: Uint8Array
  /** How many a person gets (10). */
  readonly count?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * Codes on paper, for whoever has lost their other factors. Each is good once. They are written without letters that look like
 * digits, in two groups of five: 50 bits.
 */
export interface RecoveryCodes {
  /** How many are left, and of how many. */
  readonly count: (userId: string) => Promise<{ readonly left: number; readonly made: number }>
  /** Makes new ones in a unit, which are shown once; those from before are dead. */
  readonly make: (unit: Transaction<Schema>, userId: bigint, by: ActedBy) => Promise<readonly string[]>
  /** Takes over codes that were made elsewhere, however they are written; those from before are dead. */
  readonly adopt: (unit: Transaction<Schema>, userId: bigint, codes: readonly string[], by: ActedBy) => Promise<void>
  /** Whether it is one of the user's that is left, and uses it up: `true` for one of however many. */
  readonly use: (userId: string, code: string, by: ActedBy) => Promise<boolean>
  /** Forgets them, in a unit. How many were left. */
  readonly remove: (unit: Transaction<Schema>, userId: bigint) => Promise<number>
}

export function createRecoveryCodes(options: RecoveryCodesOptions): RecoveryCodes {
  const { database, key, count = 10, clock = Date.now } = options
  if (key.byteLength < 32) throw new TypeError('Recovery codes: key must have at least 32 bytes; take random ones.')

  const digestOf = (userId: bigint, code: string): Uint8Array =>
    keyedDigest(key, `recovery code ${formatId(userId)} ${plain(code)}`)

  async function remove(unit: Transaction<Schema>, userId: bigint): Promise<number> {
    const gone = unit.deleteFrom('recovery_codes').where('user_id', '=', userId).returning('used_at')
    return (await gone.execute()).filter(({ used_at }) => used_at === null).length
  }

  async function store(
    unit: Transaction<Schema>,
    userId: bigint,
    codes: readonly string[],
    by: ActedBy,
  ): Promise<void> {
    await remove(unit, userId)
    const created_at = Math.floor(clock())
    const digests = new Map(codes.map((code) => [plain(code), digestOf(userId, code)]))
    const rows = [...digests.values()].map((digest) => {
      return { id: database.newId(), user_id: userId, digest, created_at, used_at: null }
    })
    if (rows.length > 0) await unit.insertInto('recovery_codes').values(rows).execute()
    const subject = `user:${formatId(userId)}`
    await database.audit(unit, eventBy(by, 'recovery_codes.made', subject, { count: rows.length }))
  }

  return {
    remove,
    adopt: store,

    count: async (id) => {
      const userId = parseId(id)
      if (userId === null) return { left: 0, made: 0 }
      const all = database.read.selectFrom('recovery_codes').select('used_at').where('user_id', '=', userId)
      const rows = await all.execute()
      return { left: rows.filter(({ used_at }) => used_at === null).length, made: rows.length }
    },

    make: async (unit, userId, by) => {
      const codes = new Set<string>()
      while (codes.size < count) codes.add(newCode())
      await store(unit, userId, [...codes], by)
      return [...codes]
    },

    use: async (id, code, by) => {
      const userId = parseId(id)
      const subject = `user:${id}`
      const isUsed =
        userId !== null &&
        (await database.write(async (unit) => {
          const spent = await unit
            .updateTable('recovery_codes')
            .set({ used_at: Math.floor(clock()) })
            .where('user_id', '=', userId)
            .where('digest', '=', digestOf(userId, code))
            .where('used_at', 'is', null)
            .returning('id')
            .executeTakeFirst()
          if (spent !== undefined) await database.audit(unit, eventBy(by, 'recovery_code.used', subject))
          return spent !== undefined
        }))
      if (!isUsed) await database.append({ audit: eventBy(by, 'recovery_code.failed', subject) })
      return isUsed
    },
  }
}

/** Crockford's base32 in lower case: without i, l, o and u. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

function newCode(): string {
  const code = Array.from({ length: 10 }, () => alphabet[randomInt(32)] ?? '').join('')
  return `${code.slice(0, 5)}-${code.slice(5)}`
}

/** However it is typed: in capitals, with blanks, with letters for the digits they look like. */
function plain(code: string): string {
  return code
    .toLowerCase()
    .replaceAll(/[^0-9a-z]/g, '')
    .replaceAll('o', '0')
    .replaceAll(/[il]/g, '1')
    .slice(0, 200)
}
