import { equalBytes } from '../crypto/compare.ts'
import { openUnder, sealUnder } from '../crypto/seal.ts'
import type { Database } from '../storage/database.ts'
import { formatId, idOrNone, parseId } from '../storage/id.ts'
import type { PendingLinkRow } from '../storage/schema.ts'
import type { BrowserMark } from './browser-mark.ts'
import type { ForeignIdentity } from './foreign-identity.ts'
import type { AppWish } from './provider-sign-ins.ts'

export interface PendingLinksOptions {
  readonly database: Database
  /** Seconds that people have to sign in and say yes (900). */
  readonly lifetime?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export interface NewPendingLink {
  /** Whose account it would be linked with; `null` for somebody new, who has terms to accept. */
  readonly userId: string | null
  readonly identity: ForeignIdentity
  /** Where to go afterwards (home). */
  readonly next: string | null
  /** The application that is to be told of the sign-in (none). */
  readonly app: AppWish | null
  /** When the sign-in at the provider began to be looked at, in milliseconds since 1970. */
  readonly at: number
}

export interface PendingLink extends NewPendingLink {
  /** Since when the proof of the account here has to be, in milliseconds since 1970. */
  readonly since: number
  /** The mark of the browser that it is of. */
  readonly browser: BrowserMark
}

/**
 * Accounts at providers that wait for their owner: to prove that the account here with the same address is theirs too, or to
 * accept the terms of a new one.
 */
export interface PendingLinks {
  /** Keeps one for a browser, in place of any other that it had. */
  readonly keep: (browser: BrowserMark, link: NewPendingLink) => Promise<void>
  readonly find: (browsers: readonly BrowserMark[]) => Promise<PendingLink | null>
  /** Uses it up, for its user alone (`null`: nobody yet): of many at once, one gets it. */
  readonly take: (browsers: readonly BrowserMark[], userId: string | null) => Promise<PendingLink | null>
}

export function createPendingLinks({ database, lifetime = 900, clock = Date.now }: PendingLinksOptions): PendingLinks {
  function open(row: PendingLinkRow | undefined, browsers: readonly BrowserMark[]): PendingLink | null {
    const browser = browsers.find((one) => row !== undefined && equalBytes(one.digest, row.browser))
    const plain = row === undefined || browser === undefined ? null : openUnder(browser.value, purpose, row.details)
    if (row === undefined || browser === undefined || plain === null) return null
    const details = JSON.parse(Buffer.from(plain).toString('utf8')) as Omit<NewPendingLink, 'userId'>
    const userId = row.user_id === null ? null : formatId(row.user_id)
    return { ...details, userId, since: row.created_at, browser }
  }

  return {
    keep: async (browser, { userId, ...details }) => {
      const user_id = userId === null ? null : parseId(userId)
      if (userId !== null && user_id === null) throw new TypeError('Pending links: userId is not the id of a user.')
      const now = Math.floor(clock())
      const values = {
        user_id,
        details: sealUnder(browser.value, purpose, Buffer.from(JSON.stringify(details))),
        created_at: now,
        expires_at: now + lifetime * 1000,
      }
      await database.write(async (unit) => {
        await unit
          .insertInto('pending_links')
          .values({ ...values, id: database.newId(), browser: browser.digest })
          .onConflict((conflict) => conflict.column('browser').doUpdateSet(values))
          .execute()
      })
    },

    find: async (browsers) => {
      if (browsers.length === 0) return null
      const row = await database.read
        .selectFrom('pending_links')
        .selectAll()
        .where('browser', 'in', digestsOf(browsers))
        .where('expires_at', '>', Math.floor(clock()))
        .executeTakeFirst()
      return open(row, browsers)
    },

    take: async (browsers, userId) => {
      if (browsers.length === 0) return null
      const row = await database.write(async (unit) => {
        const live = unit
          .deleteFrom('pending_links')
          .where('browser', 'in', digestsOf(browsers))
          .where('expires_at', '>', Math.floor(clock()))
        const own = userId === null ? live.where('user_id', 'is', null) : live.where('user_id', '=', idOrNone(userId))
        return own.returningAll().executeTakeFirst()
      })
      return open(row, browsers)
    },
  }
}

const purpose = 'pending link'

function digestsOf(browsers: readonly BrowserMark[]): Uint8Array[] {
  return browsers.map(({ digest }) => digest)
}
