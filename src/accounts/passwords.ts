import { RequestRefused } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import { type AuthRequest, type ClientAddress, peerAddress } from '../core/request.ts'
import type { PasswordHasher } from '../crypto/password-hash.ts'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { Revocations } from '../storage/revocations.ts'
import { type AccountNeeds, type MoreThanPassword, needsOf } from './account-needs.ts'
import { type ActedBy, eventBy } from './acted-by.ts'
import type { OnSignInsEnded } from './ended-sign-in.ts'
import { identifierKey } from './identifier.ts'
import type { Notify } from './notices.ts'
import { createPasswordCheck } from './password-check.ts'
import { createPasswordChanges, type PasswordChange, type PasswordSetOptions } from './password-changes.ts'
import type { PasswordGuard } from './password-guard.ts'
import { accountOf, activeUser, createPasswordRows, type PasswordRow } from './password-rows.ts'
import { longestPassword } from './password-rules.ts'
import { createRememberedPasswords, type RememberedPasswordsOptions, type Showing } from './remembered-passwords.ts'

/** A sign-in that failed, for those who watch. It holds nothing that could be used: not the password, nor the whole login. */
export interface FailedPassword {
  /** Its first character: `a…`. */
  readonly login: string
  /** Whose account it was, `null` where there is none. */
  readonly userId: string | null
  readonly address: string | null
}

