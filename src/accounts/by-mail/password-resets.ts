import type { Message } from '../../mail/message.ts'
import type { Schema, UserRow } from '../../storage/schema.ts'
import { RequestRefused } from '../../core/errors.ts'
import { idOrNone } from '../../storage/id.ts'
import type { Transaction } from 'kysely'
import { type ActedBy, eventBy, userIn } from '../acted-by.ts'
import type { EndAccessOptions } from '../end-access.ts'
import { createNewPassword, type NewPasswordOptions } from '../new-password.ts'
import type { Notify } from '../notices.ts'
import { accountOf } from '../password-rows.ts'
import { createPasswordStore } from '../password-store.ts'
import { keepWithinReach } from '../reach.ts'
import { addressIn, type ByMailOptions, linkTo, unknownMessage, userByEmail } from './by-mail.ts'
import { deadLink } from './dead-link.ts'
import type { FoundLink, NewLink } from './mail-links.ts'
import { nameInMail } from '../../mail/name-in-mail.ts'

export interface PasswordResetsOptions extends ByMailOptions, NewPasswordOptions, Omit<EndAccessOptions, 'clock'> {
  /** Seconds that a link works (an hour, which is the most). */
  readonly lifetime?: number
  /** Where a link leads (/accounts/password/reset/confirm/). */
  readonly path?: string
  /** Where to sign in (/accounts/login/). */
  readonly signInPath?: string
  readonly notify?: Notify | undefined
  /** Forgets guesses at the password from before (nothing). */
  readonly onReset?: (account: string, address: string | null) => Promise<void>
  /**
   * What goes when somebody proves for the first time that the address of an account is theirs: whatever was put on the account
   * by whoever made it, who may be a stranger that waits for its owner to come (nothing).
   */
  readonly onFirstProof?: (unit: Transaction<Schema>, userId: bigint) => Promise<void>
}

/** What a page says of a link. */
export interface ResetView {
  readonly username: string
  readonly email: string | null
  /** Where its user was on their way to; `null` for home. */
  readonly next: string | null
}

export interface ResetDone extends ResetView {
  /** Whether what the user was given before has ended. */
  readonly hasEnded: boolean
}

export interface ResetOptions {
  /** Whether everything that the user was given before ends (true). It does so in any case where the address was not verified. */
  readonly endSessions?: boolean
  /** The name of the field in a refusal (new_password). */
  readonly field?: string
}

/** New passwords by mail. Nobody is signed in by it: whoever has a second factor is still asked for it. */
export interface PasswordResets {
  /**
   * Mails a link to the address of an active account; `next` is where its owner was on their way to (home). For every other address it does the same work, and says the same: nothing.
   * Throws `invalid` for what is no address, and `Throttled`.
   */
  readonly request: (email: string, by?: ActedBy, next?: string | null) => Promise<void>
  /** Mails one to a user, as administrators do. Throws `not_found`, and `conflict` where they have no address or are disabled. */
  readonly send: (userId: string, by: ActedBy) => Promise<void>
  /** Makes one for a user, to be handed over in some other way. It is shown this once. Throws as `send` does. */
  readonly link: (userId: string, by: ActedBy) => Promise<{ readonly url: string; readonly expiresAt: number }>
  /** Whose link it is, `null` where it does not work (any more). It is not used by this. */
  readonly find: (key: string) => Promise<ResetView | null>
  /**
   * Sets the password by a link, which is used up, and ends what the user was given before. Throws `invalid`, that names `token`
   * for a link that does not work, or the password for one against the rules: then the link still works.
   */
  readonly complete: (key: string, password: string, by?: ActedBy, options?: ResetOptions) => Promise<ResetDone>
}

