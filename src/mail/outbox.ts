import type { Transaction } from 'kysely'
import type { Sealer } from '../crypto/seal.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { MailOutboxRow, Schema } from '../storage/schema.ts'
import type { Message } from './message.ts'

export interface OutboxOptions {
  readonly database: Database
  readonly sealer: Pick<Sealer, 'seal' | 'open'>
  /** Whether there is somewhere for mail to go to. Without, what is added is dropped (true). */
  readonly isOpen?: boolean
  /** Hears what becomes of messages of one kind, in the unit in which it is noted down (nothing). */
  readonly reports?: DeliveryReports
  /** Hears that there is something to send, once it is stored (nothing). */
  readonly onAdded?: () => void
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** What hears how it goes with messages of one kind. */
export interface DeliveryReports {
  readonly kind: string
  /** The mail server took it. */
  readonly delivered: (unit: Transaction<Schema>, id: bigint) => Promise<void>
  /** It did not; where it is over, no other try follows. */
  readonly failed: (
    unit: Transaction<Schema>,
    id: bigint,
    how: { readonly reason: string; readonly isOver: boolean },
  ) => Promise<void>
}

/** A message whose turn has come. */
export interface DueMessage {
  readonly id: bigint
  readonly attempts: number
  readonly expiresAt: number
  readonly kind: string
  /** `null` where it was sealed under a secret that is not known any more. */
  readonly message: Message | null
}

/** A message that waits, as the outbox of development mode shows it. Times are milliseconds since 1970. */
export interface WaitingMessage {
  readonly id: string
  readonly createdAt: number
  readonly message: Message
}

/** What is to be sent, as sealed rows: a message is written in the unit that it tells of, and is there exactly if that is. */
export interface Outbox {
  readonly isOpen: boolean
  /**
   * Adds a message. `null` adds one that is never sent, and costs the same: for those who ask about accounts that are not
   * there. Nothing in the time tells the two apart. Its id.
   */
  readonly add: (unit: Transaction<Schema>, message: Message | null) => Promise<bigint>
  /**
   * Takes the messages whose turn has come, each for this process alone: for two minutes no other takes it. Where this one is
   * killed meanwhile, another tries again then.
   */
  readonly take: () => Promise<readonly DueMessage[]>
  /** It was sent. */
  readonly done: (due: DueMessage) => Promise<void>
  /** It was not: another time, or never. Whether never. */
  readonly failed: (due: DueMessage, reason: string, isFinal: boolean) => Promise<boolean>
  /** How many wait, counted up to a thousand, and since when the oldest does. */
  readonly waiting: () => Promise<{ readonly count: number; readonly isMore: boolean; readonly since: number | null }>
  /** The newest that wait, at most 100, for the outbox of development mode. */
  readonly list: () => Promise<readonly WaitingMessage[]>
}

export function createOutbox(options: OutboxOptions): Outbox {
  const { database, sealer, isOpen = true, reports, onAdded = () => undefined, clock = Date.now } = options

  function opened({ sealed }: Pick<MailOutboxRow, 'sealed'>): Message | null {
    const plain = sealer.open(purpose, sealed)
    return plain === null ? null : (JSON.parse(Buffer.from(plain).toString()) as Message)
  }

  async function take(): Promise<readonly DueMessage[]> {
    const now = Math.floor(clock())
    const taken = await database.write(async (unit) =>
      unit
        // Looked for once: as a part of the condition, PostgreSQL may look again for each row, and skip those that it has just taken.
        .with(
          (name) => name('due').materialized(),
          (read) => {
            const due = read.selectFrom('mail_outbox').select('id').where('next_attempt_at', '<=', now)
            const first = due.orderBy('next_attempt_at').orderBy('id').limit(atOnce)
            return database.dialect === 'postgres' ? first.forUpdate().skipLocked() : first
          },
        )
        .updateTable('mail_outbox')
        .set((value) => ({ attempts: value('attempts', '+', 1), next_attempt_at: now + lease }))
        .where('id', 'in', (read) => read.selectFrom('due').select('due.id'))
        .where('next_attempt_at', '<=', now)
        .returningAll()
        .execute(),
    )
    // What was never meant to be sent, and what is of no use any more.
    const isOver = (row: MailOutboxRow): boolean => row.kind === nothing.kind || row.expires_at < now
    const over = taken.filter(isOver).map(({ id }) => id)
    if (over.length > 0) {
      await database.write(async (unit) => unit.deleteFrom('mail_outbox').where('id', 'in', over).execute())
      if (over.length === taken.length) return take()
    }
    return taken
      .filter((row) => !isOver(row))
      .map((row) => ({
        id: row.id,
        attempts: row.attempts,
        expiresAt: row.expires_at,
        kind: row.kind,
        message: opened(row),
      }))
  }

  return {
    isOpen,

    add: async (unit, message) => {
      const id = database.newId()
      if (!isOpen) return id
      const now = Math.floor(clock())
      const sealed = sealer.seal(purpose, Buffer.from(JSON.stringify(message ?? nothing)))
      const row: MailOutboxRow = {
        id,
        kind: message?.kind ?? nothing.kind,
        sealed,
        attempts: 0,
        next_attempt_at: now,
        created_at: now,
        expires_at: message === null ? now : (message.expiresAt ?? now + giveUpAfter),
      }
      await unit.insertInto('mail_outbox').values(row).execute()
      database.afterCommit(unit, onAdded)
      return id
    },

    take,

    done: async ({ id, kind }) => {
      await database.write(async (unit) => {
        await unit.deleteFrom('mail_outbox').where('id', '=', id).execute()
        if (kind === reports?.kind) await reports.delivered(unit, id)
      })
    },

    failed: async (due, reason, isFinal) => {
      const next = Math.floor(clock()) + pauseAfter(due.attempts)
      if (isFinal || next >= due.expiresAt) {
        await database.write(async (unit) => {
          const gone = unit.deleteFrom('mail_outbox').where('id', '=', due.id).returning('id')
          if ((await gone.executeTakeFirst()) === undefined) return
          const detail = { kind: due.kind, reason, attempts: due.attempts }
          const subject = `mail:${formatId(due.id)}`
          await database.audit(unit, { event: 'mail.not_delivered', actor: 'system', subject, detail })
          if (due.kind === reports?.kind) await reports.failed(unit, due.id, { reason, isOver: true })
        })
        return true
      }
      await database.write(async (unit) => {
        await unit
          .updateTable('mail_outbox')
          .set({ next_attempt_at: next })
          .where('id', '=', due.id)
          .where('attempts', '=', due.attempts)
          .execute()
        if (due.kind === reports?.kind) await reports.failed(unit, due.id, { reason, isOver: false })
      })
      return false
    },

    waiting: async () => {
      const waiting = database.read.selectFrom('mail_outbox').select(['created_at']).where('kind', '<>', nothing.kind)
      const rows = await waiting.orderBy('id').limit(mostCounted).execute()
      return { count: rows.length, isMore: rows.length === mostCounted, since: rows[0]?.created_at ?? null }
    },

    list: async () => {
      const query = database.read.selectFrom('mail_outbox').selectAll().where('kind', '<>', nothing.kind)
      const rows = await query.orderBy('id', 'desc').limit(100).execute()
      return rows.flatMap((row) => {
        const message = opened(row)
        return message === null ? [] : [{ id: formatId(row.id), createdAt: row.created_at, message }]
      })
    },
  }
}

const purpose = 'mail'

/** As long as a short message, so that sealing it takes as long. */
const nothing = { kind: 'nothing', to: '', subject: '', parts: ['.'.repeat(600)] } satisfies Message

/** Milliseconds. */
const second = 1000
const giveUpAfter = 24 * 3600 * second
/** Longer than all that one attempt may take. */
const lease = 120 * second

/** 10 s, 40 s, then four times as long each time, up to an hour. */
function pauseAfter(attempts: number): number {
  return Math.min(10 * 4 ** (attempts - 1), 3600) * second
}

const mostCounted = 1000

/** How many are taken at once. */
const atOnce = 10
