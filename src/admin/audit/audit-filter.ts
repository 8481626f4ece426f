import type { Users } from '../../accounts/users.ts'
import { textControl } from '../../pages/controls.ts'
import type { Markup } from '../../pages/layout.ts'
import { dayTyped } from '../../screens/day-typed.ts'
import { sought } from '../../screens/sought.ts'
import type { AuditFilter } from '../../storage/audit-log.ts'

/** The filters of the audit log, as they stand in an address. */
const names = ['event', 'actor', 'subject', 'address', 'request', 'text', 'from', 'until'] as const
type Name = (typeof names)[number]

/** What is looked for, as it was typed. */
export type AuditQuery = Readonly<Record<Name, string>>

export function auditQueryIn(query: URLSearchParams): AuditQuery {
  return Object.fromEntries(names.map((name) => [name, sought(query, name)])) as AuditQuery
}

/** The same for an address: what is empty is left out. */
export function searchOf(query: AuditQuery): URLSearchParams {
  return new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ''))
}

/** What it means for the log. Whoever is named without a kind before it is a user, by name or address. */
export async function auditFilterOf(query: AuditQuery, users: Pick<Users, 'findByLogin'>): Promise<AuditFilter> {
  const subjectOf = async (text: string): Promise<string | undefined> => {
    if (text === '') return undefined
    if (text.includes(':') || text === 'system') return text
    const user = await users.findByLogin(text)
    return user === null ? text : `user:${user.id}`
  }
  const lastDay = dayTyped(query.until)
  return {
    event: textOr(query.event),
    actor: await subjectOf(query.actor),
    subject: await subjectOf(query.subject),
    address: textOr(query.address),
    requestId: textOr(query.request),
    text: textOr(query.text),
    // Days in UTC; what is none leaves that side open.
    from: dayTyped(query.from)?.start,
    until: lastDay === null ? undefined : lastDay.end + 1,
  }
}

/** The controls. */
export function auditControls(query: AuditQuery): readonly Markup[] {
  const control = (name: Name, label: string, type: 'text' | 'date' | 'search' = 'text'): Markup =>
    textControl({ id: name, name, label, type, value: query[name], maxLength: 254 })
  return [
    control('event', 'Event, or how it begins'),
    control('actor', 'By: username or kind:id'),
    control('subject', 'On: username or kind:id'),
    control('address', 'Address'),
    control('request', 'Request id'),
    control('text', 'Text in the details', 'search'),
    control('from', 'From day (UTC)', 'date'),
    control('until', 'Until day (UTC)', 'date'),
  ]
}

function textOr(text: string): string | undefined {
  return text === '' ? undefined : text
}
