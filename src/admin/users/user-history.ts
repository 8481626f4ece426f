import { html } from 'hono/html'
import type { Users } from '../../accounts/users.ts'
import type { AuditLog } from '../../storage/audit-log.ts'
import { pager } from '../../pages/table.ts'
import { askedPage } from '../../screens/asked-page.ts'
import type { Screen } from '../../screens/screen.ts'
import { auditTable } from '../audit/audit-table.ts'
import type { Names } from '../names.ts'
import { userFrame, userOf } from './user-frame.ts'

/** What was done to a user, and what they did. */
export function userHistory({
  users,
  log,
  names,
}: {
  readonly users: Pick<Users, 'find'>
  readonly log: Pick<AuditLog, 'list'>
  readonly names: Names
}): Screen {
  return {
    path: 'users/:id/history/',
    show: async (visit) => {
      const user = await userOf(visit, users)
      const isTheirs = visit.query.get('side') === 'by'
      const subject = `user:${user.id}`
      const { entries, next } = await log.list(isTheirs ? { actor: subject } : { subject }, {
        ...askedPage(visit.query, size),
      })
      return {
        ...userFrame(user),
        content: html`<p>
            ${
              isTheirs
                ? html`What they did. <a href="${visit.path}" id="other-side">What was done to them</a>`
                : html`What was done to them. <a href="${visit.path}?side=by" id="other-side">What they did</a>`
            }
          </p>
          ${await auditTable(entries, names, isTheirs ? 'They have done nothing yet.' : 'Nothing has been recorded.')}
          ${pager({ path: visit.path, query: visit.query, next, size })}`,
      }
    },
  }
}

const size = 50
