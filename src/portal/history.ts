import type { HistoryEntry } from '../pages/facts.ts'
import { actorWords, ownAddress } from '../screens/actor-words.ts'
import { detailText } from '../screens/detail-text.ts'
import type { AuditLog } from '../storage/audit-log.ts'

/** What the audit log has on a thing, newest first, for the page of that thing and for the person who answers for it. */
export async function historyOf(
  auditLog: Pick<AuditLog, 'list'>,
  subject: string,
  userId: string,
): Promise<readonly HistoryEntry[]> {
  const { entries } = await auditLog.list({ subject }, { limit: 20 })
  return entries.map((entry) => ({
    at: entry.at,
    event: entry.event,
    actor: actorWords(entry.actor, userId),
    address: ownAddress(entry, userId),
    detail: detailText(entry),
  }))
}
