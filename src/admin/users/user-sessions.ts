import { html } from 'hono/html'
import type { Device, Sessions } from '../../accounts/sessions.ts'
import type { Users } from '../../accounts/users.ts'
import { addressShown } from '../../pages/address-shown.ts'
import { moment } from '../../pages/components.ts'
import { deviceName } from '../../pages/device-name.ts'
import { badge } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import { methodsInWords } from '../../pages/methods-in-words.ts'
import { type Cell, table } from '../../pages/table.ts'
import { leave, type Screen, type Visit } from '../../screens/screen.ts'
import { checkMayActOn, mayActOn } from '../acting-on.ts'
import { userFrame, userOf } from './user-frame.ts'

export interface UserSessionsStores {
  readonly users: Pick<Users, 'find'>
  readonly sessions: Pick<Sessions, 'list' | 'end'>
}

/** Where a user is signed in; each session can be ended. */
export function userSessions({ users, sessions }: UserSessionsStores): Screen {
  return {
    path: 'users/:id/sessions/',
    show: async (visit) => {
      const user = await userOf(visit, users)
      const all = await sessions.list(user.id)
      const mayEnd = mayActOn(visit.user, user)
      return {
        ...userFrame(user),
        content: html`${table({
          id: 'sessions',
          caption: 'Sessions',
          columns: [
            { heading: 'Device' },
            { heading: 'Address' },
            { heading: 'Signed in' },
            { heading: 'Last seen' },
            { heading: 'How' },
            ...(mayEnd ? [{ heading: 'End' }] : []),
          ],
          rows: all.map((device) => rowOf(device, visit, mayEnd)),
          empty: 'They are signed in nowhere.',
        })}
        ${all.length > 1 && mayEnd ? html`<p><a class="button small danger" id="end-all" href="/admin/users/${user.id}/sign-out/">End all sessions</a></p>` : ''}`,
      }
    },
    actions: {
      end: {
        run: async (visit) => {
          const user = await userOf(visit, users)
          checkMayActOn(visit.user, user)
          const ended = await sessions.end(visit.text('session'), user.id, visit.by)
          return leave(visit.path, ended ? 'The session has ended.' : 'That session had ended already.')
        },
      },
    },
  }
}

function rowOf(
  { id, address, userAgent, createdAt, lastSeenAt, amr }: Device,
  visit: Visit,
  mayEnd: boolean,
): readonly Cell[] {
  return [
    html`<bdi>${deviceName(userAgent)}</bdi> ${id === visit.signed.auth.id ? badge('This one', 'good') : ''}`,
    addressShown(address),
    moment(createdAt),
    moment(lastSeenAt),
    methodsInWords(amr),
    ...(mayEnd
      ? [
          postForm({
            to: visit.path,
            proof: visit.form,
            action: 'end',
            fields: { session: id },
            button: 'End',
            kind: 'second',
            isInline: true,
          }),
        ]
      : []),
  ]
}