export function createPasswordResets(options: PasswordResetsOptions): PasswordResets {
  const { database, links, outbox, limit, baseUrl, mailUnknown = false, clock = Date.now } = options
  const { lifetime = 3600, path = '/accounts/password/reset/confirm/', signInPath = '/accounts/login/' } = options
  const { onReset = async () => undefined, onFirstProof = async () => undefined } = options
  if (!Number.isInteger(lifetime) || lifetime < 1 || lifetime > 3600) {
    throw new TypeError('Password resets: lifetime must be whole seconds, at most 3600.')
  }
  const newPassword = createNewPassword(options)
  const store = createPasswordStore({ ...options, clock })

  async function issue(
    unit: Transaction<Schema>,
    user: UserRow,
    more: Pick<NewLink, 'email' | 'emailKey' | 'next' | 'makerId'>,
  ) {
    const { text, expiresAt } = await links.issue(unit, { purpose: 'password_reset', user, lifetime, ...more })
    return { url: linkTo(baseUrl, path, text), expiresAt }
  }

  async function mailTo(
    unit: Transaction<Schema>,
    user: UserRow & { readonly email: string },
    next: string | null = null,
  ): Promise<void> {
    // Whoever uses it has shown that they read mail at the address.
    const { url, expiresAt } = await issue(unit, user, { email: user.email, emailKey: user.email_key, next })
    await outbox.add(unit, resetMessage(user, url, expiresAt, lifetime))
  }

  /** The account that an administrator makes a link for. */
  async function userOf(unit: Transaction<Schema>, userId: string, by: ActedBy): Promise<UserRow> {
    const query = unit.selectFrom('users').selectAll().where('id', '=', idOrNone(userId))
    const row = await (database.dialect === 'postgres' ? query.forNoKeyUpdate() : query).executeTakeFirst()
    if (row === undefined) throw new RequestRefused('not_found')
    if (row.is_active !== 1) throw new RequestRefused('conflict', 'The account is disabled.')
    await keepWithinReach(unit, by, row, Math.floor(clock()))
    return row
  }

  return {
    request: async (typed, by = {}, next = null) => {
      const { email, key } = addressIn(typed)
      await limit?.({ address: by.address ?? null, emailKey: key })
      const user = await userByEmail(database, key)
      await database.write(async (unit) => {
        if (isReachable(user)) await mailTo(unit, user, next)
        else {
          await links.idle(unit)
          // Somebody who is disabled is written to no more than somebody who is not there.
          await outbox.add(
            unit,
            mailUnknown && user === null ? unknownMessage(email, `${baseUrl}${signInPath}`, clock()) : null,
          )
        }
        const who = isReachable(user) ? accountOf(user.id) : 'unknown'
        await database.audit(unit, eventBy({ actor: who, ...by }, 'password.reset_asked', who))
      })
    },

    send: async (userId, by) => {
      if (!outbox.isOpen)
        throw new RequestRefused('conflict', 'This server sends no mail. Hand the link over yourself.')
      await database.write(async (unit) => {
        const user = await userOf(unit, userId, by)
        if (!isReachable(user)) throw new RequestRefused('conflict', 'The account has no e-mail address.')
        await mailTo(unit, user)
        await database.audit(unit, eventBy(by, 'password.reset_sent', accountOf(user.id)))
      })
    },

    link: async (userId, by) => {
      return database.write(async (unit) => {
        const user = await userOf(unit, userId, by)
        const maker = userIn(by)
        const made = await issue(unit, user, { makerId: maker === undefined ? null : idOrNone(maker) })
        await database.audit(unit, eventBy(by, 'password.reset_shown', accountOf(user.id)))
        return made
      })
    },

    find: async (key) => {
      const found = await links.find('password_reset', key)
      return found === null ? null : viewOf(found)
    },

    complete: async (key, password, by = {}, { endSessions = true, field = 'new_password' } = {}) => {
      const before = await links.find('password_reset', key)
      if (before === null) throw deadLink()
      const { username, email } = before.user
      const hash = await newPassword(password, { username, email, field })
      const done = await database.write(async (unit) => {
        const spent = await links.spend(unit, 'password_reset', key)
        if (spent === null) throw deadLink()
        const { user } = spent
        const actor = { actor: accountOf(user.id), ...by }
        const isFirst = spent.link.email_key !== null && user.email_verified === 0
        const change = { hash, event: 'password.reset', notice: 'password_reset' } as const
        const more = isFirst ? [firstProof] : []
        await store(unit, user, { ...change, endSessions: endSessions || isFirst, more }, actor)
        await links.drop(unit, user.id, ['password_reset', 'email_change'])
        if (isFirst) {
          await unit.updateTable('users').set({ email_verified: 1 }).where('id', '=', user.id).execute()
          await onFirstProof(unit, user.id)
          await database.audit(unit, eventBy(actor, 'email.verified', accountOf(user.id), { by: 'password_reset' }))
        }
        return { spent, hasEnded: endSessions || isFirst }
      })
      await onReset(accountOf(done.spent.user.id), by.address ?? null)
      return { ...viewOf(done.spent), hasEnded: done.hasEnded }
    },
  }
}

const firstProof =
  'This is the first time that somebody shows that this address is theirs. Look through the devices, passkeys and other ways to sign in of the account, and remove what you do not know.'

function isReachable(user: UserRow | null): user is UserRow & { readonly email: string } {
  return user !== null && user.is_active === 1 && user.email !== null
}

function viewOf({ user, link }: FoundLink): ResetView {
  return { username: user.username, email: user.email, next: link.next }
}

function resetMessage(
  user: UserRow & { readonly email: string },
  url: string,
  expiresAt: number,
  lifetime: number,
): Message {
  return {
    kind: 'password_reset',
    to: user.email,
    subject: 'Choose a new password',
    expiresAt,
    parts: [
      `Somebody, most likely you, asked for a new password for the account ${nameInMail(user.username)}.`,
      { link: url, text: 'Choose a new password' },
      `The link works once, for ${Math.floor(lifetime / 60)} minutes, and not any more once you have signed in or changed your password or address.`,
      'If it was not you, there is nothing to do: your password is as it was.',
    ],
  }
}
