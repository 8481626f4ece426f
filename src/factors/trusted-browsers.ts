import type { Transaction } from 'kysely'
import { type ActedBy, eventBy } from '../accounts/acted-by.ts'
import { equalBytes } from '../crypto/compare.ts'
import { digest } from '../crypto/digest.ts'
import { formatCookie, readCookies } from '../http/cookies.ts'
import type { Exchange } from '../http/exchange.ts'
import { userAgentIn } from '../http/user-agent.ts'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { Schema, TrustedBrowserRow } from '../storage/schema.ts'
import type { TokenFormat } from '../tokens/format.ts'

export interface TrustedBrowsersOptions {
  readonly database: Database
  readonly format: TokenFormat
  /** Seconds that a browser is trusted. */
  readonly lifetime: number
  /** Whether browsers reach this site by https (true). Without, the cookie is not `Secure` and has no `__Host-` prefix. */
  readonly secure?: boolean
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** A browser that does not ask, as its user sees it. Times are milliseconds since 1970. */
export interface TrustedBrowser {
  readonly id: string
  readonly createdAt: number
  readonly expiresAt: number
  /** What it was, and where, when it was trusted. */
  readonly userAgent: string | null
  readonly address: string | null
}

/**
 * Browsers in which their user is not asked for the second factor when they sign in. It stands in for the factor there and nowhere
 * else: nothing says that a factor was shown, and what asks for a fresh proof still asks for one. The trust is bound to password
 * and factors as they are: when one changes, it is gone everywhere.
 */
export interface TrustedBrowsers {
  /** Seconds that a browser is trusted. */
  readonly lifetime: number
  /** Whether a request comes from one of the user's. */
  readonly isTrusted: (request: Pick<Exchange, 'headers'>, userId: string) => Promise<boolean>
  /** Trusts the browser of a request from now on: the `Set-Cookie` value that it needs. */
  readonly trust: (request: Pick<Exchange, 'headers'>, userId: string, by: ActedBy) => Promise<string>
  /** Those that are trusted now, newest first. */
  readonly list: (userId: string) => Promise<readonly TrustedBrowser[]>
  /** Trusts one of the user's no more. Whether it was one. */
  readonly end: (id: string, userId: string, by: ActedBy) => Promise<boolean>
  /** Trusts none of the user's any more, but that of a request where one is given. How many there were. */
  readonly forget: (userId: string, by: ActedBy, but?: Pick<Exchange, 'headers'>) => Promise<number>
  /** The id of the trust that a request brings along, whosever it is; `null` for none. */
  readonly idOf: (request: Pick<Exchange, 'headers'>) => string | null
}

export function createTrustedBrowsers(options: TrustedBrowsersOptions): TrustedBrowsers {
  const { database, format, lifetime, secure = true, clock = Date.now } = options
  if (!Number.isInteger(lifetime) || lifetime <= 0) {
    throw new TypeError('Trusted browsers: lifetime must be whole seconds, above 0.')
  }
  const cookieName = `${secure ? '__Host-' : ''}trusted`

  /** What the trust rests on. `null` where there is no such user, or nothing to be trusted with. */
  async function basisOf(userId: bigint): Promise<Uint8Array | null> {
    const { read } = database
    const user = await read
      .selectFrom('users')
      .select(['password_changed_at', 'signed_out_at'])
      .where('id', '=', userId)
      .executeTakeFirst()
    const app = await read.selectFrom('totp_devices').select('secret').where('user_id', '=', userId).executeTakeFirst()
    const passkeys = await read
      .selectFrom('passkeys')
      .select('id')
      .where('user_id', '=', userId)
      .orderBy('id')
      .execute()
    if (user === undefined || (app === undefined && passkeys.length === 0)) return null
    const secret = app === undefined ? null : Buffer.from(app.secret).toString('base64url')
    return digest(
      JSON.stringify([user.password_changed_at, user.signed_out_at, secret, ...passkeys.map(({ id }) => String(id))]),
    )
  }

  async function living(userId: bigint): Promise<readonly TrustedBrowserRow[]> {
    const all = database.read.selectFrom('trusted_browsers').selectAll().where('user_id', '=', userId)
    const rows = await all.where('expires_at', '>', Math.floor(clock())).orderBy('id', 'desc').execute()
    if (rows.length === 0) return []
    const basis = await basisOf(userId)
    return basis === null ? [] : rows.filter(({ bound_to }) => equalBytes(basis, bound_to))
  }

  /** What a browser brings along; of several, one may have been planted. */
  function tokensOf({ headers }: Pick<Exchange, 'headers'>) {
    const values = readCookies(headers.get('cookie'), cookieName).slice(0, 3)
    return values.map((value) => format.parse(value)).filter((token) => token?.kind === 'tb')
  }

  async function remove(unit: Transaction<Schema>, userId: bigint, { but, only }: Removed): Promise<number> {
    let gone = unit.deleteFrom('trusted_browsers').where('user_id', '=', userId)
    if (only !== undefined) gone = gone.where('id', '=', only)
    if (but !== undefined && but.length > 0) gone = gone.where('id', 'not in', but)
    return (await gone.returning('id').execute()).length
  }

  return {
    lifetime,

    isTrusted: async (request, id) => {
      const userId = parseId(id)
      const tokens = userId === null ? [] : tokensOf(request)
      if (userId === null || tokens.length === 0) return false
      const rows = await living(userId)
      return tokens.some((token) => rows.some((row) => row.id === token?.id && equalBytes(row.digest, token.digest)))
    },

    trust: async ({ headers }, id, by) => {
      const userId = parseId(id)
      const basis = userId === null ? null : await basisOf(userId)
      if (userId === null || basis === null) throw new TypeError('Trusted browsers: this user has no second factor.')
      const rowId = database.newId()
      const { text, digest: own } = format.make('tb', rowId)
      const now = Math.floor(clock())
      await database.append({
        trusted_browsers: {
          id: rowId,
          digest: own,
          user_id: userId,
          bound_to: basis,
          created_at: now,
          expires_at: now + lifetime * 1000,
          user_agent: userAgentIn(headers),
          address: by.address ?? null,
        },
        audit: eventBy(by, 'browser.trusted', `user:${id}`),
      })
      return formatCookie(cookieName, text, { secure, maxAge: lifetime })
    },

    list: async (id) => {
      const userId = parseId(id)
      return userId === null ? [] : (await living(userId)).map(toBrowser)
    },

    end: async (id, user, by) => {
      const [only, userId] = [parseId(id), parseId(user)]
      if (only === null || userId === null) return false
      return database.write(async (unit) => {
        const count = await remove(unit, userId, { only })
        if (count > 0) await database.audit(unit, eventBy(by, 'browsers.not_trusted', `user:${user}`, { count }))
        return count > 0
      })
    },

    forget: async (id, by, but) => {
      const userId = parseId(id)
      if (userId === null) return 0
      const kept = but === undefined ? [] : tokensOf(but).map((token) => token?.id ?? -1n)
      return database.write(async (unit) => {
        const count = await remove(unit, userId, { but: kept })
        if (count > 0) await database.audit(unit, eventBy(by, 'browsers.not_trusted', `user:${id}`, { count }))
        return count
      })
    },

    idOf: (request) => {
      const [token] = tokensOf(request)
      return token === null || token === undefined ? null : formatId(token.id)
    },
  }
}

interface Removed {
  readonly but?: readonly bigint[]
  readonly only?: bigint
}

function toBrowser(row: TrustedBrowserRow): TrustedBrowser {
  const { id, created_at: createdAt, expires_at: expiresAt, user_agent: userAgent, address } = row
  return { id: formatId(id), createdAt, expiresAt, userAgent, address }
}
