import type { Transaction } from 'kysely'
import type { Message } from '../../mail/message.ts'
import { parseId } from '../../storage/id.ts'
import type { Schema, UserRow } from '../../storage/schema.ts'
import { type ActedBy, eventBy } from '../acted-by.ts'
import { accountOf } from '../password-rows.ts'
import { addressIn, type ByMailOptions, linkTo, unknownMessage, userByEmail } from './by-mail.ts'
import { deadLink } from './dead-link.ts'
import { nameInMail } from '../../mail/name-in-mail.ts'

export interface EmailVerificationsOptions extends ByMailOptions {
  /** Seconds that a link works (three days). */
  readonly lifetime?: number
  /** Where a link leads (/accounts/verify-email/). */
  readonly path?: string
  /** Where to sign in (/accounts/login/). */
  readonly signInPath?: string
}

/** Who shows that they read mail at the address of their account. */
export interface EmailVerifications {
  /**
   * Writes the mail with the link, in the unit that has made the account or given it the address. `next` is where its owner was on
   * their way to, here as below: whoever opens the link comes back there (home).
   */
  readonly issue: (
    unit: Transaction<Schema>,
    user: UserRow & { readonly email: string },
    next?: string | null,
  ) => Promise<void>
  /** Mails a link to a user whose address is not verified, and nothing to others. Whether it did. Throws `Throttled`. */
  readonly send: (userId: string, by?: ActedBy, next?: string | null) => Promise<boolean>
  /** The same for an address, for those who are not signed in. It says nothing of whether there is an account. Throws `invalid` too. */
  readonly request: (email: string, by?: ActedBy, next?: string | null) => Promise<void>
  /** The address that a link verifies, `null` where it does not work. It is not used by this. */
  readonly find: (key: string) => Promise<VerifiedAddress | null>
  /** Verifies the address of a link, whoever is signed in. Throws `invalid`, that names `token`, for one that does not work. */
  readonly confirm: (key: string, by?: ActedBy) => Promise<VerifiedAddress>
}

export interface VerifiedAddress {
  readonly email: string
  /** Where its owner was on their way to; `null` for home. */
  readonly next: string | null
}

export function createEmailVerifications(options: EmailVerificationsOptions): EmailVerifications {
  const { database, links, outbox, limit, baseUrl, mailUnknown = false, clock = Date.now } = options
  const { lifetime = 259_200, path = '/accounts/verify-email/', signInPath = '/accounts/login/' } = options

  async function issue(
    unit: Transaction<Schema>,
    user: UserRow & { readonly email: string },
    next: string | null = null,
  ): Promise<void> {
    const about = { email: user.email, emailKey: user.email_key, next }
    const { text, expiresAt } = await links.issue(unit, { purpose: 'email_verification', user, ...about, lifetime })
    await outbox.add(unit, verifyMessage(user, linkTo(baseUrl, path, text), expiresAt, lifetime))
  }

  async function mail(user: UserRow & { readonly email: string }, by: ActedBy, next: string | null): Promise<void> {
    await database.write(async (unit) => {
      await issue(unit, user, next)
      const who = accountOf(user.id)
      await database.audit(unit, eventBy({ actor: who, ...by }, 'email.verification_asked', who))
    })
  }

  return {
    issue,

    send: async (userId, by = {}, next = null) => {
      const id = parseId(userId)
      const query = database.read.selectFrom('users').selectAll()
      const user = id === null ? undefined : await query.where('id', '=', id).executeTakeFirst()
      if (user === undefined || !isUnverified(user)) return false
      await limit?.({ address: by.address ?? null, emailKey: user.email_key ?? '' })
      await mail(user, by, next)
      return true
    },

    request: async (typed, by = {}, next = null) => {
      const { email, key } = addressIn(typed)
      await limit?.({ address: by.address ?? null, emailKey: key })
      const user = await userByEmail(database, key)
      if (user !== null && isUnverified(user)) return mail(user, by, next)
      await database.write(async (unit) => {
        await links.idle(unit)
        const letter = mailUnknown && user === null ? unknownMessage(email, `${baseUrl}${signInPath}`, clock()) : null
        await outbox.add(unit, letter)
        await database.audit(unit, eventBy({ actor: 'unknown', ...by }, 'email.verification_asked', 'unknown'))
      })
    },

    find: async (key) => {
      const found = await links.find('email_verification', key)
      return found === null ? null : { email: found.link.email ?? '', next: found.link.next }
    },

    confirm: async (key, by = {}) =>
      database.write(async (unit) => {
        const spent = await links.spend(unit, 'email_verification', key)
        if (spent === null) throw deadLink()
        const { user, link } = spent
        await unit.updateTable('users').set({ email_verified: 1 }).where('id', '=', user.id).execute()
        await links.drop(unit, user.id, ['email_verification'])
        const who = accountOf(user.id)
        await database.audit(unit, eventBy({ actor: who, ...by }, 'email.verified', who, { by: 'link' }))
        return { email: link.email ?? '', next: link.next }
      }),
  }
}

function isUnverified(user: UserRow): user is UserRow & { readonly email: string } {
  return user.is_active === 1 && user.email !== null && user.email_verified === 0
}

function verifyMessage(
  user: UserRow & { readonly email: string },
  url: string,
  expiresAt: number,
  lifetime: number,
): Message {
  return {
    kind: 'email_verification',
    to: user.email,
    subject: 'Confirm your e-mail address',
    expiresAt,
    parts: [
      `Somebody, most likely you, has an account here with this e-mail address: ${nameInMail(user.username)}. Confirm that it is yours.`,
      { link: url, text: 'Confirm the address' },
      `The link works once, for ${Math.max(1, Math.floor(lifetime / 3600))} hours.`,
      'If it was not you, there is nothing to do: leave the link alone, and the address stays unconfirmed.',
    ],
  }
}
