import { RequestRefused } from '../../core/errors.ts'
import type { Message } from '../../mail/message.ts'
import { formatId, parseId } from '../../storage/id.ts'
import type { AccountDeletionRow, UserRow } from '../../storage/schema.ts'
import { wantedId } from '../../storage/wanted-id.ts'
import { type ActedBy, eventBy } from '../acted-by.ts'
import type { Notify } from '../notices.ts'
import { accountOf } from '../password-rows.ts'
import { minuteFor } from '../preferences.ts'
import { reasonsToStay } from '../reasons-to-stay.ts'
import { orConflict } from '../unique.ts'
import type { Users } from '../users.ts'
import { type ByMailOptions, linkTo } from './by-mail.ts'
import { deadLink } from './dead-link.ts'
import { nameInMail } from '../../mail/name-in-mail.ts'

export interface AccountDeletionsOptions extends ByMailOptions {
  readonly users: Pick<Users, 'delete'>
  readonly notify?: Notify | undefined
  /** Seconds between the wish and the deletion, in which it can be cancelled (seven days). `null`: nobody deletes their own account. */
  readonly delay?: number | null
  /** Where the link of the mail leads, and where one's data is looked after (/accounts/deletion/cancel/ and /account/data/). */
  readonly path?: string
  readonly dataPath?: string
}

/** An account that is to be deleted. Times are milliseconds since 1970. */
export interface WaitingDeletion {
  readonly askedAt: number
  readonly dueAt: number
}

/**
 * People who delete their own account. It works as ever until the delay is over, so that a wish that was not theirs harms nobody,
 * and they can sign in to cancel it; then everything that they were given ends at once, and the row goes with all that hangs on it.
 */
export interface AccountDeletions {
  readonly delay: number | null
  /** What keeps somebody from it, in sentences that say what to do. */
  readonly obstacles: (userId: string) => Promise<readonly string[]>
  readonly waiting: (userId: string) => Promise<WaitingDeletion | null>
  /**
   * Writes the wish down, and mails a link that cancels it. Whoever asks has to have been asked for a proof before. Throws `conflict`
   * where it is asked for already, or something keeps them, and `not_found` where nobody deletes their own account.
   */
  readonly ask: (userId: string, by: ActedBy) => Promise<WaitingDeletion>
  /** Takes the wish back. Whether there was one. */
  readonly cancel: (userId: string, by: ActedBy) => Promise<boolean>
  /** Whose deletion a link cancels, `null` where it does not work. It is not used by this. */
  readonly find: (key: string) => Promise<(WaitingDeletion & { readonly username: string }) | null>
  /** Cancels by a link. Throws `invalid`, that names `token`, for one that does not work. */
  readonly cancelByLink: (key: string, by?: ActedBy) => Promise<{ readonly username: string }>
  /**
   * Deletes the accounts whose time has come, each in a unit of its own, and gives how many. Of a cancellation and of however many
   * nodes that do this at once, one comes first. Where something keeps an account by now, it is tried again a day later.
   */
  readonly carryOut: () => Promise<number>
}

