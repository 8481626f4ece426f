import { AuthenticationFailed } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import { equalText } from '../crypto/compare.ts'
import { digest } from '../crypto/digest.ts'
import { randomBase62 } from '../crypto/random.ts'
import type { Database } from '../storage/database.ts'
import { formatId, idOrNone, parseId } from '../storage/id.ts'
import { toUser, userColumns } from '../tokens/principal.ts'
import type { BrowserMark } from './browser-mark.ts'
import { challengeOf } from './code-challenge.ts'
import type { AppWish } from './provider-sign-ins.ts'

export interface AppSignInsOptions {
  readonly database: Database
  /** Seconds that a code is good for, 60 at most (60). */
  readonly codeLifetime?: number
  /** Seconds that people have for a second factor before the code is made (900). */
  readonly lifetime?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** What an application shows for a code. */
export interface ShownCode {
  readonly code: string
  readonly verifier: string
  readonly redirectUri: string
}

/** Sign-ins that an application hears of by a code, which it trades for tokens, once. */
export interface AppSignIns {
  /** Notes that a person, who proved who they are from `at` on, is on the way back to an application. Gives the id of it. */
  readonly open: (browser: BrowserMark, userId: string, app: AppWish, at: number) => Promise<string>
  /**
   * Makes the code, once, for the browser that it was opened in and the person who is signed in there, where they proved who
   * they are since.
   */
  readonly giveCode: (
    id: string,
    browsers: readonly BrowserMark[],
    session: { readonly userId: string; readonly authenticatedAt: number },
  ) => Promise<{ readonly code: string; readonly app: Pick<AppWish, 'redirectUri' | 'state'> } | null>
  /**
   * Uses a code up, whatever comes of it: of many at once, one gets the person. Throws `authentication_failed` for one that is
   * none, was used, is too old, was made for another address, or comes without the verifier of whoever asked for it.
   */
  readonly redeem: (shown: ShownCode) => Promise<{ readonly user: User; readonly since: number }>
}

export function createAppSignIns(options: AppSignInsOptions): AppSignIns {
  const { database, codeLifetime = 60, lifetime = 900, clock = Date.now } = options
  if (!(codeLifetime > 0 && codeLifetime <= 60))
    throw new TypeError('App sign-ins: codeLifetime is from 1 to 60 seconds.')

  return {
    open: async (browser, userId, { redirectUri, codeChallenge, state }, at) => {
      const user_id = parseId(userId)
      if (user_id === null) throw new TypeError('App sign-ins: userId is not the id of a user.')
      const id = database.newId()
      const row = {
        id,
        browser: browser.digest,
        user_id,
        redirect_uri: redirectUri,
        code_challenge: codeChallenge,
        app_state: state,
        code_digest: null,
        created_at: at,
        expires_at: at + lifetime * 1000,
      }
      await database.append({ app_sign_ins: row })
      return formatId(id)
    },

    giveCode: async (id, browsers, { userId, authenticatedAt }) => {
      if (browsers.length === 0) return null
      const code = `${id}${randomBase62(43)}`
      const now = Math.floor(clock())
      const row = await database.write(async (unit) =>
        unit
          .updateTable('app_sign_ins')
          .set({ code_digest: digest(code), expires_at: now + codeLifetime * 1000 })
          .where('id', '=', idOrNone(id))
          .where(
            'browser',
            'in',
            browsers.map((one) => one.digest),
          )
          .where('user_id', '=', idOrNone(userId))
          .where('code_digest', 'is', null)
          .where('expires_at', '>', now)
          .where('created_at', '<=', authenticatedAt)
          .returning(['redirect_uri', 'app_state'])
          .executeTakeFirst(),
      )
      return row === undefined ? null : { code, app: { redirectUri: row.redirect_uri, state: row.app_state } }
    },

    redeem: async ({ code, verifier, redirectUri }) => {
      const row = await database.write(async (unit) =>
        unit
          .deleteFrom('app_sign_ins')
          .where('id', '=', parseId(code.slice(0, 11)) ?? -1n)
          .where('code_digest', '=', digest(code))
          .where('expires_at', '>', Math.floor(clock()))
          .returningAll()
          .executeTakeFirst(),
      )
      const isTheirs =
        row !== undefined &&
        verifierForm.test(verifier) &&
        equalText(challengeOf(verifier), row.code_challenge) &&
        row.redirect_uri === redirectUri
      if (!isTheirs) throw notValid()
      const query = database.read.selectFrom('users').select(userColumns).where('id', '=', row.user_id)
      const columns = await query.executeTakeFirst()
      const user = columns === undefined ? null : toUser(columns, row.created_at, clock())
      if (user === null) throw notValid()
      return { user, since: row.created_at }
    },
  }
}

/** RFC 7636, section 4.1. */
const verifierForm = /^[A-Za-z0-9._~-]{43,128}$/

function notValid(): AuthenticationFailed {
  return new AuthenticationFailed('authentication_failed', 'The code is not valid, or was used.')
}
