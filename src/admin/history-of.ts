import { html } from 'hono/html'
import { history, type HistoryEntry } from '../pages/facts.ts'
import type { Markup } from '../pages/layout.ts'
import { shownName } from '../pages/shown-name.ts'
import { detailText } from '../screens/detail-text.ts'
import type { AuditLog } from '../storage/audit-log.ts'
import type { Names } from './names.ts'

export interface Historian {
  readonly log: Pick<AuditLog, 'list'>
  readonly names: Names
}

/**
 * What the pages of things end with: the newest of what was done to one, and the way to all of it. `of` is its name in the
 * log, or the beginning of the events that are meant.
 */
export async function historyOf({ log, names }: Historian, of: string | { readonly event: string }): Promise<Markup> {
  const filter = typeof of === 'string' ? { subject: of } : of
  const { entries, next } = await log.list(filter, { limit: 10 })
  const named = await names(entries.map(({ actor }) => actor))
  const shown = entries.map((entry): HistoryEntry => ({
    at: entry.at,
    event: entry.event,
    actor: shownName(named.get(entry.actor)?.text ?? entry.actor, entry.actor),
    address: entry.address,
    detail: detailText(entry),
  }))
  return history(shown, next === null ? undefined : `/admin/audit/?${new URLSearchParams(filter)}`)
}

/** The way to all that was done with a credential, such as one that leaked: `api_key:4fQ…`, `client:…`. */
export function doneThrough(credential: string): Markup {
  const found = new URLSearchParams({ text: credential })
  return html`<p>
    <a href="/admin/audit/?${found.toString()}" id="done-through">All that was made and changed with it</a>
  </p>`
}
