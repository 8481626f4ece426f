import type { Transaction } from 'kysely'
import type { EndedSignIn, OnSignInsEnded } from '../accounts/ended-sign-in.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { ClientRow, LogoutNoticeRow, Schema } from '../storage/schema.ts'
import { clientOf, type OAuthClient } from './client.ts'
import type { Grants } from './grants.ts'
import type { Subjects } from './subjects.ts'

export interface LogoutNoticesOptions {
  readonly database: Database
  readonly grants: Pick<Grants, 'endOfSignIn'>
  readonly subjects: Subjects
  /** Hears that there is something to deliver, once it is stored. */
  readonly onAdded: () => void
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** A notice whose turn has come, and whom it is for. */
export interface DueNotice {
  readonly notice: LogoutNoticeRow
  /** `null` where it is not active any more. */
  readonly client: OAuthClient | null
}

/** What clients have to be told of sign-ins that ended (OpenID Connect Back-Channel Logout 1.0), as rows. */
export interface LogoutNotices {
  /** Ends what lives as long as these sign-ins, and notes down which clients have to be told, in the unit that ends them. */
  readonly signInsEnded: OnSignInsEnded
  /**
   * Takes the notices whose turn has come, each for this process alone: until `next_attempt_at` no other takes it. Where this
   * one is killed meanwhile, another tries again then.
   */
  readonly take: () => Promise<readonly DueNotice[]>
  /** The client was told. */
  readonly done: (due: DueNotice) => Promise<void>
  /** It was not: another time, or never. */
  readonly failed: (due: DueNotice, reason: string) => Promise<void>
}

export function createLogoutNotices(options: LogoutNoticesOptions): LogoutNotices {
  const { database, grants, subjects, onAdded, clock = Date.now } = options

  /** Clients that the sign-ins were used for, those whose grant has ended since too: they may have sessions of their own. */
  async function clientsOf(
    unit: Transaction<Schema>,
    signInIds: readonly bigint[],
  ): Promise<readonly (ClientRow & { readonly sign_in_id: bigint | null })[]> {
    return unit
      .selectFrom('grants')
      .innerJoin('clients', 'clients.id', 'grants.client_id')
      .selectAll('clients')
      .select('grants.sign_in_id')
      .where('grants.sign_in_id', 'in', signInIds)
      .where('clients.is_active', '=', 1)
      .where('clients.metadata', 'like', '%"backchannelLogoutUri"%')
      .execute()
  }

  async function noticesFor(unit: Transaction<Schema>, ended: readonly EndedSignIn[]): Promise<LogoutNoticeRow[]> {
    const now = Math.floor(clock())
    const users = new Map(ended.map(({ signInId, userId }) => [signInId, userId]))
    const rows = await clientsOf(unit, [...users.keys()])
    const notices = new Map<string, LogoutNoticeRow>()
    for (const row of rows) {
      const userId = row.sign_in_id === null ? undefined : users.get(row.sign_in_id)
      const client = clientOf(row)
      if (userId === undefined || row.sign_in_id === null || !client.metadata.backchannelLogoutUri) continue
      notices.set(`${row.sign_in_id} ${client.key}`, {
        id: database.newId(),
        client_id: client.key,
        subject: subjects.subjectOf(client, formatId(userId)),
        sid: subjects.sidOf(client, row.sign_in_id),
        attempts: 0,
        next_attempt_at: now,
        expires_at: now + giveUpAfter,
      })
    }
    return [...notices.values()]
  }

  async function end({ notice, client }: DueNotice, event: string, detail: Readonly<Record<string, unknown>>) {
    await database.write(async (unit) => {
      const gone = unit.deleteFrom('logout_notices').where('id', '=', notice.id).returning('id')
      if ((await gone.executeTakeFirst()) === undefined) return
      const subject = `client:${client?.id ?? formatId(notice.client_id)}`
      await database.audit(unit, { event, actor: 'system', subject, detail: { ...detail, attempts: notice.attempts } })
    })
  }

  return {
    signInsEnded: async (unit, all, by) => {
      for (let start = 0; start < all.length; start += rowsAtOnce) {
        const ended = all.slice(start, start + rowsAtOnce)
        const notices = await noticesFor(unit, ended)
        for (const { signInId } of ended) {
          await grants.endOfSignIn(unit, signInId, { ...by, actor: by.actor ?? 'system' })
        }
        if (notices.length === 0) continue
        await unit.insertInto('logout_notices').values(notices).execute()
        database.afterCommit(unit, onAdded)
      }
    },

    take: async () => {
      const now = Math.floor(clock())
      const notices = await database.write(async (unit) =>
        unit
          // Looked for once: as a part of the condition, PostgreSQL may look again for each row, and skip those that it has just taken.
          .with(
            (name) => name('due').materialized(),
            (read) => {
              const due = read.selectFrom('logout_notices').select('id').where('next_attempt_at', '<=', now)
              const first = due.orderBy('next_attempt_at').limit(atOnce)
              return database.dialect === 'postgres' ? first.forUpdate().skipLocked() : first
            },
          )
          .updateTable('logout_notices')
          .set((value) => ({ attempts: value('attempts', '+', 1), next_attempt_at: now + lease }))
          .where('id', 'in', (read) => read.selectFrom('due').select('due.id'))
          .where('next_attempt_at', '<=', now)
          .returningAll()
          .execute(),
      )
      if (notices.length === 0) return []
      const ids = notices.map((notice) => notice.client_id)
      const rows = await database.read.selectFrom('clients').selectAll().where('id', 'in', ids).execute()
      const clients = new Map(rows.map((row) => [row.id, clientOf(row)]))
      return notices.map((notice) => {
        const client = clients.get(notice.client_id) ?? null
        return { notice, client: client?.isActive === true ? client : null }
      })
    },

    done: async (due) => end(due, 'logout.notified', {}),

    failed: async (due, reason) => {
      const { id, attempts, expires_at: end_at } = due.notice
      const next = Math.floor(clock()) + pauseAfter(attempts)
      if (due.client === null || next >= end_at) return end(due, 'logout.not_notified', { reason })
      await database.write(async (unit) =>
        unit
          .updateTable('logout_notices')
          .set({ next_attempt_at: next })
          .where('id', '=', id)
          .where('attempts', '=', attempts)
          .execute(),
      )
    },
  }
}

/** Milliseconds. */
const second = 1000
const giveUpAfter = 24 * 3600 * second
/** Longer than all that one attempt may take. */
const lease = 60 * second

/** 10 s, 40 s, then four times as long each time, up to an hour. */
function pauseAfter(attempts: number): number {
  return Math.min(10 * 4 ** (attempts - 1), 3600) * second
}

/** How many are taken at once. */
const atOnce = 20

/** A statement has room for some thousands of values. */
const rowsAtOnce = 500
