import type { Members } from '../organisations/members.ts'
import type { HistoryEntry } from '../pages/facts.ts'
import { shownName } from '../pages/shown-name.ts'
import { organisationEventWords } from './organisation-event-words.ts'
import { actorWords, ownAddress } from '../screens/actor-words.ts'
import { detailText } from '../screens/detail-text.ts'
import type { AuditEntry, AuditLog } from '../storage/audit-log.ts'

export interface OrganisationHistoryStores {
  readonly auditLog: Pick<AuditLog, 'list'>
  readonly members: Pick<Members, 'find'>
}

/**
 * The newest of what the audit log has on an organisation, or on a thing of it, for one of its members. Other members are told by
 * name and without their address, and nobody else is.
 */
export async function organisationHistory(
  { auditLog, members }: OrganisationHistoryStores,
  {
    subject,
    organisationId,
    userId,
  }: { readonly subject: string; readonly organisationId: string; readonly userId: string },
): Promise<readonly HistoryEntry[]> {
  const { entries } = await auditLog.list({ subject }, { limit: 10 })
  const names = new Map<string, string>()
  for (const id of new Set(
    entries.flatMap(({ actor, detail }) => [actor, ...Object.values(detail)].flatMap(usersIn)),
  )) {
    const member = await members.find(organisationId, id)
    if (member !== null) names.set(`user:${id}`, shownName(member.username, id))
  }
  return entries.map((entry) => ({
    at: entry.at,
    event: organisationEventWords(entry.event),
    actor: whoIn(entry, names, userId),
    address: ownAddress(entry, userId),
    detail: detailText({ detail: named(entry.detail, names) }),
  }))
}

function usersIn(value: unknown): readonly string[] {
  return typeof value === 'string' && value.startsWith('user:') ? [value.slice('user:'.length)] : []
}

function named(detail: AuditEntry['detail'], names: ReadonlyMap<string, string>): AuditEntry['detail'] {
  return Object.fromEntries(Object.entries(detail).map(([name, value]) => [name, names.get(String(value)) ?? value]))
}

/** Whoever is no member may have been one, or be an administrator of the server. */
function whoIn({ actor }: AuditEntry, names: ReadonlyMap<string, string>, userId: string): string {
  if (actor === `user:${userId}` || !actor.startsWith('user:')) return actorWords(actor, userId)
  return names.get(actor) ?? 'somebody who is no member'
}
