import type { HistoryEntry } from '../pages/facts.ts'
import type { AuditEntry, AuditLog } from '../storage/audit-log.ts'

/** What the audit log has on a thing, newest first, for the page of that thing. */
export async function historyOf(auditLog: Pick<AuditLog, 'list'>, subject: string): Promise<readonly HistoryEntry[]> {
  const { entries } = await auditLog.list({ subject }, { limit: 20 })
  return entries.map(historyEntry)
}

/** An entry of the audit log in a line. */
export function historyEntry({ at, event, actor, address, detail }: AuditEntry): HistoryEntry {
  const said = Object.entries(detail).filter(([, value]) => value !== null && value !== '' && value !== undefined)
  const words = said.map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return { at, event, actor, address, detail: words.join(' · ') }
}
