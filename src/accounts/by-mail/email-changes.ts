import type { Transaction } from 'kysely'
import { RequestRefused } from '../../core/errors.ts'
import { parseId } from '../../storage/id.ts'
import type { Schema, UserRow } from '../../storage/schema.ts'
import { type ActedBy, eventBy } from '../acted-by.ts'
import { createEndAccess, type EndAccessOptions } from '../end-access.ts'
import { looksLikeEmail } from '../identifier.ts'
import type { Notify } from '../notices.ts'
import { dropRecentWaysIn } from '../recent-ways-in.ts'
import { accountOf } from '../password-rows.ts'
import { orConflict } from '../unique.ts'
import { invalid } from '../user-values.ts'
import type { TellOldAddress } from '../users.ts'
import { addressIn, type ByMailOptions, linkTo, userByEmail } from './by-mail.ts'
import { deadLink } from './dead-link.ts'
import { changeMail, changeTakenMail } from './email-change-mails.ts'

export interface EmailChangesOptions extends ByMailOptions, Omit<EndAccessOptions, 'clock'> {
  readonly notify: Notify
  /** Seconds that a link to the new address works (an hour), and one to go back to the old one (three days). */
  readonly lifetime?: number
  readonly undoLifetime?: number
  /** Where the links lead (/accounts/email/confirm/ and /accounts/email/undo/). */
  readonly path?: string
  readonly undoPath?: string
}

/** What a page says of a link. */
export interface EmailChangeView {
  readonly username: string
  /** The address that the account has, and the one that it would have. */
  readonly from: string | null
  readonly to: string
}

/**
 * Changes of the address of an account. The old one stays until somebody has opened the link that was mailed to the new one;
 * then the old one is told, with a link that undoes it all. Whoever asks has to have been asked for a proof before.
 */
export interface EmailChanges {
  /**
   * Mails a link to the new address. Where that has an account already, it is told so instead, and whoever asks sees the same.
   * Throws `invalid` for what is no address or the present one, and `Throttled`.
   */
  readonly request: (userId: string, email: string, by: ActedBy) => Promise<void>
  /** The address that is waiting to be confirmed, `null` where none is. */
  readonly waiting: (userId: string) => Promise<string | null>
  /** Forgets what is waiting. */
  readonly cancel: (userId: string, by: ActedBy) => Promise<void>
  /** What a link does, `null` where it does not work. It is not used by this. */
  readonly find: (key: string) => Promise<EmailChangeView | null>
  readonly findUndo: (key: string) => Promise<EmailChangeView | null>
  /**
   * Makes the change. Throws `invalid`, that names `token`, for a link that does not work, and `conflict` where the address has
   * got an account meanwhile.
   */
  readonly confirm: (key: string, by?: ActedBy) => Promise<EmailChangeView>
  /**
   * Goes back to the old address, ends everything that anybody was given, takes away the passkeys, second factors, keys and
   * linked accounts that were added since a day before the change, cancels a deletion, and makes a link to a new password, whose key this gives:
   * whoever made the change knew the old one. Throws as `confirm` does.
   */
  readonly undo: (key: string, by?: ActedBy) => Promise<EmailChangeView & { readonly resetKey: string }>
  /**
   * Tells the old address of a change that somebody else has made, such as an administrator, with the link that undoes it. One that
   * was never proved gets no link: it may be a stranger's.
   */
  readonly tellOldAddress: TellOldAddress
}

