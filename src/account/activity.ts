import { html } from 'hono/html'
import { moment } from '../pages/components.ts'
import { pager, table } from '../pages/table.ts'
import { actorWords, ownAddress } from '../screens/actor-words.ts'
import type { Screen } from '../screens/screen.ts'
import type { AuditLog } from '../storage/audit-log.ts'
import { eventWords } from './event-words.ts'
import { ownEvents } from './own-events.ts'

/** What was done by a person and to their account, in plain words. */
export function activity({ auditLog }: { readonly auditLog: Pick<AuditLog, 'list'> }): Screen {
  return {
    path: 'activity/',
    menu: { text: 'Activity' },
    show: async (visit) => {
      const after = visit.query.get('after') ?? undefined
      const { entries, next } = await ownEvents(auditLog, visit.user.id, { after, limit: 50 })
      return {
        title: 'Activity',
        content: html`<div class="toolbar">
            <p>What you did, and what was done to your account.</p>
            <a class="button small danger" href="/account/secure/" id="not-me">This was not me</a>
          </div>
          ${table({
            id: 'activity',
            caption: 'Activity of your account',
            empty: 'Nothing has been recorded.',
            columns: [{ heading: 'When' }, { heading: 'What' }, { heading: 'By' }, { heading: 'From' }],
            rows: entries.map(({ at, event, detail, actor, address }) => [
              moment(at),
              eventWords(event, detail),
              actorWords(actor, visit.user.id),
              ownAddress({ actor, address }, visit.user.id) ?? html`<span class="quiet">not known</span>`,
            ]),
          })}
          ${pager({ path: visit.path, query: visit.query, next, size: 50 })}`,
      }
    },
  }
}
