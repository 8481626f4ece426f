import { sql, type Transaction } from 'kysely'
import { randomInt } from 'node:crypto'
import { digest, keyedDigest } from '../../crypto/digest.ts'
import type { Database } from '../../storage/database.ts'
import type { MailCodeRow, Schema, UserRow } from '../../storage/schema.ts'
import type { TokenFormat } from '../../tokens/format.ts'

export interface MailCodesOptions {
  readonly database: Database
  readonly format: Pick<TokenFormat, 'make' | 'parse'>
  /** What codes are digested with, at least 32 random bytes: they are short. */
  readonly key: Uint8Array
  /** Seconds that a code works (600, which is the most: NIST SP 800-63B, section 5.1.3.2). */
  readonly lifetime?: number
  /** How often it may be tried (3). */
  readonly attempts?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** What a try at a code came to. */
export type CodeOutcome =
  | { readonly kind: 'right'; readonly user: UserRow }
  | { readonly kind: 'wrong'; readonly attemptsLeft: number }
  /** Used up, too late, or never there: another code has to be asked for. */
  | { readonly kind: 'over' }

/**
 * Codes of eight digits that were sent by mail. One works once, within ten minutes, in the browser that asked for it: whoever
 * reads the mail can do nothing with it elsewhere, and whoever lured somebody into telling it neither.
 */
export interface MailCodes {
  /**
   * Makes a code in a unit; `null` makes one that is never right. The handle is for the browser. `replaces` is the handle it
   * had: that code is over.
   */
  readonly open: (
    unit: Transaction<Schema>,
    user: Pick<UserRow, 'id' | 'password_hash' | 'email_key'> | null,
    replaces?: string | null,
  ) => Promise<{ readonly handle: string; readonly code: string; readonly expiresAt: number }>
  /** Whether a handle is of a code that may still be tried. */
  readonly isOpen: (handle: string) => Promise<boolean>
  /** Counts a try and compares it, in one statement: tries that come at once are each counted. */
  readonly attempt: (handle: string, code: string) => Promise<CodeOutcome>
}

export function createMailCodes(options: MailCodesOptions): MailCodes {
  const { database, format, key, lifetime = 600, attempts = 3, clock = Date.now } = options
  if (!Number.isInteger(lifetime) || lifetime < 1 || lifetime > 600) {
    throw new TypeError('Mail codes: lifetime must be whole seconds, at most 600.')
  }
  if (!Number.isInteger(attempts) || attempts < 1 || attempts > 10) {
    throw new TypeError('Mail codes: attempts must be whole, from 1 to 10.')
  }
  const codeDigest = (id: bigint, code: string): Uint8Array => keyedDigest(key, `mail code ${id} ${code}`)

  return {
    open: async (unit, user, replaces = null) => {
      const old = format.parse(replaces ?? '')
      if (old?.kind === 'ask') {
        await unit.deleteFrom('mail_codes').where('id', '=', old.id).where('digest', '=', old.digest).execute()
      }
      const id = database.newId()
      const { text: handle, digest: handleDigest } = format.make('ask', id)
      const code = String(randomInt(0, 10 ** digits)).padStart(digits, '0')
      const now = Math.floor(clock())
      const row: MailCodeRow = {
        id,
        digest: handleDigest,
        code_digest: codeDigest(id, code),
        user_id: user?.id ?? null,
        bound_to: boundTo(user ?? { password_hash: null, email_key: null }),
        attempts_left: attempts,
        spent_at: null,
        created_at: now,
        expires_at: now + lifetime * 1000,
      }
      await unit.insertInto('mail_codes').values(row).execute()
      return { handle, code: `${code.slice(0, digits / 2)} ${code.slice(digits / 2)}`, expiresAt: row.expires_at }
    },

    isOpen: async (handle) => {
      const token = format.parse(handle)
      if (token?.kind !== 'ask') return false
      const row = await database.read
        .selectFrom('mail_codes')
        .select('id')
        .where('id', '=', token.id)
        .where('digest', '=', token.digest)
        .where('attempts_left', '>', 0)
        .where('spent_at', 'is', null)
        .where('expires_at', '>', Math.floor(clock()))
        .executeTakeFirst()
      return row !== undefined
    },

    attempt: async (handle, typed) => {
      const token = format.parse(handle)
      if (token?.kind !== 'ask') return { kind: 'over' }
      const code = typed.normalize('NFKC').replaceAll(/[\s-]/g, '')
      const now = Math.floor(clock())
      return database.write(async (unit) => {
        const right = sql<number>`code_digest = ${codeDigest(token.id, code)} and user_id is not null`
        const tried = await unit
          .updateTable('mail_codes')
          .set((eb) => ({
            attempts_left: eb('attempts_left', '-', 1),
            spent_at: sql<number | null>`case when ${right} then cast(${now} as bigint) end`,
          }))
          .where('id', '=', token.id)
          .where('digest', '=', token.digest)
          .where('attempts_left', '>', 0)
          .where('spent_at', 'is', null)
          .where('expires_at', '>', now)
          .returning(['user_id', 'bound_to', 'attempts_left', 'spent_at'])
          .executeTakeFirst()
        if (tried === undefined) return { kind: 'over' }
        if (tried.spent_at === null || tried.user_id === null) return wrong(tried.attempts_left)
        const user = await unit.selectFrom('users').selectAll().where('id', '=', tried.user_id).executeTakeFirst()
        const isTheirs =
          user !== undefined && user.is_active === 1 && Buffer.compare(boundTo(user), tried.bound_to) === 0
        return isTheirs ? { kind: 'right', user } : { kind: 'over' }
      })
    },
  }
}

const digits = 8

function wrong(attemptsLeft: number): CodeOutcome {
  return attemptsLeft > 0 ? { kind: 'wrong', attemptsLeft } : { kind: 'over' }
}

/** A code from before the password or the address was changed is no good. */
function boundTo({
  password_hash: password,
  email_key: address,
}: Pick<UserRow, 'password_hash' | 'email_key'>): Buffer {
  return digest(JSON.stringify(['code', password, address]))
}
