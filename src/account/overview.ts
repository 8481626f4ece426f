import { html } from 'hono/html'
import type { AccountDeletions } from '../accounts/by-mail/account-deletions.ts'
import type { Device, Sessions } from '../accounts/sessions.ts'
import type { UserRecord } from '../accounts/user-record.ts'
import type { Users } from '../accounts/users.ts'
import { moment } from '../pages/components.ts'
import { badge, facts, momentOr } from '../pages/facts.ts'
import type { Markup } from '../pages/layout.ts'
import { ownAddress } from '../screens/actor-words.ts'
import type { Screen } from '../screens/screen.ts'
import type { AuditLog } from '../storage/audit-log.ts'
import { deletionNote } from './data.ts'
import { eventWords, isRemarkable } from './event-words.ts'
import { ownEvents } from './own-events.ts'

/** What second factors a person has. */
export interface FactorCounts {
  readonly passkeys: number
  readonly hasAuthenticatorApp: boolean
  readonly recoveryCodes: number
}

export interface OverviewOptions {
  readonly users: Pick<Users, 'find'>
  readonly sessions: Pick<Sessions, 'list'>
  readonly auditLog: Pick<AuditLog, 'list'>
  readonly deletions: Pick<AccountDeletions, 'waiting'>
  readonly factors: (userId: string) => Promise<FactorCounts>
}

/** One's account at a glance: how it stands, what happened lately, and the one thing to do next. */
export function overview({ users, sessions, auditLog, deletions, factors }: OverviewOptions): Screen {
  return {
    path: '',
    menu: { text: 'Overview' },
    show: async (visit) => {
      const [record, devices, own, { entries }, deletion] = await Promise.all([
        users.find(visit.user.id),
        sessions.list(visit.user.id),
        factors(visit.user.id),
        ownEvents(auditLog, visit.user.id, { limit: 50 }),
        deletions.waiting(visit.user.id),
      ])
      const remarkable = entries
        .filter(({ event }) => isRemarkable(event))
        .slice(0, 8)
        .map((entry) => ({ ...entry, address: ownAddress(entry, visit.user.id) }))
      const next = recommendation({ email: record?.email ?? null, isVerified: record?.emailVerified === true, ...own })
      return {
        title: 'Your account',
        content: html`${deletion === null ? '' : deletionNote(visit, deletion)}
          ${
            next === null
              ? ''
              : html`<p class="note">${next.text} <a href="${next.href}" id="recommended">${next.link}</a></p>`
          }
          ${facts([
            ['Name', html`<bdi>${visit.user.name}</bdi>`],
            ['E-mail', emailFact(record?.email ?? null, record?.emailVerified === true)],
            [
              'Password',
              record?.hasPassword === true ? html`set ${momentOr(record.passwordChangedAt, 'some time ago')}` : 'none',
            ],
            ['Second factors', factorFact(own)],
            ['Last sign-in', momentOr(lastSignIn(record, devices))],
            [
              'Devices',
              html`<a href="/account/devices/">${devices.length === 1 ? '1 device' : `${devices.length} devices`}</a>`,
            ],
          ])}
          <section>
            <h2>Lately</h2>
            ${
              remarkable.length === 0
                ? html`<p class="quiet">Nothing that you need to look at.</p>`
                : html`<ol class="history">
                    ${remarkable.map(
                      ({ at, event, detail, address }) =>
                        html`<li>
                          ${moment(at)}
                          ${eventWords(event, detail)}${address === null ? '' : html` <span class="quiet">from ${address}</span>`}
                        </li>`,
                    )}
                  </ol>`
            }
            <p><a href="/account/activity/">All activity</a></p>
          </section>`,
      }
    },
  }
}

/** What the record says is written some seconds later, and a device that is signed in has come by a sign-in. */
function lastSignIn(record: UserRecord | null, devices: readonly Device[]): number | null {
  const times = [record?.lastLoginAt ?? null, ...devices.map(({ createdAt }) => createdAt)].filter((at) => at !== null)
  return times.length === 0 ? null : Math.max(...times)
}

interface Standing extends FactorCounts {
  readonly email: string | null
  readonly isVerified: boolean
}

/** One thing, not a list: the next that makes the most of a difference. */
function recommendation({ email, isVerified, passkeys, hasAuthenticatorApp, recoveryCodes }: Standing): {
  readonly text: string
  readonly link: string
  readonly href: string
} | null {
  if (passkeys === 0 && !hasAuthenticatorApp) {
    return { text: 'A password alone can be stolen.', link: 'Add a passkey', href: '/account/passkeys/' }
  }
  if (recoveryCodes === 0) {
    return {
      text: 'Should you lose your device, you are locked out.',
      link: 'Make recovery codes',
      href: '/account/recovery/',
    }
  }
  if (email !== null && !isVerified) {
    return { text: 'Your e-mail address is not verified.', link: 'Verify it', href: '/account/profile/' }
  }
  return null
}

function emailFact(email: string | null, isVerified: boolean): Markup | null {
  if (email === null) return null
  return html`<bdi>${email}</bdi> ${isVerified ? badge('verified', 'good') : badge('not verified', 'note')}`
}

function factorFact({ passkeys, hasAuthenticatorApp, recoveryCodes }: FactorCounts): string | null {
  const all = [
    ...(passkeys === 0 ? [] : [passkeys === 1 ? '1 passkey' : `${passkeys} passkeys`]),
    ...(hasAuthenticatorApp ? ['authenticator app'] : []),
    ...(recoveryCodes === 0 ? [] : [recoveryCodes === 1 ? '1 recovery code' : `${recoveryCodes} recovery codes`]),
  ]
  return all.length === 0 ? null : all.join(', ')
}
