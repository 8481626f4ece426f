import { html } from 'hono/html'
import { moment } from '../../pages/components.ts'
import type { Markup } from '../../pages/layout.ts'
import { table } from '../../pages/table.ts'
import type { AuditEntry } from '../../storage/audit-log.ts'
import { detailText } from '../../screens/detail-text.ts'
import { linked } from '../linked.ts'
import type { Names } from '../names.ts'

/** Events as rows, each with a link that stays. */
export async function auditTable(
  entries: readonly AuditEntry[],
  names: Names,
  empty: Markup | string,
): Promise<Markup> {
  const named = await names(entries.flatMap(({ actor, subject }) => [actor, subject]))
  return table({
    id: 'events',
    caption: 'Events',
    columns: [{ heading: 'Time' }, { heading: 'Event' }, { heading: 'By' }, { heading: 'On' }, { heading: 'From' }],
    rows: entries.map((entry) => [
      html`<a href="/admin/audit/${entry.id}/">${moment(entry.at)}</a>`,
      html`${entry.event}${detailOf(entry)}`,
      linked(entry.actor, named),
      linked(entry.subject, named),
      entry.address ?? '',
    ]),
    empty,
  })
}

/** Enough to tell one from another: its own page has all of it. */
function detailOf(entry: AuditEntry): Markup | '' {
  const text = detailText(entry)
  if (text === '') return ''
  return html`<br /><span class="quiet event-detail">${text.length <= 140 ? text : `${text.slice(0, 139)}…`}</span>`
}
