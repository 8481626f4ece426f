import { sql, type Transaction } from 'kysely'
import { digest } from '../../crypto/digest.ts'
import type { Database } from '../../storage/database.ts'
import type { MailLinkRow, Schema, UserRow } from '../../storage/schema.ts'
import type { TokenFormat } from '../../tokens/format.ts'
import { isSuperuserOver } from '../reach.ts'

export interface MailLinksOptions {
  readonly database: Database
  readonly format: Pick<TokenFormat, 'make' | 'parse'>
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** What a link is for. One of one purpose does nothing for another. */
export type LinkPurpose =
  | 'password_reset'
  | 'email_verification'
  | 'email_change'
  | 'email_undo'
  | 'deletion_cancel'
  | 'passkey_sign_up'

export interface NewLink {
  readonly purpose: LinkPurpose
  readonly user: Pick<UserRow, 'id' | 'password_hash' | 'email_key'>
  /** The address that it is about, as it is written and as it is compared (none). */
  readonly email?: string | null
  readonly emailKey?: string | null
  /** Where whoever asked for it was on their way to (home). */
  readonly next?: string | null
  /** The administrator to whom it is shown: it works for as long as they may make one (nobody: it is mailed). */
  readonly makerId?: bigint | null
  /** Seconds that it works. */
  readonly lifetime: number
}

/** A link that works, and its user as they are now. */
export interface FoundLink {
  readonly link: MailLinkRow
  readonly user: UserRow
}

/**
 * Links that were sent by mail: 256 random bits, of which only a digest is stored. Each works once, for its purpose and its
 * user, until it is over; and no longer than what it was made for stays as it is: one to a new password dies with the password,
 * the address, or the next sign-in; one to an address with the address (and the password, where it changes it).
 */
export interface MailLinks {
  /** Makes a link in a unit. The text is in the mail and nowhere else. */
  readonly issue: (
    unit: Transaction<Schema>,
    link: NewLink,
  ) => Promise<{ readonly text: string; readonly expiresAt: number }>
  /** Costs what `issue` does, and makes nothing: for those who ask about accounts that are not there. */
  readonly idle: (unit: Transaction<Schema>) => Promise<void>
  /** Finds a link that works, without using it: for the page that asks. */
  readonly find: (purpose: LinkPurpose, text: string) => Promise<FoundLink | null>
  /**
   * Uses a link, for exactly one of however many at once, on whatever node: `null` for all others, and for one that does not
   * work. Only once the unit is over is it used.
   */
  readonly spend: (unit: Transaction<Schema>, purpose: LinkPurpose, text: string) => Promise<FoundLink | null>
  /** Ends a user's links: of these purposes, or all. */
  readonly drop: (unit: Transaction<Schema>, userId: bigint, purposes?: readonly LinkPurpose[]) => Promise<void>
  /** Ends links to a new password, since their user has signed in without. */
  readonly signedIn: (userId: bigint) => Promise<void>
  /** Whether an address is kept for somebody (else) who may still go back to it. */
  readonly isKept: (
    unit: Pick<Transaction<Schema>, 'selectFrom'>,
    emailKey: string,
    exceptFor?: bigint,
  ) => Promise<boolean>
}

export function createMailLinks({ database, format, clock = Date.now }: MailLinksOptions): MailLinks {
  /** The user, if the link still fits them. The row is held, so that it fits until the unit is over. */
  async function userOf(
    read: Pick<Transaction<Schema>, 'selectFrom'>,
    link: MailLinkRow,
    isHeld: boolean,
  ): Promise<UserRow | null> {
    const query = read.selectFrom('users').selectAll().where('id', '=', link.user_id)
    const user = await (isHeld && database.dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst()
    if (user === undefined || user.is_active !== 1) return null
    if (!sameBytes(boundTo(link.purpose, user), link.bound_to)) return null
    if (link.purpose === 'password_reset' && (await hasSignedIn(read, link))) return null
    if (link.maker_id !== null && !(await isSuperuserOver(read, link.maker_id, user, Math.floor(clock())))) return null
    return user
  }

  /** By page or by token. A session that ended meanwhile has taken the link with it: see `signedIn`. */
  async function hasSignedIn(read: Pick<Transaction<Schema>, 'selectFrom'>, link: MailLinkRow): Promise<boolean> {
    for (const table of ['sessions', 'refresh_families'] as const) {
      const since = read.selectFrom(table).select('id').where('user_id', '=', link.user_id)
      if ((await since.where('created_at', '>=', link.created_at).limit(1).executeTakeFirst()) !== undefined)
        return true
    }
    return false
  }

  return {
    issue: async (unit, { purpose, user, email = null, emailKey = null, next = null, makerId = null, lifetime }) => {
      const id = database.newId()
      const made = format.make('mail', id)
      const now = Math.floor(clock())
      const row: MailLinkRow = {
        id,
        digest: made.digest,
        purpose,
        user_id: user.id,
        email,
        email_key: emailKey,
        bound_to: boundTo(purpose, user),
        created_at: now,
        expires_at: now + lifetime * 1000,
        next,
        maker_id: makerId,
      }
      await unit.insertInto('mail_links').values(row).execute()
      return { text: made.text, expiresAt: row.expires_at }
    },

    idle: async (unit) => {
      const id = database.newId()
      const made = format.make('mail', id)
      boundTo('password_reset', { password_hash: made.text, email_key: made.text })
      await unit.updateTable('mail_links').set({ digest: made.digest }).where('id', '=', id).execute()
    },

    find: async (purpose, text) => {
      const token = format.parse(text)
      if (token?.kind !== 'mail') return null
      const link = await database.read
        .selectFrom('mail_links')
        .selectAll()
        .where('id', '=', token.id)
        .where('digest', '=', token.digest)
        .where('purpose', '=', purpose)
        .where('expires_at', '>', Math.floor(clock()))
        .executeTakeFirst()
      const user = link === undefined ? null : await userOf(database.read, link, false)
      return link === undefined || user === null ? null : { link, user }
    },

    spend: async (unit, purpose, text) => {
      const token = format.parse(text)
      if (token?.kind !== 'mail') return null
      const link = await unit
        .deleteFrom('mail_links')
        .where('id', '=', token.id)
        .where('digest', '=', token.digest)
        .where('purpose', '=', purpose)
        .where('expires_at', '>', Math.floor(clock()))
        .returningAll()
        .executeTakeFirst()
      const user = link === undefined ? null : await userOf(unit, link, true)
      return link === undefined || user === null ? null : { link, user }
    },

    drop: async (unit, userId, purposes) => {
      const all = unit.deleteFrom('mail_links').where('user_id', '=', userId)
      await (purposes === undefined ? all : all.where('purpose', 'in', purposes)).execute()
    },

    signedIn: async (userId) => {
      const open = database.read
        .selectFrom('mail_links')
        .select('id')
        .where('user_id', '=', userId)
        .where('purpose', '=', 'password_reset')
      // Seldom is there one, and a sign-in is not to write more than it has to.
      if ((await open.limit(1).executeTakeFirst()) === undefined) return
      await database.write(async (unit) =>
        unit.deleteFrom('mail_links').where('user_id', '=', userId).where('purpose', '=', 'password_reset').execute(),
      )
    },

    isKept: async (unit, emailKey, exceptFor = -1n) => {
      const kept = unit
        .selectFrom('mail_links')
        .select(sql<number>`1`.as('kept'))
        .where('email_key', '=', emailKey)
        .where('user_id', '<>', exceptFor)
        .where('purpose', '=', 'email_undo')
        .where('expires_at', '>', Math.floor(clock()))
      return (await kept.limit(1).executeTakeFirst()) !== undefined
    },
  }
}

/**
 * What must be as it was. Going back to an old address and keeping an account are what somebody does whose account was taken over:
 * nothing may stop it.
 */
function boundTo(purpose: string, user: Pick<UserRow, 'password_hash' | 'email_key'>): Uint8Array {
  const { password_hash: password, email_key: address } = user
  const isRescue = purpose === 'email_undo' || purpose === 'deletion_cancel'
  const parts = isRescue ? [] : purpose === 'email_verification' ? [address] : [password, address]
  return digest(JSON.stringify([purpose, ...parts]))
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
