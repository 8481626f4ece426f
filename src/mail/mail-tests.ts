import { sql } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import type { AuditEvent } from '../storage/audit.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { MailTestRow } from '../storage/schema.ts'
import type { Message } from './message.ts'
import type { DeliveryReports, Outbox } from './outbox.ts'

export interface MailTestsOptions {
  readonly database: Database
  readonly outbox: Pick<Outbox, 'add' | 'isOpen'>
  /** The mail server, as it may be shown: host and port (none). A test says nothing of another one. */
  readonly server: string | null
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** A message that was sent to see whether mail arrives. Times are milliseconds since 1970. */
export interface MailTest {
  readonly id: string
  /** The mail server that it was for; empty where there was none, and the page of development mode shows it. */
  readonly server: string
  readonly askedAt: number
  /** When the mail server took it. */
  readonly deliveredAt: number | null
  /** When it last did not, and why; another try may come. */
  readonly failedAt: number | null
  readonly reason: string | null
  /** Whether another try may still come. */
  readonly isWaiting: boolean
}

export interface MailTests {
  /**
   * Sends one to an address. Throws `conflict` where no mail is sent, and where one is on its way already: whoever presses twice gets
   * one.
   */
  readonly ask: (to: string, by: Omit<AuditEvent, 'event' | 'subject' | 'detail'>) => Promise<MailTest>
  /** Newest first. */
  readonly list: () => Promise<readonly MailTest[]>
  /** Whether the mail server of the settings took one. */
  readonly isProved: () => Promise<boolean>
}

/** Messages by which an administrator sees whether mail arrives. Whom they went to is not kept. */
export function createMailTests({ database, outbox, server, clock = Date.now }: MailTestsOptions): MailTests {
  const toTest = (row: MailTestRow): MailTest => ({
    id: formatId(row.id),
    server: row.server,
    askedAt: row.asked_at,
    deliveredAt: row.delivered_at,
    failedAt: row.failed_at,
    reason: row.reason,
    isWaiting: row.delivered_at === null && row.expires_at > Math.floor(clock()),
  })

  return {
    ask: async (to, by) => {
      if (!outbox.isOpen) throw new RequestRefused('conflict', 'No mail is sent from here: set smtpUrl first.')
      const now = Math.floor(clock())
      return database.write(async (unit) => {
        // Two nodes that are asked at once would each see that none is on its way. SQLite has one unit at a time.
        if (database.dialect === 'postgres') {
          await sql`lock table mail_tests in share row exclusive mode`.execute(unit)
        }
        const all = await unit.selectFrom('mail_tests').selectAll().orderBy('id', 'desc').execute()
        if (server !== null && all.some((row) => row.server === server && toTest(row).isWaiting)) {
          throw new RequestRefused('conflict', 'A test is on its way already. Look again in a moment.')
        }
        const id = await outbox.add(unit, messageTo(to, now + lifetime))
        const row: MailTestRow = {
          id,
          server: server ?? '',
          asked_at: now,
          expires_at: now + lifetime,
          delivered_at: null,
          failed_at: null,
          reason: null,
        }
        await unit.insertInto('mail_tests').values(row).execute()
        const old = all.slice(kept - 1).map((one) => one.id)
        if (old.length > 0) await unit.deleteFrom('mail_tests').where('id', 'in', old).execute()
        await database.audit(unit, { ...by, event: 'mail.test_asked', subject: `mail:${formatId(id)}` })
        return toTest(row)
      })
    },

    list: async () => {
      const rows = await database.read.selectFrom('mail_tests').selectAll().orderBy('id', 'desc').limit(kept).execute()
      return rows.map(toTest)
    },

    isProved: async () => {
      const taken = database.read.selectFrom('mail_tests').select('id').where('delivered_at', 'is not', null)
      return server !== null && (await taken.where('server', '=', server).executeTakeFirst()) !== undefined
    },
  }
}

/** What the outbox tells of tests, in the unit in which it notes it down. */
export function mailTestReports(clock: () => number = Date.now): DeliveryReports {
  return {
    kind,
    delivered: async (unit, id) => {
      const delivered_at = Math.floor(clock())
      await unit.updateTable('mail_tests').set({ delivered_at }).where('id', '=', id).execute()
    },
    failed: async (unit, id, { reason, isOver }) => {
      const failed_at = Math.floor(clock())
      const end = isOver ? { expires_at: failed_at } : {}
      await unit
        .updateTable('mail_tests')
        .set({ failed_at, reason, ...end })
        .where('id', '=', id)
        .execute()
    },
  }
}

const kind = 'mail_test'

/** How many are kept. */
const kept = 10

/** Milliseconds: after that, nobody waits for it any more. */
const lifetime = 15 * 60_000

function messageTo(to: string, expiresAt: number): Message {
  return {
    kind,
    to,
    subject: 'Mail arrives',
    parts: [
      'This is the test that you asked for on the page of administrators. Since you read it, mail from here arrives.',
      'Look whether it came among unwanted mail: then the domain that it is from should be made known to others (SPF, DKIM).',
    ],
    expiresAt,
  }
}
