import type { Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { ClientMessageRow, Schema } from '../storage/schema.ts'

/** What was said about an application. Times are milliseconds since 1970. */
export interface AppMessage {
  readonly id: string
  readonly at: number
  /** `asked` for a review, `said` something, `returned` it to be changed, `reviewed` it. */
  readonly kind: 'asked' | 'said' | 'returned' | 'reviewed'
  /** Whether somebody wrote it who reviews, and not whoever answers for the application. */
  readonly isReviewer: boolean
  /** As the audit log has it. */
  readonly actor: string
  /** Empty where nothing was said with it. */
  readonly text: string
}

/** Characters of a message, and messages of an application. */
export const longestMessage = 2000
const mostMessages = 200

/** Throws `RequestRefused` (`invalid`) for a text that is too long, and for none where there has to be one. */
export function checkedMessage(text: string, isNeeded: boolean): string {
  const trimmed = text.replaceAll('\r\n', '\n').trim()
  if (trimmed === '' && isNeeded) throw wrong('Write what the other side has to know.')
  if (trimmed.length > longestMessage) throw wrong(`Write at most ${longestMessage} characters.`)
  // Nothing that a page or a terminal would act on.
  if (/[^\P{Cc}\n\t]/u.test(trimmed)) throw wrong('It holds a character that cannot be shown.')
  return trimmed
}

function wrong(message: string): RequestRefused {
  return new RequestRefused('invalid', undefined, { body: { text: [message] } })
}

/** Puts a message below the others, in the unit in which what it tells of happens. Throws `conflict` where there are too many. */
export async function addMessage(
  unit: Transaction<Schema>,
  message: Omit<ClientMessageRow, 'is_reviewer'> & { readonly isReviewer: boolean },
): Promise<void> {
  const { isReviewer, ...row } = message
  const there = await unit
    .selectFrom('client_messages')
    .select(({ fn }) => fn.countAll<number | bigint>().as('count'))
    .where('client_id', '=', row.client_id)
    .executeTakeFirstOrThrow()
  // Whoever reviews can always end it.
  if (Number(there.count) >= mostMessages && !isReviewer) {
    throw new RequestRefused('conflict', `There are ${mostMessages} messages about it, and no more are taken.`)
  }
  await unit
    .insertInto('client_messages')
    .values({ ...row, is_reviewer: isReviewer ? 1 : 0 })
    .execute()
}

/** The messages of an application, oldest first. */
export async function messagesOf({ read }: Pick<Database, 'read'>, clientKey: bigint): Promise<readonly AppMessage[]> {
  const rows = await read
    .selectFrom('client_messages')
    .selectAll()
    .where('client_id', '=', clientKey)
    .orderBy('id', 'desc')
    .limit(mostMessages)
    .execute()
  return rows.toReversed().map((row) => ({
    id: formatId(row.id),
    at: row.created_at,
    kind: row.kind as AppMessage['kind'],
    isReviewer: row.is_reviewer === 1,
    actor: row.actor,
    text: row.body,
  }))
}
