import { equalBytes } from '../crypto/compare.ts'
import { openUnder, sealUnder } from '../crypto/seal.ts'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { PendingLinkRow } from '../storage/schema.ts'
import type { BrowserMark } from './browser-mark.ts'
import type { ForeignIdentity } from './foreign-identity.ts'

export interface PendingLinksOptions {
  readonly database: Database
  /** Seconds that people have to sign in and say yes (900). */
  readonly lifetime?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export interface PendingLink {
  /** Whose account it would be linked with. */
  readonly userId: string
  readonly identity: ForeignIdentity
  /** Where to go afterwards (home). */
  readonly next: string | null
  /** Since when the proof of the account here has to be. In milliseconds since 1970. */
  readonly since: number
}

/** Accounts at providers whose address is that of an account here: they wait until somebody has proved that they own both. */
export interface PendingLinks {
  /** Keeps one for a browser, in place of any other that it had. */
  readonly keep: (browser: BrowserMark, link: Omit<PendingLink, 'since'>) => Promise<void>
  readonly find: (browsers: readonly BrowserMark[]) => Promise<PendingLink | null>
  /** Uses it up, for its user alone: of many at once, one gets it. */
  readonly take: (browsers: readonly BrowserMark[], userId: string) => Promise<PendingLink | null>
}

export function createPendingLinks({ database, lifetime = 900, clock = Date.now }: PendingLinksOptions): PendingLinks {
  function open(row: PendingLinkRow | undefined, browsers: readonly BrowserMark[]): PendingLink | null {
    const browser = browsers.find((one) => row !== undefined && equalBytes(one.digest, row.browser))
    const plain = row === undefined || browser === undefined ? null : openUnder(browser.value, purpose, row.details)
    if (row === undefined || plain === null) return null
    const details = JSON.parse(Buffer.from(plain).toString('utf8')) as Pick<PendingLink, 'identity' | 'next'>
    return { ...details, userId: formatId(row.user_id), since: row.created_at }
  }

  return {
    keep: async (browser, { userId, identity, next }) => {
      const user_id = parseId(userId)
      if (user_id === null) throw new TypeError('Pending links: userId is not the id of a user.')
      const now = Math.floor(clock())
      const details = sealUnder(browser.value, purpose, Buffer.from(JSON.stringify({ identity, next })))
      const values = { user_id, details, created_at: now, expires_at: now + lifetime * 1000 }
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
      const row = await database.write(async (unit) =>
        unit
          .deleteFrom('pending_links')
          .where('browser', 'in', digestsOf(browsers))
          .where('user_id', '=', parseId(userId) ?? -1n)
          .where('expires_at', '>', Math.floor(clock()))
          .returningAll()
          .executeTakeFirst(),
      )
      return open(row, browsers)
    },
  }
}

const purpose = 'pending link'

function digestsOf(browsers: readonly BrowserMark[]): Uint8Array[] {
  return browsers.map(({ digest }) => digest)
}
