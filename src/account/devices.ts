import { html } from 'hono/html'
import { RequestRefused } from '../core/errors.ts'
import type { Device, Sessions } from '../accounts/sessions.ts'
import { moment } from '../pages/components.ts'
import { badge } from '../pages/facts.ts'
import { confirmation, postForm } from '../pages/forms.ts'
import type { Markup } from '../pages/layout.ts'
import { table } from '../pages/table.ts'
import { leave, type Screen, type Visit } from '../screens/screen.ts'
import { deviceName } from '../pages/device-name.ts'

/** The devices that a person is signed in on: this one is marked, each can be signed out, or all others at once. */
export function devices({ sessions }: { readonly sessions: Pick<Sessions, 'list' | 'end' | 'endOthers'> }): Screen {
  return {
    path: 'devices/',
    menu: { text: 'Devices' },
    show: async (visit) => {
      const all = await sessions.list(visit.user.id)
      const others = all.filter(({ id }) => id !== visit.signed.auth.id).length
      return {
        title: 'Devices',
        content: html`<p>
            Where you are signed in. If you do not know one of them, sign it out and change your password.
          </p>
          ${table({
            id: 'devices',
            caption: 'Devices that are signed in',
            columns: [
              { heading: 'Device' },
              { heading: 'Address' },
              { heading: 'Signed in' },
              { heading: 'Last seen' },
              { heading: 'How' },
              { heading: 'Sign out' },
            ],
            rows: all.map((device) => rowOf(device, visit)),
          })}
          ${others === 0 ? '' : html`<p><a class="button small danger" id="end-others" href="${visit.path}others/">Sign out all others</a></p>`}`,
      }
    },
    actions: {
      end: {
        isForActing: true,
        run: async (visit) => {
          // Of somebody else's session one learns no more than of one that is over.
          const ended = await sessions.end(visit.text('session'), visit.user.id, visit.by)
          return leave(visit.path, ended ? 'The device is signed out.' : 'That device was signed out already.')
        },
      },
    },
  }
}

/** Asks before all others are signed out. */
export function otherDevices({ sessions }: { readonly sessions: Pick<Sessions, 'list' | 'endOthers'> }): Screen {
  const up = (path: string): string => path.replace(/others\/$/, '')
  return {
    path: 'devices/others/',
    show: async (visit) => {
      const count = (await sessions.list(visit.user.id)).filter(({ id }) => id !== visit.signed.auth.id).length
      if (count === 0) throw new RequestRefused('not_found', 'No other device is signed in.')
      return {
        title: 'Sign out all others?',
        crumbs: [{ href: up(visit.path), text: 'Devices' }],
        content: confirmation({
          to: visit.path,
          proof: visit.form,
          action: 'end-others',
          button: 'Sign out all others',
          what: 'Every device but this one has to sign in again.',
          stops: [`${count} ${count === 1 ? 'session' : 'sessions'}`],
          cancel: up(visit.path),
        }),
      }
    },
    actions: {
      'end-others': {
        run: async (visit) => {
          const count = await sessions.endOthers(visit.user.id, visit.signed.auth.id, visit.by)
          return leave(up(visit.path), count === 1 ? '1 device is signed out.' : `${count} devices are signed out.`)
        },
      },
    },
  }
}

function rowOf(device: Device, visit: Visit): readonly (Markup | string)[] {
  const { id, address, userAgent, createdAt, lastSeenAt, amr } = device
  const isThis = id === visit.signed.auth.id
  return [
    html`<bdi>${deviceName(userAgent)}</bdi> ${isThis ? badge('This device', 'good') : ''}`,
    address ?? 'unknown',
    moment(createdAt),
    moment(lastSeenAt),
    amr.map(inWords).join(', '),
    isThis
      ? html`<a href="/accounts/logout/">Sign out</a>`
      : postForm({
          to: visit.path,
          proof: visit.form,
          action: 'end',
          fields: { session: id },
          button: 'Sign out',
          kind: 'second',
          isInline: true,
        }),
  ]
}

/** How somebody proved who they are (RFC 8176), for people. */
function inWords(method: string): string {
  const words: Readonly<Record<string, string>> = {
    pwd: 'password',
    otp: 'one-time code',
    hwk: 'passkey',
    swk: 'passkey',
    mfa: 'two factors',
    email: 'code by e-mail',
    fed: 'another site',
  }
  return words[method] ?? method
}
