import type { AuditEntry, AuditLog } from '../storage/audit-log.ts'

/** What somebody did, and what was done to their account, newest first: both have an index, so each is read by its own. */
export async function ownEvents(
  auditLog: Pick<AuditLog, 'list'>,
  userId: string,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<{ readonly entries: readonly AuditEntry[]; readonly next: string | null }> {
  const name = `user:${userId}`
  const page = { limit: limit + 1, ...(after === undefined ? {} : { after }) }
  const [by, to] = await Promise.all([auditLog.list({ actor: name }, page), auditLog.list({ subject: name }, page)])
  const all = new Map([...by.entries, ...to.entries].map((entry) => [entry.id, entry]))
  // Ids are made in the order of time, and written so that their texts sort as they do.
  const sorted = [...all.values()].toSorted((a, b) => (a.id < b.id ? 1 : -1))
  const entries = sorted.slice(0, limit)
  return { entries, next: sorted.length > limit ? (entries.at(-1)?.id ?? null) : null }
}
