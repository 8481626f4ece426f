import { randomInt } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import { digest } from '../crypto/digest.ts'
import type { Outbox } from '../mail/outbox.ts'
import type { Database } from '../storage/database.ts'
import { formatId, idOrNone, parseId } from '../storage/id.ts'
import type { Schema } from '../storage/schema.ts'
import { toUser, userColumns } from '../tokens/principal.ts'
import { type ActedBy, eventBy } from './acted-by.ts'
import { minuteFor } from './preferences.ts'
import { userByLogin } from './user-by-login.ts'

export interface BreakGlassOptions {
  readonly database: Database
  readonly outbox: Pick<Outbox, 'add' | 'isOpen'>
  /** Where this site is, without a trailing slash: for the mail that tells of a use. */
  readonly baseUrl: string
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** A use of a code. Times are milliseconds since 1970. */
export interface BreakGlassUse {
  readonly userId: string
  readonly username: string
  readonly usedAt: number
  readonly address: string | null
}

/**
 * Codes on paper for emergencies: each signs a superuser in once, for a short while, when their second factor is lost, mail is
 * down, or the provider that they sign in with is. They are no way around an account that is disabled, or whose user is no
 * superuser any more. 30 characters without those that look like others: 150 bits, so that nobody guesses one, and a bare digest
 * is kept.
 */
export interface BreakGlass {
  /** Makes five, which are shown once; those from before are dead. Throws `permission_denied` but for an active superuser. */
  readonly make: (userId: string, by: ActedBy) => Promise<readonly string[]>
  readonly state: (userId: string) => Promise<{ readonly left: number; readonly madeAt: number | null }>
  /** Forgets them. How many were left. */
  readonly remove: (userId: string, by: ActedBy) => Promise<number>
  /**
   * Uses a code up: whose it is, for one of however many that come with it, else `null`. The log and all administrators who
   * have an e-mail address are told in the same unit.
   */
  readonly use: (login: string, code: string, by: ActedBy) => Promise<User | null>
  /** What was used within 30 days and nobody has said that they know of, newest first, at most 20. */
  readonly unseen: () => Promise<readonly BreakGlassUse[]>
  /** Says that all uses so far are known of. How many there were. */
  readonly markSeen: (by: ActedBy) => Promise<number>
}

export function createBreakGlass({ database, outbox, baseUrl, clock = Date.now }: BreakGlassOptions): BreakGlass {
  async function tell(unit: Transaction<Schema>, username: string, by: ActedBy): Promise<void> {
    if (!outbox.isOpen) return
    const administrators = await unit
      .selectFrom('users')
      .select(['id', 'email'])
      .where((is) => is.or([is('is_staff', '=', 1), is('is_superuser', '=', 1)]))
      .where('is_active', '=', 1)
      .where('email', 'is not', null)
      .limit(mostTold)
      .execute()
    for (const { id, email } of administrators) {
      if (email === null) continue
      await outbox.add(unit, {
        kind: 'break_glass_used',
        to: email,
        subject: 'A code for emergencies was used',
        parts: [
          'Somebody signed in to the account of an administrator by a code for emergencies, without a second factor.',
          {
            facts: [
              ['Account', username],
              ['When', await minuteFor(unit, id, clock())],
              ...(typeof by.address === 'string' ? [['From', by.address] as const] : []),
            ],
          },
          'If you do not know of an emergency, ask them at once by another way than mail, and disable the account meanwhile.',
          { link: `${baseUrl}/admin/administrators/`, text: 'See the administrators' },
        ],
      })
    }
  }

  return {
    make: async (userId, by) => {
      const id = parseId(userId)
      const codes = new Set<string>()
      while (codes.size < count) codes.add(newCode())
      const now = Math.floor(clock())
      await database.write(async (unit) => {
        const query = unit
          .selectFrom('users')
          .select(['id'])
          .where('id', '=', id ?? -1n)
          .where(isSuperuser(now))
        const row = await (database.dialect === 'postgres' ? query.forNoKeyUpdate() : query).executeTakeFirst()
        if (row === undefined) {
          throw new RequestRefused('conflict', 'Only an active superuser can have codes for emergencies.')
        }
        await unit.deleteFrom('break_glass_codes').where('user_id', '=', row.id).where('used_at', 'is', null).execute()
        const rows = [...codes].map((code) => ({
          id: database.newId(),
          user_id: row.id,
          digest: digestOf(row.id, code),
          created_at: now,
          used_at: null,
          address: null,
          seen_at: null,
        }))
        await unit.insertInto('break_glass_codes').values(rows).execute()
        await database.audit(unit, eventBy(by, 'break_glass.made', `user:${userId}`, { count }))
      })
      return [...codes]
    },

    state: async (userId) => {
      const rows = await database.read
        .selectFrom('break_glass_codes')
        .select('created_at')
        .where('user_id', '=', idOrNone(userId))
        .where('used_at', 'is', null)
        .execute()
      return { left: rows.length, madeAt: rows[0]?.created_at ?? null }
    },

    remove: async (userId, by) =>
      database.write(async (unit) => {
        const gone = await unit
          .deleteFrom('break_glass_codes')
          .where('user_id', '=', idOrNone(userId))
          .where('used_at', 'is', null)
          .returning('id')
          .execute()
        if (gone.length > 0) {
          await database.audit(unit, eventBy(by, 'break_glass.removed', `user:${userId}`, { count: gone.length }))
        }
        return gone.length
      }),

    use: async (login, code, by) => {
      const account = await userByLogin(database, login)
      // Whoever there is none for is looked up all the same, so that nothing in the time tells them apart.
      const id = account?.id ?? -1n
      const now = Math.floor(clock())
      const user = await database.write(async (unit) => {
        const spent = await unit
          .updateTable('break_glass_codes')
          .set({ used_at: now, address: by.address ?? null })
          .where('user_id', '=', id)
          .where('digest', '=', digestOf(id, code))
          .where('used_at', 'is', null)
          .where((is) =>
            is.exists(is.selectFrom('users').select('users.id').where('users.id', '=', id).where(isSuperuser(now))),
          )
          .returning('id')
          .executeTakeFirst()
        if (spent === undefined) return null
        const columns = await unit.selectFrom('users').select(userColumns).where('id', '=', id).executeTakeFirst()
        const found = columns === undefined ? null : toUser(columns, Number.POSITIVE_INFINITY, now)
        if (found === null) return null
        const actor = { ...by, actor: `user:${found.id}` }
        await database.audit(unit, eventBy(actor, 'break_glass.used', `user:${found.id}`))
        await tell(unit, found.name, by)
        return found
      })
      if (user === null) {
        const subject = account === null ? 'anonymous' : `user:${formatId(account.id)}`
        await database.append({ audit: eventBy({ ...by, actor: 'anonymous' }, 'break_glass.failed', subject) })
      }
      return user
    },

    unseen: async () => {
      const rows = await database.read
        .selectFrom('break_glass_codes')
        .innerJoin('users', 'users.id', 'break_glass_codes.user_id')
        .select(['users.id', 'users.username', 'used_at', 'address'])
        .where('used_at', '>', Math.floor(clock()) - shownFor)
        .where('seen_at', 'is', null)
        .orderBy('used_at', 'desc')
        .limit(20)
        .execute()
      return rows.map(({ id, username, used_at: usedAt, address }) => {
        return { userId: formatId(id), username, usedAt: usedAt ?? 0, address }
      })
    },

    markSeen: async (by) =>
      database.write(async (unit) => {
        const seen = await unit
          .updateTable('break_glass_codes')
          .set({ seen_at: Math.floor(clock()) })
          .where('used_at', 'is not', null)
          .where('seen_at', 'is', null)
          .returning('user_id')
          .execute()
        for (const userId of new Set(seen.map(({ user_id }) => user_id))) {
          await database.audit(unit, eventBy(by, 'break_glass.seen', `user:${formatId(userId)}`))
        }
        return seen.length
      }),
  }
}

/** How many are made at once. */
const count = 5

/** Milliseconds that a use is shown for, unless somebody says that they know of it. */
const shownFor = 30 * 86_400_000

/** How many administrators are told by mail. */
const mostTold = 200

function isSuperuser(now: number) {
  return sql<boolean>`users.is_active = 1 and users.is_superuser = 1
    and (users.superuser_until is null or users.superuser_until > ${now})`
}

function digestOf(userId: bigint, code: string): Uint8Array {
  return digest(`break glass ${formatId(userId < 0n ? 0n : userId)} ${plain(code)}`)
}

/** Crockford's base32 in lower case: without i, l, o and u. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** Six groups of five. */
function newCode(): string {
  const group = () => Array.from({ length: 5 }, () => alphabet[randomInt(32)] ?? '').join('')
  return Array.from({ length: 6 }, group).join('-')
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
