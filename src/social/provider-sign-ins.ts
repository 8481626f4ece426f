import { digest } from '../crypto/digest.ts'
import { equalBytes } from '../crypto/compare.ts'
import { randomBase62 } from '../crypto/random.ts'
import { openUnder, sealUnder } from '../crypto/seal.ts'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { BrowserMark } from './browser-mark.ts'
import type { SignInSecrets } from './provider.ts'

export interface ProviderSignInsOptions {
  readonly database: Database
  /** Seconds that people have at the provider (900). */
  readonly lifetime?: number
  /** How many of one browser may be under way; the oldest are dropped (5). */
  readonly most?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** What a sign-in is for: to sign in, to link an account with the one that is signed in, or to try the provider out. */
export type SignInPurpose = 'sign_in' | 'link' | 'test'

/** What has to be known again when the browser comes back. */
export interface SignInWish {
  readonly purpose: SignInPurpose
  /** Where to go in the end, as `safeNext` gave it (home). */
  readonly next: string | null
  /** Whether the person was to prove again who they are. */
  readonly isFresh: boolean
  /** The application that is to be told of it by a code (none). */
  readonly app: AppWish | null
}

/** An application that asked for a sign-in: where it hears of it, and what proves that it is the one that asked. */
export interface AppWish {
  readonly redirectUri: string
  readonly codeChallenge: string
  readonly state: string
}

/** A sign-in that came back. */
export interface ReturnedSignIn extends SignInWish, Pick<SignInSecrets, 'nonce' | 'verifier'> {
  /** Who was signed in when it began, where it is for them alone. */
  readonly userId: string | null
  readonly startedAt: number
  /** The mark of the browser that it is of. */
  readonly browser: BrowserMark
}

/** Sign-ins that are under way at providers. Each belongs to one browser and one provider, and comes back once. */
export interface ProviderSignIns {
  readonly begin: (
    of: { readonly browser: BrowserMark; readonly provider: string; readonly userId?: string | null },
    wish: SignInWish,
  ) => Promise<SignInSecrets>
  /**
   * Uses it up: of many at once, one gets it. `null` for a state that is none, was used, is too old, or is of another browser
   * or another provider; in the last two cases it stays good for the right one.
   */
  readonly take: (state: string, browsers: readonly BrowserMark[], provider: string) => Promise<ReturnedSignIn | null>
}

export function createProviderSignIns(options: ProviderSignInsOptions): ProviderSignIns {
  const { database, lifetime = 900, most = 5, clock = Date.now } = options

  return {
    begin: async ({ browser, provider, userId = null }, wish) => {
      const id = database.newId()
      const secrets = {
        state: `${formatId(id)}${randomBase62(43)}`,
        nonce: randomBase62(43),
        verifier: randomBase62(64),
      }
      const { state, ...hidden } = secrets
      const now = Math.floor(clock())
      const row = {
        id,
        digest: digest(state),
        browser: browser.digest,
        provider,
        user_id: userId === null ? null : parseId(userId),
        details: sealUnder(keyOf(state, browser), purpose, Buffer.from(JSON.stringify({ ...hidden, ...wish }))),
        created_at: now,
        expires_at: now + lifetime * 1000,
      }
      await database.write(async (unit) => {
        await unit.insertInto('provider_sign_ins').values(row).execute()
        const own = unit.selectFrom('provider_sign_ins').select('id').where('browser', '=', browser.digest)
        await unit
          .deleteFrom('provider_sign_ins')
          .where('browser', '=', browser.digest)
          .where('id', 'not in', own.orderBy('id', 'desc').limit(most))
          .execute()
      })
      return secrets
    },

    take: async (state, browsers, provider) => {
      const id = parseId(state.slice(0, 11))
      if (id === null || browsers.length === 0) return null
      const marks = browsers.map((one) => one.digest)
      const row = await database.write(async (unit) =>
        unit
          .deleteFrom('provider_sign_ins')
          .where('id', '=', id)
          .where('digest', '=', digest(state))
          .where('provider', '=', provider)
          .where('browser', 'in', marks)
          .where('expires_at', '>', Math.floor(clock()))
          .returningAll()
          .executeTakeFirst(),
      )
      const browser = browsers.find((one) => row !== undefined && equalBytes(one.digest, row.browser))
      if (row === undefined || browser === undefined) return null
      const opened = openUnder(keyOf(state, browser), purpose, row.details)
      if (opened === null) return null
      const details = JSON.parse(Buffer.from(opened).toString('utf8')) as SignInWish & Omit<SignInSecrets, 'state'>
      const userId = row.user_id === null ? null : formatId(row.user_id)
      return { ...details, userId, startedAt: row.created_at, browser }
    },
  }
}

const purpose = 'provider sign-in'

/** The state has been in addresses, and what the browser holds has not: whoever has the database and a log still lacks one. */
function keyOf(state: string, browser: BrowserMark): string {
  return `${state}.${browser.value}`
}