export function createAccountDeletions(options: AccountDeletionsOptions): AccountDeletions {
  const { database, users, links, outbox, notify, baseUrl, delay = 604_800, clock = Date.now } = options
  const { path = '/accounts/deletion/cancel/', dataPath = '/account/data/' } = options
  if (delay !== null && (!Number.isInteger(delay) || delay < 1)) {
    throw new TypeError('Account deletions: delay must be whole seconds, above 0, or null.')
  }

  async function rowOf(userId: string): Promise<AccountDeletionRow | null> {
    const id = parseId(userId)
    if (id === null) return null
    const query = database.read.selectFrom('account_deletions').selectAll().where('user_id', '=', id)
    return (await query.executeTakeFirst()) ?? null
  }

  async function due(now: number): Promise<readonly AccountDeletionRow[]> {
    const all = database.read.selectFrom('account_deletions').selectAll().where('due_at', '<=', now)
    return all.orderBy('due_at').limit(atOnce).execute()
  }

  async function remove({ user_id: id, asked_at, due_at }: AccountDeletionRow): Promise<void> {
    const askedAt = new Date(asked_at).toISOString()
    // What is kept of them names them by their id alone.
    const detail = { by: 'their own wish', asked_at: askedAt }
    await users.delete(
      formatId(id),
      { actor: 'system' },
      {
        detail,
        before: async (unit, user) => {
          const claimed = unit.deleteFrom('account_deletions').where('user_id', '=', id).where('due_at', '=', due_at)
          if ((await claimed.returning('user_id').executeTakeFirst()) === undefined)
            throw new RequestRefused('not_found')
          if (user.email !== null) await outbox.add(unit, goneMessage(user, user.email))
        },
      },
    )
  }

  async function putOff({ user_id: id, due_at }: AccountDeletionRow, reason: string): Promise<void> {
    await database.write(async (unit) => {
      const moved = unit.updateTable('account_deletions').set({ due_at: Math.floor(clock()) + aDay })
      const row = moved.where('user_id', '=', id).where('due_at', '=', due_at).returning('user_id')
      if ((await row.executeTakeFirst()) === undefined) return
      await database.audit(unit, eventBy({}, 'user.deletion_put_off', accountOf(id), { reason }))
    })
  }

  /** Whether it is gone by this: somebody may have cancelled, or another node been faster. */
  async function carryOutOne(row: AccountDeletionRow): Promise<boolean> {
    try {
      await remove(row)
      return true
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error
      if (error.code === 'conflict') await putOff(row, error.message)
      else if (error.code !== 'not_found') throw error
      return false
    }
  }

  return {
    delay,

    obstacles: async (userId) => {
      const id = parseId(userId)
      return id === null ? [] : reasonsToStay(database, id)
    },

    waiting: async (userId) => {
      const row = await rowOf(userId)
      return row === null ? null : { askedAt: row.asked_at, dueAt: row.due_at }
    },

    ask: async (userId, by) => {
      if (delay === null) throw new RequestRefused('not_found', 'Ask whoever runs this site to delete your account.')
      const id = wantedId(userId)
      const [obstacle] = await reasonsToStay(database, id)
      if (obstacle !== undefined) throw new RequestRefused('conflict', obstacle)
      const asked_at = Math.floor(clock())
      const due_at = asked_at + delay * 1000
      const writing = database.write(async (unit) => {
        const query = unit.selectFrom('users').selectAll().where('id', '=', id).where('is_active', '=', 1)
        const user = await query.executeTakeFirst()
        if (user === undefined) throw new RequestRefused('not_found')
        await unit.insertInto('account_deletions').values({ user_id: id, asked_at, due_at }).execute()
        const link = { purpose: 'deletion_cancel', user, lifetime: delay + Math.floor(aDay / 1000) } as const
        const { text } = await links.issue(unit, link)
        if (user.email !== null) {
          const due = await minuteFor(unit, id, due_at)
          const message = askedMessage(user, user.email, { due, url: linkTo(baseUrl, path, text) })
          await outbox.add(unit, { ...message, expiresAt: due_at })
        }
        const detail = { due_at: new Date(due_at).toISOString() }
        await database.audit(unit, eventBy(by, 'user.deletion_asked', accountOf(id), detail))
        return { askedAt: asked_at, dueAt: due_at }
      })
      return orConflict(writing, `The deletion is asked for already. See ${dataPath} for when it is done.`)
    },

    cancel: async (userId, by) => {
      const id = parseId(userId)
      if (id === null) return false
      return database.write(async (unit) => {
        const gone = unit.deleteFrom('account_deletions').where('user_id', '=', id).returning('user_id')
        if ((await gone.executeTakeFirst()) === undefined) return false
        await links.drop(unit, id, ['deletion_cancel'])
        await database.audit(unit, eventBy(by, 'user.deletion_cancelled', accountOf(id)))
        await notify?.(unit, id, 'deletion_cancelled', by)
        return true
      })
    },

    find: async (key) => {
      const found = await links.find('deletion_cancel', key)
      const row = found === null ? null : await rowOf(formatId(found.user.id))
      if (found === null || row === null) return null
      return { username: found.user.username, askedAt: row.asked_at, dueAt: row.due_at }
    },

    cancelByLink: async (key, by = {}) =>
      database.write(async (unit) => {
        const spent = await links.spend(unit, 'deletion_cancel', key)
        if (spent === null) throw deadLink()
        const { user } = spent
        const gone = unit.deleteFrom('account_deletions').where('user_id', '=', user.id).returning('user_id')
        if ((await gone.executeTakeFirst()) === undefined) throw deadLink()
        const who = { actor: accountOf(user.id), ...by }
        await database.audit(unit, eventBy(who, 'user.deletion_cancelled', accountOf(user.id), { by: 'link' }))
        await notify?.(unit, user.id, 'deletion_cancelled', who)
        return { username: user.username }
      }),

    carryOut: async () => {
      let count = 0
      for (let rows = await due(Math.floor(clock())); rows.length > 0;) {
        for (const row of rows) if (await carryOutOne(row)) count += 1
        rows = await due(Math.floor(clock()))
      }
      return count
    },
  }
}

/** Accounts that are read at once. */
const atOnce = 100

/** In milliseconds. */
const aDay = 86_400_000

function askedMessage(
  { username }: UserRow,
  to: string,
  { due, url }: { readonly due: string; readonly url: string },
): Message {
  return {
    kind: 'deletion_asked',
    to,
    subject: 'Your account is going to be deleted',
    parts: [
      'Somebody who proved to be you asked to delete your account. Until then it works as ever.',
      {
        facts: [
          ['Account', username],
          ['Deleted', due],
        ],
      },
      'This keeps it:',
      { link: url, text: 'Keep the account' },
      'If it was not you, keep the account, and choose a new password at once: whoever asked could sign in as you.',
    ],
  }
}

function goneMessage({ username }: UserRow, to: string): Message {
  return {
    kind: 'account_deleted',
    to,
    subject: 'Your account is deleted',
    parts: [
      `The account ${nameInMail(username)} is deleted, as you wished, with all that it could sign in to.`,
      'It cannot be brought back. The log of this site keeps when it went, and what it wrote before, for as long as that log is kept.',
    ],
  }
}
