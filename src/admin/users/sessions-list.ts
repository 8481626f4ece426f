import { html } from 'hono/html'
import type { SessionList, SessionRecord } from '../../accounts/session-list.ts'
import type { Sessions } from '../../accounts/sessions.ts'
import type { Users } from '../../accounts/users.ts'
import { moment } from '../../pages/components.ts'
import { textControl } from '../../pages/controls.ts'
import { deviceName } from '../../pages/device-name.ts'
import { badge } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import { methodsInWords } from '../../pages/methods-in-words.ts'
import type { Markup } from '../../pages/layout.ts'
import { shownName } from '../../pages/shown-name.ts'
import { filterForm, pager, table } from '../../pages/table.ts'
import { askedPage } from '../../screens/asked-page.ts'
import { leave, type Screen } from '../../screens/screen.ts'
import { checkMayActOn } from '../acting-on.ts'
import { userSought } from '../user-sought.ts'

export interface SessionsListStores {
  readonly sessionList: SessionList
  readonly sessions: Pick<Sessions, 'end'>
  readonly users: Pick<Users, 'find' | 'findByLogin'>
}

/** Who is signed in, and where from. */
export function sessionsList({ sessionList, sessions, users }: SessionsListStores): Screen {
  return {
    path: 'sessions/',
    menu: { text: 'Sessions', group: 'People' },
    show: async (visit) => {
      const { path, query } = visit
      const user = await userSought(query, 'user', users)
      const { items, next } = await sessionList.page({ userId: user.id }, askedPage(query, size))
      return {
        title: 'Sessions',
        content: html`${filterForm({
          path,
          isFiltered: user.typed !== '',
          controls: [
            textControl({ id: 'user', name: 'user', label: 'Username or e-mail', value: user.typed, maxLength: 254 }),
          ],
        })}
        ${table({
          id: 'sessions',
          caption: 'Sessions',
          columns: [
            { heading: 'User' },
            { heading: 'Device' },
            { heading: 'Address' },
            { heading: 'Signed in' },
            { heading: 'Last seen' },
            { heading: 'How' },
            { heading: 'End' },
          ],
          rows: items.map(({ id, userId, username, userAgent, address, createdAt, lastSeenAt, amr }) => [
            html`<a href="/admin/users/${userId}/"><bdi>${shownName(username, userId)}</bdi></a>`,
            html`<bdi>${deviceName(userAgent)}</bdi> ${id === visit.signed.auth.id ? badge('This one', 'good') : ''}`,
            address ?? 'unknown',
            moment(createdAt),
            moment(lastSeenAt),
            methodsInWords(amr),
            postForm({
              to: path,
              proof: visit.form,
              action: 'end',
              fields: { session: id },
              button: 'End',
              kind: 'second',
              isInline: true,
            }),
          ]),
          empty: user.typed === '' ? 'Nobody is signed in.' : 'They are signed in nowhere, or there is no such user.',
        })}
        ${user.typed === '' ? '' : endAll(items)} ${pager({ path, query, next, size })}`,
      }
    },
    actions: {
      end: {
        run: async (visit) => {
          const session = await sessionList.read(visit.text('session'))
          if (session === null) return leave(visit.path, 'That session had ended already.')
          const user = await users.find(session.userId)
          if (user !== null) checkMayActOn(visit.user, user)
          const ended = await sessions.end(session.id, session.userId, visit.by)
          return leave(visit.path, ended ? 'The session has ended.' : 'That session had ended already.')
        },
      },
    },
  }
}

const size = 50

/** The way to end all of one user's, where there are several. */
function endAll([first, ...others]: readonly SessionRecord[]): Markup | '' {
  if (first === undefined || others.length === 0) return ''
  return html`<p>
    <a class="button small danger" id="end-all" href="/admin/users/${first.userId}/sign-out/"
      >End all sessions of ${shownName(first.username)}</a
    >
  </p>`
}
