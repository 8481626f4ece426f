import type { HistoryEntry } from '../pages/facts.ts'
import { actorWords, ownAddress } from '../screens/actor-words.ts'
import { detailText } from '../screens/detail-text.ts'
import type { AuditEntry, AuditLog } from '../storage/audit-log.ts'
import { historyWords } from './history-words.ts'

/** What the audit log has on a thing, newest first, for the page of that thing and for the person who answers for it. */
export async function historyOf(
  auditLog: Pick<AuditLog, 'list'>,
  subject: string,
  userId: string,
): Promise<readonly HistoryEntry[]> {
  const { entries } = await auditLog.list({ subject }, { limit: 20 })
  return entries.map((entry) => ({
    at: entry.at,
    event: historyWords[entry.event] ?? entry.event,
    actor: actorWords(entry.actor, userId),
    address: ownAddress(entry, userId),
    detail: detailText({ detail: toldOf(entry) }),
  }))
}

function toldOf({ detail }: AuditEntry): AuditEntry['detail'] {
  return Object.fromEntries(Object.entries(detail).filter(([name]) => !untold.has(name)))
}

/** What says nothing to them: what it is called and whose it is stands on the page, and the rest is for programs. */
const untold: ReadonlySet<string> = new Set([
  'name',
  'owner',
  'answering',
  'source',
  'digest',
  'auth_method',
  'grant_types',
])
