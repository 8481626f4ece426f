import { type ActedBy, eventBy } from '../accounts/acted-by.ts'
import { equalBytes } from '../crypto/compare.ts'
import { digest } from '../crypto/digest.ts'
import { clearCookie, formatCookie, readCookies } from '../http/cookies.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Database } from '../storage/database.ts'
import { parseId } from '../storage/id.ts'
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

/**
 * Browsers in which their user is not asked for the second factor: a weaker sign-in that feels the same, so it is off unless it
 * is set. The trust is bound to password and factors as they are: when one changes, it is gone everywhere.
 */
export interface TrustedBrowsers {
  /** Seconds that a browser is trusted. */
  readonly lifetime: number
  /** Whether a request comes from one of the user's. */
  readonly isTrusted: (request: Pick<Exchange, 'headers'>, userId: string) => Promise<boolean>
  /** Trusts the browser of a request from now on: the `Set-Cookie` value that it needs. */
  readonly trust: (userId: string, by: ActedBy) => Promise<string>
  /** Trusts none of the user's any more. How many there were. */
  readonly forget: (userId: string, by: ActedBy) => Promise<number>
  readonly count: (userId: string) => Promise<number>
  /** The `Set-Cookie` value that takes the trust away from this one. */
  readonly clearedCookie: () => string
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

  return {
    lifetime,

    isTrusted: async (request, id) => {
      const userId = parseId(id)
      if (userId === null) return false
      for (const value of readCookies(request.headers.get('cookie'), cookieName).slice(0, 3)) {
        const token = format.parse(value)
        if (token?.kind !== 'tb') continue
        const all = database.read.selectFrom('trusted_browsers').selectAll().where('id', '=', token.id)
        const row = await all.where('user_id', '=', userId).executeTakeFirst()
        if (row === undefined || !equalBytes(row.digest, token.digest) || clock() >= row.expires_at) continue
        const basis = await basisOf(userId)
        if (basis !== null && equalBytes(basis, row.bound_to)) return true
      }
      return false
    },

    trust: async (id, by) => {
      const userId = parseId(id)
      const basis = userId === null ? null : await basisOf(userId)
      if (userId === null || basis === null) throw new TypeError('Trusted browsers: this user has no second factor.')
      const rowId = database.newId()
      const { text, digest: own } = format.make('tb', rowId)
      const now = Math.floor(clock())
      const row = {
        id: rowId,
        digest: own,
        user_id: userId,
        bound_to: basis,
        created_at: now,
        user_agent: null,
        address: null,
      }
      await database.append({
        trusted_browsers: { ...row, expires_at: now + lifetime * 1000 },
        audit: eventBy(by, 'browser.trusted', `user:${id}`),
      })
      return formatCookie(cookieName, text, { secure, maxAge: lifetime })
    },

    forget: async (id, by) => {
      const userId = parseId(id)
      if (userId === null) return 0
      return database.write(async (unit) => {
        const all = unit.deleteFrom('trusted_browsers').where('user_id', '=', userId).returning('id')
        const { length: count } = await all.execute()
        if (count > 0) await database.audit(unit, eventBy(by, 'browsers.not_trusted', `user:${id}`, { count }))
        return count
      })
    },

    count: async (id) => {
      const userId = parseId(id)
      if (userId === null) return 0
      const all = database.read.selectFrom('trusted_browsers').select('id').where('user_id', '=', userId)
      return (await all.where('expires_at', '>', Math.floor(clock())).execute()).length
    },

    clearedCookie: () => clearCookie(cookieName, { secure }),
  }
}