export function createEmailChanges(options: EmailChangesOptions): EmailChanges {
  const { database, links, outbox, limit, baseUrl, notify, clock = Date.now } = options
  const { lifetime = 3600, undoLifetime = 259_200 } = options
  const { path = '/accounts/email/confirm/', undoPath = '/accounts/email/undo/' } = options
  const endAccess = createEndAccess({ ...options, clock })

  async function userOf(userId: string): Promise<UserRow> {
    const id = parseId(userId)
    const query = database.read.selectFrom('users').selectAll()
    const row = id === null ? undefined : await query.where('id', '=', id).executeTakeFirst()
    if (row === undefined || row.is_active !== 1) throw new RequestRefused('not_found')
    return row
  }

  /** A username that is the address follows it. */
  async function move(unit: Transaction<Schema>, user: UserRow, email: string, emailKey: string): Promise<void> {
    const isName = looksLikeEmail(user.username_key) && user.username_key === user.email_key
    await unit
      .updateTable('users')
      .set({
        email,
        email_key: emailKey,
        email_verified: 1,
        ...(isName ? { username: email, username_key: emailKey } : {}),
      })
      .where('id', '=', user.id)
      .execute()
  }

  /** Tells the old address, with a link that goes back to it. */
  const tell: TellOldAddress = async (unit, before, after, by) => {
    if (before.email === null) return
    const about = { email: before.email, emailKey: before.email_key }
    const { text } = await links.issue(unit, { purpose: 'email_undo', user: after, ...about, lifetime: undoLifetime })
    const more = [
      'It does not reach you here any more. This undoes it, and signs everyone out:',
      { link: linkTo(baseUrl, undoPath, text), text: 'Undo the change' },
    ] as const
    const what = `from ${before.email} to ${after.email ?? 'none'}`
    await notify(unit, before.id, 'email_changed', by, { to: before.email, what, more })
  }

  return {
    request: async (userId, typed, by) => {
      const { email, key } = addressIn(typed, 'new_email')
      const user = await userOf(userId)
      if (key === user.email_key) throw invalid({ new_email: ['This is your e-mail address already.'] })
      await limit?.({ address: by.address ?? null, emailKey: key })
      const owner = await userByEmail(database, key)
      await database.write(async (unit) => {
        await links.drop(unit, user.id, ['email_change'])
        const about = { email, emailKey: key }
        // Also where it has an account: whoever asked sees the same as waiting, and a link that nobody gets does no harm.
        const { text, expiresAt } = await links.issue(unit, { purpose: 'email_change', user, ...about, lifetime })
        const isKept = await links.isKept(unit, key, user.id)
        const isTaken = owner !== null || isKept
        const url = linkTo(baseUrl, path, text)
        await outbox.add(
          unit,
          isTaken ? changeTakenMail(email) : changeMail(user.username, { to: email, url, expiresAt }),
        )
        await database.audit(unit, eventBy(by, 'email.change_asked', accountOf(user.id)))
      })
    },

    waiting: async (userId) => {
      const id = parseId(userId)
      if (id === null) return null
      const query = database.read
        .selectFrom('mail_links')
        .select('email')
        .where('user_id', '=', id)
        .where('purpose', '=', 'email_change')
        .where('expires_at', '>', Math.floor(clock()))
      return (await query.orderBy('id', 'desc').executeTakeFirst())?.email ?? null
    },

    cancel: async (userId, by) => {
      const user = await userOf(userId)
      await database.write(async (unit) => {
        await links.drop(unit, user.id, ['email_change'])
        await database.audit(unit, eventBy(by, 'email.change_cancelled', accountOf(user.id)))
      })
    },

    find: async (key) => {
      const found = await links.find('email_change', key)
      return found === null ? null : viewOf(found.user, found.link.email)
    },

    findUndo: async (key) => {
      const found = await links.find('email_undo', key)
      return found === null ? null : viewOf(found.user, found.link.email)
    },

    confirm: async (key, by = {}) => {
      const changing = database.write(async (unit) => {
        const spent = await links.spend(unit, 'email_change', key)
        if (spent === null) throw deadLink()
        const { user, link } = spent
        const [email, emailKey] = [link.email ?? '', link.email_key ?? '']
        if (await links.isKept(unit, emailKey, user.id)) throw new RequestRefused('conflict', taken)
        await move(unit, user, email, emailKey)
        const actor = { actor: accountOf(user.id), ...by }
        await database.audit(unit, eventBy(actor, 'email.changed', accountOf(user.id)))
        await links.drop(unit, user.id, ['password_reset', 'email_verification', 'email_change'])
        await tell(unit, user, { ...user, email, email_key: emailKey }, actor)
        return viewOf(user, email)
      })
      return orConflict(changing, taken)
    },

    tellOldAddress: async (unit, before, after, by) => {
      if (before.email_verified === 1) return tell(unit, before, after, by)
      if (before.email === null) return
      const what = `from ${before.email} to ${after.email ?? 'none'}`
      await notify(unit, before.id, 'email_changed', by, { to: before.email, what })
    },

    undo: async (key, by = {}) => {
      const undoing = database.write(async (unit) => {
        const spent = await links.spend(unit, 'email_undo', key)
        if (spent === null) throw deadLink()
        const { user, link } = spent
        const [email, emailKey] = [link.email ?? '', link.email_key ?? '']
        const actor = { actor: accountOf(user.id), ...by }
        await move(unit, user, email, emailKey)
        await endAccess.everything(unit, user.id, 'password_changed', actor)
        const since = link.created_at - aDay
        await dropRecentWaysIn(unit, user.id, { since, now: Math.floor(clock()) })
        await links.drop(unit, user.id)
        // Whoever took the account over may have wanted it gone.
        await unit.deleteFrom('account_deletions').where('user_id', '=', user.id).execute()
        const now = { ...user, email, email_key: emailKey }
        const reset = { purpose: 'password_reset', user: now, email, emailKey, lifetime: 3600 } as const
        const { text: resetKey } = await links.issue(unit, reset)
        await unit.updateTable('users').set({ must_change_password: 1 }).where('id', '=', user.id).execute()
        await database.audit(unit, eventBy(actor, 'email.change_undone', accountOf(user.id)))
        const what = `from ${user.email ?? 'none'} to ${email}`
        await notify(unit, user.id, 'email_change_undone', actor, { what })
        if (user.email !== null) await notify(unit, user.id, 'email_change_undone', actor, { to: user.email, what })
        return { ...viewOf(user, email), resetKey }
      })
      return orConflict(undoing, taken)
    },
  }
}

/** In milliseconds. Whoever takes an account over may add their own ways in before they change its address. */
const aDay = 86_400_000

const taken = 'This e-mail address has an account of its own by now. Ask whoever runs this site.'

function viewOf({ username, email }: UserRow, to: string | null): EmailChangeView {
  return { username, from: email, to: to ?? '' }
}
