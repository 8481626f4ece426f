import { html } from 'hono/html'
import type { UserRecord } from '../../accounts/user-record.ts'
import type { Users } from '../../accounts/users.ts'
import { RequestRefused } from '../../core/errors.ts'
import { moment } from '../../pages/components.ts'
import { copiedField } from '../../pages/copied-field.ts'
import { postForm } from '../../pages/forms.ts'
import { isSuperuser } from '../../permissions/is-superuser.ts'
import type { Screen, View } from '../../screens/screen.ts'
import type { By } from '../../tokens/owner.ts'
import { checkMayActOn } from '../acting-on.ts'
import { userFrame, userOf, userPath } from './user-frame.ts'

/** Makes a link with which a user chooses a new password, to be handed over. Throws `RequestRefused` (`conflict`) for a disabled one. */
export type MakeResetLink = (userId: string, by: By) => Promise<{ readonly url: string; readonly expiresAt: number }>

export interface UserResetLinkStores {
  readonly users: Pick<Users, 'find'>
  readonly makeResetLink: MakeResetLink
  /** Whether mail goes anywhere. */
  readonly isMailOpen: boolean
}

/** Throws `RequestRefused` (`conflict`) for whoever mail reaches: their link is mailed, and seen by nobody else (ASVS 6.4.6). */
export function checkUnreached({ email, isActive }: UserRecord, isMailOpen: boolean): void {
  if (!isActive) throw new RequestRefused('conflict', 'The account is disabled. Enable it first.')
  if (email === null || !isMailOpen) return
  throw new RequestRefused('conflict', 'They have an e-mail address: send the link there, where nobody else sees it.')
}

/** A link to a new password for somebody whom no mail reaches, shown once to whoever hands it over. */
export function userResetLink({ users, makeResetLink, isMailOpen }: UserResetLinkStores): Screen {
  return {
    path: 'users/:id/reset-link/',
    permission: isSuperuser,
    isSensitive: true,
    show: async (visit) => {
      const user = await userOf(visit, users)
      checkMayActOn(visit.user, user)
      checkUnreached(user, isMailOpen)
      return {
        ...frameOf(user),
        content: html`<p>
            For somebody whom no mail reaches. Be sure that it is they who get it: whoever opens the link chooses the
            password of the account. It works once, and it is recorded that you saw it.
          </p>
          ${postForm({ to: visit.path, proof: visit.onceForm, action: 'make', button: 'Show a link once', cancel: userPath(user.id) })}`,
      }
    },
    actions: {
      make: {
        isOnce: true,
        run: async (visit) => {
          const user = await userOf(visit, users)
          checkMayActOn(visit.user, user)
          checkUnreached(user, isMailOpen)
          return shown(user, await makeResetLink(user.id, visit.by))
        },
      },
    },
  }
}

function frameOf(user: UserRecord): Pick<View, 'title' | 'crumbs'> {
  const { title, crumbs = [] } = userFrame(user)
  return {
    title: `A link to a password for ${title}`,
    crumbs: [...crumbs, { href: userPath(user.id), text: title }],
  }
}

function shown(user: UserRecord, { url, expiresAt }: Awaited<ReturnType<MakeResetLink>>): View {
  return {
    ...frameOf(user),
    content: html`<p class="note" id="link-note">
        Hand it to them alone. It works once, until ${moment(expiresAt)}; this page cannot be opened again.
      </p>
      ${copiedField({ id: 'link', label: 'Link', value: url })}
      <div class="buttons">
        <button class="button small" type="button" data-copies="link" hidden>Copy</button>
        <a class="button small second" id="done" href="${userPath(user.id)}">Done</a>
      </div>`,
  }
}
