import { html } from 'hono/html'
import { RequestRefused } from '../core/errors.ts'
import { counted } from '../accounts/holdings.ts'
import type { Device, Sessions } from '../accounts/sessions.ts'
import type { TrustedBrowser, TrustedBrowsers } from '../factors/trusted-browsers.ts'
import { addressShown } from '../pages/address-shown.ts'
import { moment } from '../pages/components.ts'
import { badge } from '../pages/facts.ts'
import { confirmation, postForm } from '../pages/forms.ts'
import type { Markup } from '../pages/layout.ts'
import { methodsInWords } from '../pages/methods-in-words.ts'
import { table } from '../pages/table.ts'
import { leave, type Screen, type Visit } from '../screens/screen.ts'
import { deviceName } from '../pages/device-name.ts'

export interface DevicesOptions {
  readonly sessions: Pick<Sessions, 'list' | 'end' | 'endOthers'>
  /** Browsers that do not ask for a second factor (there are none). */
  readonly trusted?: Pick<TrustedBrowsers, 'list' | 'end' | 'forget' | 'idOf'> | null
}

/** The devices that a person is signed in on, and the browsers that are remembered: this one is marked, each can be ended, or all others at once. */
export function devices({ sessions, trusted = null }: DevicesOptions): Screen {
  return {
    path: 'devices/',
    menu: { text: 'Devices' },
    show: async (visit) => {
      const all = await sessions.list(visit.user.id)
      const browsers = (await trusted?.list(visit.user.id)) ?? []
      const { sessions: others, browsers: otherBrowsers } = othersOf(visit, all, browsers, trusted)
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
          ${browsers.length === 0 ? '' : rememberedTable(visit, browsers, trusted?.idOf(visit.request) ?? null)}
          ${
            others + otherBrowsers === 0
              ? ''
              : html`<p>
                  <a class="button small danger" id="end-others" href="${visit.path}others/">Sign out all others</a>
                </p>`
          }`,
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
      'ask-again': {
        isForActing: true,
        run: async (visit) => {
          const was = (await trusted?.end(visit.text('browser'), visit.user.id, visit.by)) ?? false
          return leave(visit.path, was ? 'That browser asks again.' : 'That browser asks already.')
        },
      },
    },
  }
}

/** Asks before all others are signed out. */
export function otherDevices({ sessions, trusted = null }: DevicesOptions): Screen {
  const up = (path: string): string => path.replace(/others\/$/, '')
  return {
    path: 'devices/others/',
    show: async (visit) => {
      const browsers = (await trusted?.list(visit.user.id)) ?? []
      const others = othersOf(visit, await sessions.list(visit.user.id), browsers, trusted)
      if (others.sessions + others.browsers === 0) {
        throw new RequestRefused('not_found', 'No other device is signed in.')
      }
      return {
        title: 'Sign out all others?',
        crumbs: [{ href: up(visit.path), text: 'Devices' }],
        content: confirmation({
          to: visit.path,
          proof: visit.form,
          action: 'end-others',
          button: 'Sign out all others',
          what: 'Every device but this one has to sign in again, with the second factor where there is one.',
          stops: [...counted(others.sessions, 'session'), ...counted(others.browsers, 'remembered browser')],
          cancel: up(visit.path),
        }),
      }
    },
    actions: {
      'end-others': {
        run: async (visit) => {
          const count = await sessions.endOthers(visit.user.id, visit.signed.auth.id, visit.by)
          await trusted?.forget(visit.user.id, visit.by, visit.request)
          return leave(up(visit.path), count === 1 ? '1 device is signed out.' : `${count} devices are signed out.`)
        },
      },
    },
  }
}

/** How many there are beside those of this browser. */
function othersOf(
  { signed, request }: Visit,
  all: readonly Device[],
  browsers: readonly TrustedBrowser[],
  trusted: Pick<TrustedBrowsers, 'idOf'> | null,
): { readonly sessions: number; readonly browsers: number } {
  const own = trusted?.idOf(request) ?? null
  return {
    sessions: all.filter(({ id }) => id !== signed.auth.id).length,
    browsers: browsers.filter(({ id }) => id !== own).length,
  }
}

function rememberedTable(visit: Visit, browsers: readonly TrustedBrowser[], own: string | null): Markup {
  return html`<p>In these browsers you are not asked for the second factor when you sign in.</p>
    ${table({
      id: 'remembered',
      caption: 'Remembered browsers',
      isCaptionShown: true,
      columns: [
        { heading: 'Browser' },
        { heading: 'Address' },
        { heading: 'Remembered' },
        { heading: 'Until' },
        { heading: 'Ask again' },
      ],
      rows: browsers.map(({ id, userAgent, address, createdAt, expiresAt }) => [
        html`<bdi>${deviceName(userAgent)}</bdi> ${id === own ? badge('This browser', 'good') : ''}`,
        addressShown(address),
        moment(createdAt),
        moment(expiresAt),
        postForm({
          to: visit.path,
          proof: visit.form,
          action: 'ask-again',
          fields: { browser: id },
          button: 'Ask again',
          kind: 'second',
          isInline: true,
        }),
      ]),
    })}`
}

function rowOf(device: Device, visit: Visit): readonly (Markup | string)[] {
  const { id, address, userAgent, createdAt, lastSeenAt, amr } = device
  const isThis = id === visit.signed.auth.id
  return [
    html`<bdi>${deviceName(userAgent)}</bdi> ${isThis ? badge('This device', 'good') : ''}`,
    addressShown(address),
    moment(createdAt),
    moment(lastSeenAt),
    methodsInWords(amr),
    isThis
      ? html`<a class="button small second" href="/accounts/logout/">Sign out</a>`
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
