import { html } from 'hono/html'
import type { EmailChanges } from '../accounts/by-mail/email-changes.ts'
import type { EmailVerifications } from '../accounts/by-mail/email-verifications.ts'
import type { UserRecord } from '../accounts/user-record.ts'
import type { Users } from '../accounts/users.ts'
import { RequestRefused } from '../core/errors.ts'
import { textControl } from '../pages/controls.ts'
import { badge, facts } from '../pages/facts.ts'
import { postForm } from '../pages/forms.ts'
import type { Markup } from '../pages/layout.ts'
import { type Faults, faultsOf, problemsOf } from '../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../screens/screen.ts'

export interface ProfileOptions {
  readonly users: Pick<Users, 'find' | 'update'>
  readonly emailChanges: Pick<EmailChanges, 'request' | 'waiting' | 'cancel'>
  readonly verifications: Pick<EmailVerifications, 'send'>
  /** Whether this site sends mail: without, an address cannot be proved. */
  readonly isMailOpen: boolean
}

/** What one is called here, and where one's mail goes. Both are changed after a fresh proof of who one is. */
export function profile(options: ProfileOptions): Screen {
  const { users, emailChanges, verifications, isMailOpen } = options
  return {
    path: 'profile/',
    menu: { text: 'Profile' },
    show: async (visit) => {
      const record = await recordOf(users, visit)
      const waiting = await emailChanges.waiting(visit.user.id)
      return {
        title: 'Profile',
        content: html`${facts([
            ['Username', html`<bdi id="username">${record.username}</bdi>`],
            ['E-mail address', addressFact(record)],
          ])}
          ${waiting === null ? '' : waitingNote(visit, waiting)} ${isMailOpen ? unverifiedNote(visit, record) : ''}
          <div class="buttons">
            <a class="button small second" id="change-username" href="${visit.path}username/">Change the username</a>
            ${
              isMailOpen
                ? html`<a class="button small second" id="change-email" href="${visit.path}email/"
                    >${record.email === null ? 'Add an e-mail address' : 'Change the e-mail address'}</a
                  >`
                : ''
            }
          </div>
          ${isMailOpen ? '' : html`<p class="quiet">This site sends no mail. Ask whoever runs it to change your address.</p>`}`,
      }
    },
    actions: {
      verify: {
        run: async (visit) => {
          const isSent = await verifications.send(visit.user.id, visit.by)
          return leave(visit.path, isSent ? 'A link is on its way to you.' : 'Your address is verified already.')
        },
      },
      cancel: {
        run: async (visit) => {
          await emailChanges.cancel(visit.user.id, visit.by)
          return leave(visit.path, 'The change is cancelled. The old address stays.')
        },
      },
    },
  }
}

/** Changes the username. */
export function changeUsername({ users }: Pick<ProfileOptions, 'users'>): Screen {
  const view = async (visit: Visit, typed: string, faults: Faults = {}): Promise<View> => ({
    title: 'Change the username',
    crumbs: [{ href: up(visit.path), text: 'Profile' }],
    problems: problemsOf(faults, { main: 'username' }),
    content: html`<p>You sign in with it, and others may see it. Your e-mail address works for signing in as well.</p>
      ${postForm({
        to: visit.path,
        proof: visit.form,
        action: 'rename',
        button: 'Change it',
        cancel: up(visit.path),
        content: textControl({
          id: 'username',
          name: 'username',
          label: 'Username',
          value: typed,
          required: true,
          autocomplete: 'username',
          maxLength: 254,
          wrong: faults['username'] ?? faults['main'],
        }),
      })}`,
  })
  return {
    path: 'profile/username/',
    isSensitive: true,
    show: async (visit) => view(visit, visit.user.name),
    actions: {
      rename: {
        run: async (visit) => {
          const typed = visit.text('username')
          try {
            await users.update(visit.user.id, { username: typed }, visit.by)
          } catch (error) {
            return view(visit, typed, faultsOf(error))
          }
          return leave(up(visit.path), 'Your username is changed.')
        },
      },
    },
  }
}

/** Asks for another address: it holds once the link that is mailed there was opened. */
export function changeEmail({ users, emailChanges, isMailOpen }: ProfileOptions): Screen {
  const view = async (visit: Visit, typed: string, faults: Faults = {}): Promise<View> => {
    const { email } = await recordOf(users, visit)
    return {
      title: email === null ? 'Add an e-mail address' : 'Change the e-mail address',
      crumbs: [{ href: up(visit.path), text: 'Profile' }],
      problems: problemsOf(faults, { new_email: 'new_email' }),
      content: html`${
        email === null
          ? ''
          : html`<p>
              Now it is <strong><bdi>${email}</bdi></strong
              >. It stays until you have opened the link that is mailed to the new one, and then it is told of the
              change.
            </p>`
      }
      ${postForm({
        to: visit.path,
        proof: visit.form,
        action: 'change',
        button: 'Mail me a link',
        cancel: up(visit.path),
        content: textControl({
          id: 'new_email',
          name: 'new_email',
          label: 'New e-mail address',
          type: 'email',
          value: typed,
          required: true,
          autocomplete: 'email',
          maxLength: 254,
          wrong: faults['new_email'],
        }),
      })}`,
    }
  }
  return {
    path: 'profile/email/',
    isSensitive: true,
    show: async (visit) => {
      if (!isMailOpen) throw new RequestRefused('not_found', 'This site sends no mail, so an address cannot be proved.')
      return view(visit, '')
    },
    actions: {
      change: {
        run: async (visit) => {
          const typed = visit.text('new_email')
          try {
            await emailChanges.request(visit.user.id, typed, visit.by)
          } catch (error) {
            return view(visit, typed, faultsOf(error))
          }
          return leave(up(visit.path), 'A link is on its way to the new address. The old one stays until you open it.')
        },
      },
    },
  }
}

async function recordOf(users: Pick<Users, 'find'>, { user }: Visit): Promise<UserRecord> {
  const record = await users.find(user.id)
  if (record === null) throw new RequestRefused('not_found')
  return record
}

function up(path: string): string {
  return path.replace(/[^/]+\/$/, '')
}

function addressFact({ email, emailVerified }: UserRecord): Markup | null {
  if (email === null) return null
  return html`<bdi id="email">${email}</bdi>
    ${emailVerified ? badge('Verified', 'good') : badge('Not verified', 'note')}`
}

function waitingNote(visit: Visit, waiting: string): Markup {
  return html`<div class="note" id="waiting">
    <p>
      A link was mailed to <strong><bdi>${waiting}</bdi></strong
      >. Open it to make that your address.
    </p>
    ${postForm({ to: visit.path, proof: visit.form, action: 'cancel', button: 'Cancel the change', kind: 'second', isInline: true })}
  </div>`
}

function unverifiedNote(visit: Visit, { email, emailVerified }: UserRecord): Markup | '' {
  if (email === null || emailVerified) return ''
  return html`<div class="note" id="unverified">
    <p>Confirm that you read mail at this address, so that you can get back in with it.</p>
    ${postForm({ to: visit.path, proof: visit.form, action: 'verify', button: 'Mail me a link', kind: 'second', isInline: true })}
  </div>`
}