export interface PasswordsOptions {
  readonly database: Database
  readonly hasher: Pick<PasswordHasher, 'hash' | 'verify' | 'needsRehash'>
  /** `false` lets everyone guess as often as they like. */
  readonly guard: PasswordGuard | false
  /** For whoever sends a password with each request (for 60 seconds, 10,000 of them). */
  readonly remember?: RememberedPasswordsOptions
  /** How a caller's address is found (that of the connection). */
  readonly address?: ClientAddress
  /** Whether `last_login_at` is kept, within seconds (true). */
  readonly lastLogin?: boolean
  /**
   * Refuses, by throwing, whom a right password alone does not let in. `code` is what the request gave as a second factor, `null`
   * where it gave none (a password is enough for everybody).
   */
  readonly suffices?: (user: User, more: MoreThanPassword) => Promise<void>
  /** Hears of each wrong password. It must not throw (nothing). */
  readonly onFailed?: (failure: FailedPassword) => void
  /** The fewest characters of a new password (8). */
  readonly minLength?: number
  /** Whether a new password is known from breaches (nobody is asked). */
  readonly isBreached?: ((password: string) => Promise<boolean>) | undefined
  /** Seconds that an access token lives at most which nobody looks up (a day). */
  readonly accessTokenLifetime?: number
  /** Those of this process, so that it knows at once of tokens that are dead (as other processes learn of them). */
  readonly revocations?: Pick<Revocations, 'revoke'> | undefined
  /** Hears of sign-ins that end when a password is changed (nothing). */
  readonly onEnded?: OnSignInsEnded | undefined
  /** Tells the user that their password is another (nobody is told). */
  readonly notify?: Notify | undefined
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Where a password comes from: a request, or its caller's address. */
export type PasswordSource = AuthRequest | { readonly address: string | null }

/** The one place where passwords are checked and changed, for every way to sign in. */
export interface Passwords {
  /**
   * Finds the active user whose username or e-mail address and password these are. `null` for everything else, alike and in
   * the same time: no such user, no password, a wrong one, a disabled user. Throws `Throttled` where too many were wrong,
   * before anything is computed; `Unavailable` where the machine has too many to compute; `RequestRefused` for a password of
   * more than 4096 bytes. Where the account needs more than a password it throws what `suffices` throws, unless `code` is the
   * right second factor: so nothing that goes by it is let in by a password alone.
   */
  readonly verify: (login: string, password: string, from: PasswordSource, code?: string | null) => Promise<User | null>
  /** As `verify`, whatever else the account needs: for what goes on to ask for it, and for nothing else. */
  readonly verifyFirst: (login: string, password: string, from: PasswordSource) => Promise<User | null>
  /** Whether it is the password of a user who is signed in already. It counts guesses, and throws, as `verify` does. */
  readonly confirm: (userId: string, password: string, from: PasswordSource) => Promise<boolean>
  /**
   * Changes a user's password for one who knows it. It ends everything the user was given, the caller's own session included,
   * up to the millisecond that it gives back: make a new session after it. Throws `RequestRefused`: `invalid` for a wrong
   * `current_password` or a `new_password` against the rules, `conflict` where somebody else changed it meanwhile; and all
   * that `verify` throws.
   */
  readonly change: (userId: string, change: PasswordChange, by: ActedBy) => Promise<number>
  /** Sets a password without the old one, as administrators and reset links do. It ends and throws what `change` does. */
  readonly set: (userId: string, next: string, by?: ActedBy, options?: PasswordSetOptions) => Promise<number>
  /** Writes what is still to be written. Call it before the database is closed. */
  readonly close: () => Promise<void>
}

export function createPasswords(options: PasswordsOptions): Passwords {
  const { database, guard, onFailed, clock = Date.now, lastLogin = true, minLength = 8 } = options
  const { address: addressOf = peerAddress, accessTokenLifetime = 86_400 } = options
  const { suffices = async () => undefined } = options
  const sourceOf = (from: PasswordSource): string | null => ('address' in from ? from.address : addressOf(from))
  const rows = createPasswordRows(database)
  const remembered = createRememberedPasswords({ clock, ...options.remember })
  const check = createPasswordCheck({ ...options, rows, forget: remembered.forget, lastLogin, clock })
  /** Those that are being computed: what arrives many times at once is computed, and counted, once. */
  const running = new Map<string, Promise<Proven | null>>()

  async function verify(
    login: string,
    password: string,
    from: PasswordSource,
    code: string | null = null,
  ): Promise<User | null> {
    const proven = await prove(login, password, from)
    if (proven === null) return null
    const { user, needs } = proven
    await suffices(user, { ...needs, code, address: sourceOf(from) })
    return user
  }

  async function prove(login: string, password: string, from: PasswordSource): Promise<Proven | null> {
    checkSize(password)
    const key = identifierKey(login)
    if (key === null) return null
    const showing = { login: key, address: sourceOf(from) }
    const mark = remembered.mark(showing, password)
    const known = remembered.find(showing, mark)
    if (known !== null) {
      const row = await rows.byId(known.userId)
      const isTheirs = row?.username_key === key || row?.email_key === key
      if (row !== null && isTheirs && row.password_hash === known.storedHash)
        return provenBy(row, activeUser(row, clock()))
    }

    const name = mark.toString('latin1')
    const same = running.get(name)
    if (same !== undefined) return same
    const checking = checkAnew(showing, mark, password).finally(() => running.delete(name))
    running.set(name, checking)
    return checking
  }

  async function checkAnew(showing: Showing, mark: Buffer, password: string): Promise<Proven | null> {
    const { login, address } = showing
    const row = await rows.byKey(login)
    const found = row === null ? await check.nobody(showing, password) : await check.somebody(row, password, address)
    if (row !== null && found !== null) {
      remembered.remember(showing, mark, { userId: row.id, storedHash: found.storedHash })
      return found
    }
    onFailed?.({ login: masked(login), userId: row === null ? null : formatId(row.id), address })
    const who = row === null ? 'unknown' : accountOf(row.id)
    await database.append({ audit: eventBy({ actor: who, address }, 'password.failed', who) })
    return null
  }

  const changes = createPasswordChanges({
    database,
    hasher: options.hasher,
    rows,
    minLength,
    accessTokenLifetime,
    revocations: options.revocations,
    onEnded: options.onEnded,
    notify: options.notify,
    isBreached: options.isBreached,
    clock,
    check: async (row, password, address) => {
      checkSize(password)
      return (await check.somebody(row, password, address))?.storedHash ?? null
    },
    onSet: async (account, address) => {
      if (guard !== false) await guard.clear?.({ account, address })
    },
  })

  return {
    verify,
    verifyFirst: async (login, password, from) => (await prove(login, password, from))?.user ?? null,
    confirm: async (userId, password, from) => {
      checkSize(password)
      const id = parseId(userId)
      const row = id === null ? null : await rows.byId(id)
      const address = sourceOf(from)
      if (row !== null && (await check.somebody(row, password, address)) !== null) return true
      const who = row === null ? 'unknown' : accountOf(row.id)
      await database.append({ audit: eventBy({ actor: who, address }, 'password.failed', who) })
      return false
    },
    ...changes,
    close: check.close,
  }
}

interface Proven {
  readonly user: User
  readonly needs: AccountNeeds
}

function provenBy(row: PasswordRow, user: User | null): Proven | null {
  return user === null ? null : { user, needs: needsOf(row) }
}

/** Before anything else is done with it: whoever sends a megabyte gets no work out of us. */
function checkSize(password: string): void {
  if (password.length <= longestPassword && Buffer.byteLength(password) <= longestPassword) return
  throw new RequestRefused('invalid_request', `A password may have at most ${longestPassword} bytes.`)
}

/** People type their password where the name belongs, so no more than helps to find oneself again. */
function masked(login: string): string {
  return `${Array.from(login)[0] ?? ''}…`
}
