import type { Found } from '../core/authenticator.ts'
import { remembered } from '../core/fresh-proof.ts'
import type { User } from '../core/identity.ts'
import { addressKey } from '../http/address-keys.ts'
import type { Csrf } from '../http/csrf.ts'
import { clearCookie, formatCookie } from '../http/cookies.ts'
import { storableUserAgent } from '../http/user-agent.ts'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { SessionRow } from '../storage/schema.ts'
import type { TokenFormat } from '../tokens/format.ts'
import { wordsOf } from '../tokens/principal.ts'
import { eventBy } from './acted-by.ts'
import { type Device, toDevice } from './device.ts'
import type { OnSignInsEnded } from './ended-sign-in.ts'
import { createSessionEnds, endedSignIn, type SessionEnds } from './session-ends.ts'
import { createSessionFinder, isOver, type SessionAuth } from './session-finder.ts'

export type { Device } from './device.ts'
export type { SessionAuth } from './session-finder.ts'

export interface SessionsOptions {
  readonly database: Database
  readonly format: TokenFormat
  readonly csrf: Pick<Csrf, 'tokenFor'>
  /** Seconds after which a session that is not used is over (two weeks, as in Django). It holds to within five seconds. */
  readonly idle?: number
  /** Seconds after which a session is over, used or not (30 days: NIST SP 800-63B, section 4.1.3). */
  readonly lifetime?: number
  /** Whether browsers reach this site by https (true). Without, the cookie is not `Secure` and has no `__Host-` prefix. */
  readonly secure?: boolean
  /** The name of the cookie, before the prefix (sessionid). */
  readonly cookieName?: string
  /** Hears of sign-ins that end (nothing). */
  readonly onEnded?: OnSignInsEnded | undefined
  /** Hears of `last seen` that could not be written (nothing). */
  readonly onError?: (error: unknown) => void
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export interface NewSession {
  readonly userId: string
  /** How they proved who they are, in the names of RFC 8176 (pwd). */
  readonly amr?: readonly string[]
  /**
   * When they began to: before the password was looked at. What ended sessions since then ends this one too, so that nobody
   * gets in with a password that was changed meanwhile (now).
   */
  readonly authenticatedAt?: number
  readonly address?: string | null
  readonly userAgent?: string | null
  /**
   * What the browser's cookie held: that session ends (none). It is never taken over, whoever planted it; but where it was the
   * same user's, the new one goes back to the same sign-in, since all they did was to prove again who they are.
   */
  readonly replaces?: string | null
  /** Seconds after which it is over, used or not, where that is sooner than for others (as for all). */
  readonly lifetime?: number | undefined
}

/** What a browser is given: the cookie's value is shown once, only its digest is stored. */
export interface GivenSession {
  readonly value: string
  readonly id: string
  readonly csrfToken: string
}

/** Browser sign-ins. They live on the server: what ends there is over at the next request, on every node. */
export interface Sessions extends SessionEnds {
  /** The name of the cookie, prefix included. */
  readonly cookieName: string
  readonly create: (session: NewSession) => Promise<GivenSession>
  /** Finds whose cookie it is, by one read: `null` where it is none of ours, over, or its user may not. */
  readonly find: (value: string) => Promise<Found<User, SessionAuth> | null>
  /**
   * Gives a session a new id after its user has proved again who they are: the old cookie is dead, and the end stays the same. `amr` is
   * added to what it rests on, and what it `forgets` is taken out (nothing). `null` where there is no such session any more.
   */
  readonly renew: (
    id: string,
    amr: readonly string[],
    options?: { readonly forgets?: readonly string[] },
  ) => Promise<GivenSession | null>
  /** The sessions that are not over, newest first. */
  readonly list: (userId: string) => Promise<readonly Device[]>
  /** The `Set-Cookie` value that hands a session to a browser. */
  readonly cookie: (value: string) => string
  /** The `Set-Cookie` value that takes it away. */
  readonly clearedCookie: () => string
  /** Writes what is still to be written. Call it before the database is closed. */
  readonly close: () => Promise<void>
}

export function createSessions(options: SessionsOptions): Sessions {
  const { database, format, csrf, idle = 1_209_600, lifetime = 2_592_000, secure = true, clock = Date.now } = options
  for (const [name, value] of Object.entries({ idle, lifetime })) {
    if (!Number.isFinite(value) || value <= 0) throw new TypeError(`Sessions: ${name} must be seconds, more than 0.`)
  }
  const cookieName = `${secure ? '__Host-' : ''}${options.cookieName ?? 'sessionid'}`
  const { onEnded = async () => undefined } = options
  const finder = createSessionFinder({ database, format, idle, onError: options.onError, clock })

  function make(): Given {
    const id = database.newId()
    const { text, digest } = format.make('ses', id)
    return { id, digest, given: { value: text, id: formatId(id), csrfToken: csrf.tokenFor(formatId(id)) } }
  }

  async function create(session: NewSession): Promise<GivenSession> {
    const user_id = parseId(session.userId)
    if (user_id === null) throw new TypeError('Sessions: userId is not the id of a user.')
    const now = Math.floor(clock())
    const since = session.authenticatedAt ?? now
    const { id, digest, given } = make()
    const row: SessionRow = {
      id,
      digest,
      user_id,
      created_at: since,
      last_seen_at: now,
      expires_at: since + Math.min(lifetime, session.lifetime ?? lifetime) * 1000,
      authenticated_at: since,
      amr: (session.amr ?? ['pwd']).join(' '),
      address: session.address ?? null,
      user_agent: session.userAgent ? storableUserAgent(session.userAgent) : null,
      sign_in_id: id,
      address_key: addressKey(session.address ?? null),
    }
    const by = { actor: `user:${session.userId}`, address: row.address }
    const event = eventBy(by, 'session.created', `session:${given.id}`, { amr: row.amr })
    const replaced = format.parse(session.replaces ?? '')
    if (replaced?.kind !== 'ses') {
      await database.append({ sessions: row, audit: event })
      return given
    }
    await database.write(async (unit) => {
      const old = unit.deleteFrom('sessions').where('id', '=', replaced.id).where('digest', '=', replaced.digest)
      const ended = await old.returning(['id', 'user_id', 'sign_in_id']).executeTakeFirst()
      const isSameUser = ended?.user_id === user_id
      if (ended !== undefined) {
        await database.audit(
          unit,
          eventBy(by, 'session.ended', `session:${formatId(ended.id)}`, { reason: 'replaced' }),
        )
      }
      await unit
        .insertInto('sessions')
        .values(isSameUser ? { ...row, sign_in_id: ended.sign_in_id } : row)
        .execute()
      await database.audit(unit, event)
      if (ended !== undefined && !isSameUser) await onEnded(unit, [endedSignIn(ended)], by)
    })
    return given
  }

  async function renew(
    id: string,
    amr: readonly string[],
    { forgets = [] }: { readonly forgets?: readonly string[] } = {},
  ): Promise<GivenSession | null> {
    const wanted = parseId(id)
    if (wanted === null) return null
    const next = make()
    return database.write(async (unit) => {
      const old = await unit.deleteFrom('sessions').where('id', '=', wanted).returningAll().executeTakeFirst()
      const now = Math.floor(clock())
      if (old === undefined || isOver(old, idle, now)) return null
      const both = [...new Set([...wordsOf(old.amr).filter((one) => !forgets.includes(one)), ...amr])]
      // A browser that was remembered stands in for a second factor no longer.
      const all = both.filter((one) => one !== remembered || !both.includes('mfa')).join(' ')
      const changed = { id: next.id, digest: next.digest, authenticated_at: now, last_seen_at: now, amr: all }
      await unit
        .insertInto('sessions')
        .values({ ...old, ...changed })
        .execute()
      const by = { actor: `user:${formatId(old.user_id)}`, address: old.address }
      await database.audit(unit, eventBy(by, 'session.renewed', `session:${next.given.id}`, { from: id, amr: all }))
      return next.given
    })
  }

  return {
    cookieName,
    create,
    renew,

    find: finder.find,
    ...createSessionEnds({ database, onEnded }),

    list: async (userId) => {
      const user = parseId(userId)
      if (user === null) return []
      const query = database.read.selectFrom('sessions').selectAll().where('user_id', '=', user).orderBy('id', 'desc')
      const now = clock()
      return (await query.execute()).filter((row) => !isOver(row, idle, now)).map(toDevice)
    },

    cookie: (value) => formatCookie(cookieName, value, { secure, maxAge: Math.floor(lifetime) }),
    clearedCookie: () => clearCookie(cookieName, { secure }),
    close: finder.close,
  }
}

interface Given {
  readonly id: bigint
  readonly digest: Uint8Array
  readonly given: GivenSession
}
