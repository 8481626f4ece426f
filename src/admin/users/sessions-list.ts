import { html } from 'hono/html'
import type { SessionList, SessionRecord } from '../../accounts/session-list.ts'
import type { Sessions } from '../../accounts/sessions.ts'
import type { Users } from '../../accounts/users.ts'
import { addressShown } from '../../pages/address-shown.ts'
import { moment } from '../../pages/components.ts'
import { deviceName } from '../../pages/device-name.ts'
import { badge } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import { methodsInWords } from '../../pages/methods-in-words.ts'
import type { Markup } from '../../pages/layout.ts'
import { shownName } from '../../pages/shown-name.ts'
import { filterForm, pager, table } from '../../pages/table.ts'
import { askedPage } from '../../screens/asked-page.ts'
import { noneSoFar } from '../../screens/none-so-far.ts'
import { leave, type Screen } from '../../screens/screen.ts'
import { checkMayActOn } from '../acting-on.ts'
import { searchOf, sessionsControls, sessionsMeant, sessionsQueryIn } from './sessions-query.ts'

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
      const wanted = sessionsQueryIn(query)
      const search = searchOf(wanted)
      const { filter, problems } = await sessionsMeant(wanted, users)
      const nobody = { items: [], next: null }
      const { items, next } = problems.length > 0 ? nobody : await sessionList.page(filter, askedPage(query, size))
      return {
        title: 'Sessions',
        problems,
        content: html`${filterForm({
          path,
          isFiltered: search.size > 0,
          controls: sessionsControls(wanted, problems),
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
            addressShown(address),
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
          empty: noneSoFar(next, 'sessions', emptyWords(search)),
        })}
        ${
          items.length === 0
            ? ''
            : html`<p>
                <a
                  class="button small danger"
                  id="end-filtered"
                  href="${path}end/${search.size === 0 ? '' : `?${search}`}"
                  >${search.size === 0 ? 'End all sessions' : 'End all that match'}</a
                >
                ${search.size === 1 && wanted.user !== '' ? endAll(items) : ''}
              </p>`
        }
        ${pager({ path, query, next, size })}`,
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

function emptyWords(search: URLSearchParams): string {
  if (search.size === 0) return 'Nobody is signed in.'
  return search.has('user') && search.size === 1
    ? 'They are signed in nowhere, or there is no such user.'
    : 'No session matches. Widen what you look for, or show all.'
}

/** The way to sign one user out everywhere, programs and all. */
function endAll([first]: readonly SessionRecord[]): Markup | '' {
  if (first === undefined) return ''
  return html`<a id="end-all" href="/admin/users/${first.userId}/sign-out/"
    >Sign ${shownName(first.username)} out of everything</a
  >`
}
