import { type RawBuilder, sql, type SqlBool, type Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import type { InvitationRow, Schema } from '../storage/schema.ts'

/**
 * Refuses an invitation that is one too many: whoever takes an organisation over gets no mailing list, neither by many
 * addresses, nor by one again and again. Throws `RequestRefused` (`conflict`).
 */
export async function checkPace(unit: Transaction<Schema>, row: InvitationRow): Promise<void> {
  const count = async (condition: RawBuilder<SqlBool>): Promise<number> => {
    const { found } = await unit
      .selectFrom('invitations')
      .select(sql<number>`count(*)`.as('found'))
      .where('organisation_id', '=', row.organisation_id)
      .where(condition)
      .executeTakeFirstOrThrow()
    return found
  }
  const now = row.created_at
  if ((await count(sql<SqlBool>`email_key = ${row.email_key} and sent_at > ${now - pause}`)) > 0) {
    throw new RequestRefused('conflict', 'They were invited less than a minute ago. Wait a moment.')
  }
  const isWaiting = sql<SqlBool>`accepted_at is null and cancelled_at is null and expires_at > ${now}`
  if ((await count(isWaiting)) >= mostWaiting) {
    throw new RequestRefused('conflict', `${mostWaiting} invitations wait for an answer. Cancel some first.`)
  }
  if ((await count(sql<SqlBool>`sent_at > ${now - day}`)) >= mostInADay) {
    throw new RequestRefused('conflict', `${mostInADay} invitations were sent within a day. Try again tomorrow.`)
  }
}

/** The same for one that is sent again. */
export function checkPause({ sent_at: sentAt }: InvitationRow, now: number): void {
  if (now >= sentAt + pause) return
  throw new RequestRefused('conflict', 'It was sent less than a minute ago. Wait a moment.')
}

/** Milliseconds between two mails to the same address. */
const pause = 60_000

/** Milliseconds. */
const day = 86_400_000

/** As many may wait in one organisation, and be sent by it in a day. */
const mostWaiting = 500
const mostInADay = 500
