import { html } from 'hono/html'
import type { AcceptedTerms, AcceptedVersion } from '../../accounts/accepted-terms.ts'
import type { Groups } from '../../accounts/groups.ts'
import type { UserRecord } from '../../accounts/user-record.ts'
import type { Users } from '../../accounts/users.ts'
import { RequestRefused } from '../../core/errors.ts'
import { moment } from '../../pages/components.ts'
import { copyAs, facts, momentOr } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { leave, type Screen, type Visit } from '../../screens/screen.ts'
import type { By } from '../../tokens/owner.ts'
import { checkIsOther, checkMayActOn, mayActOn } from '../acting-on.ts'
import { apiCall } from '../../pages/api-call.ts'
import { configOf } from '../config-of.ts'
import { type Historian, historyOf } from '../history-of.ts'
import { userStanza } from '../stanzas.ts'
import { type NamedProviders, sourceInWords } from './source-words.ts'
import { userBadges, userFrame, userOf, userPath } from './user-frame.ts'

export interface UserProfileStores extends Historian {
  readonly users: Pick<Users, 'find' | 'enable'>
  readonly groups: Pick<Groups, 'of'>
  /** Whether they have asked for their account to be deleted. */
  readonly deletions: { readonly waiting: (userId: string) => Promise<{ readonly dueAt: number } | null> }
  /** Which terms they have accepted. */
  readonly acceptedTerms: Pick<AcceptedTerms, 'current' | 'list'>
  /** What people may sign in with elsewhere. */
  readonly social: { readonly providers: NamedProviders }
  /** Sends somebody a link to set their password with; `null` where no mail is sent. */
  readonly sendResetLink: SendResetLink | null
  /** Has them choose another password before they are let in again. */
  readonly requirePassword: (userId: string, by: By) => Promise<void>
  /** Forgets wrong passwords, so that they may try again at once. */
  readonly unlock: (userId: string, by: By) => Promise<void>
  /** Where the server is reached, for calls to copy. */
  readonly origin: string
}

/** Whether it went out: `false` where the address is not one that mail can go to. */
export type SendResetLink = (userId: string, by: By) => Promise<boolean>

/** What is known of a user, and what can be done about them. */
export function userProfile(stores: UserProfileStores): Screen {
  const { users, groups, sendResetLink, requirePassword, unlock, origin, acceptedTerms, deletions, social } = stores
  return {
    path: 'users/:id/',
    show: async (visit) => {
      const user = await userOf(visit, users)
      const theirs = await groups.of(user.id)
      const accepted = await acceptedTerms.list(user.id)
      const deletion = await deletions.waiting(user.id)
      return {
        ...userFrame(user),
        content: html`${facts([
          ['Username', html`<bdi>${user.username}</bdi>`],
          [
            'E-mail',
            user.email === null ? null : html`<bdi>${user.email}</bdi>${user.emailVerified ? '' : ' (not verified)'}`,
          ],
          ['Status', html`${userBadges(user).map((one) => html`${one} `)}`],
          ...(user.mergedInto === null
            ? []
            : [['Part of', html`<a href="${userPath(user.mergedInto)}">another account</a>`] as const]),
          ...(user.staffUntil === null ? [] : [['Staff until', moment(user.staffUntil)] as const]),
          ...(user.superuserUntil === null ? [] : [['Superuser until', moment(user.superuserUntil)] as const]),
          ...(deletion === null ? [] : [['To be deleted, as they wished', moment(deletion.dueAt)] as const]),
          ['Password', passwordText(user)],
          ['Permissions of their own', user.permissions.join(', ')],
          ['Groups', theirs.map(({ name }) => name).join(', ')],
          ...termsFact(acceptedTerms.current?.version ?? null, accepted),
          ['Created', moment(user.createdAt)],
          ['Where from', sourceInWords(user.source, social.providers)],
          ['Last sign-in', momentOr(user.lastLoginAt)],
          ['Id', html`<code>${user.id}</code>`],
        ])}
        ${mayActOn(visit.user, user) ? actionsFor(visit, user, sendResetLink !== null) : notYours(visit)}
        ${await historyOf(stores, `user:${user.id}`)}
        ${copyAs({
          call: apiCall(origin, 'GET', `/api/admin/users/${user.id}/`),
          config: configOf('users', userStanza(user, theirs)),
        })}`,
      }
    },
    actions: {
      enable: {
        run: async (visit) => {
          const user = await userOf(visit, users)
          checkMayActOn(visit.user, user)
          await users.enable(user.id, visit.by)
          return leave(userPath(user.id), 'The account is enabled. They can sign in again; what had ended stays ended.')
        },
      },
      'require-password': {
        run: async (visit) => {
          const user = await userOf(visit, users)
          checkMayActOn(visit.user, user)
          checkIsOther(visit.user, user, 'require another password for')
          await requirePassword(user.id, visit.by)
          return leave(
            userPath(user.id),
            'They are signed out everywhere, and have to choose another password when they sign in.',
          )
        },
      },
      unlock: {
        run: async (visit) => {
          const user = await userOf(visit, users)
          checkMayActOn(visit.user, user)
          await unlock(user.id, visit.by)
          return leave(userPath(user.id), 'Wrong passwords are forgotten: they may try again at once.')
        },
      },
      'send-reset': {
        run: async (visit) => {
          const user = await userOf(visit, users)
          checkMayActOn(visit.user, user)
          if (sendResetLink === null || user.email === null) throw new RequestRefused('conflict', cannotSend(user))
          const isSent = await sendResetLink(user.id, visit.by)
          if (!isSent) throw new RequestRefused('conflict', cannotSend(user))
          return leave(userPath(user.id), `A link to set a password is on its way to ${user.email}.`)
        },
      },
    },
  }
}

function passwordText({ hasPassword, passwordChangedAt }: UserRecord): Markup | string {
  if (!hasPassword) return 'none: they cannot sign in by password'
  return passwordChangedAt === null ? 'set' : html`set ${moment(passwordChangedAt)}`
}

function notYours({ user: { superuserUntil } }: Visit): Markup {
  return html`<p class="note" id="not-yours">
    ${
      superuserUntil === undefined
        ? 'This is the account of an administrator. Only a superuser may change it.'
        : 'This is the account of an administrator who is one for longer than you are a superuser. Only a superuser for good may change it.'
    }
  </p>`
}

function actionsFor({ path, form, user: actor }: Visit, user: UserRecord, mayMail: boolean): Markup {
  const isOwn = actor.id === user.id
  const isOther = !isOwn
  return html`<section class="section" aria-labelledby="actions-heading">
      <h2 id="actions-heading">What you can do</h2>
      <div class="buttons">
        <a class="button small" id="edit" href="${path}edit/">Edit</a>
        ${
          mayMail && user.email !== null && user.isActive
            ? postForm({
                to: path,
                proof: form,
                action: 'send-reset',
                button: 'Send a link to set a password',
                kind: 'second',
                isInline: true,
              })
            : ''
        }
        ${
          isOther && user.hasPassword && user.isActive
            ? postForm({
                to: path,
                proof: form,
                action: 'require-password',
                button: 'Require another password',
                kind: 'second',
                isInline: true,
              })
            : ''
        }
        ${
          isOther && user.isActive && actor.isSuperuser === true && (user.email === null || !mayMail)
            ? html`<a class="button small second" id="reset-link" href="${path}reset-link/"
                >Show a link to set a password</a
              >`
            : ''
        }
        ${postForm({ to: path, proof: form, action: 'unlock', button: 'Forget wrong passwords', kind: 'second', isInline: true })}
        <a class="button small second" id="sign-out" href="${path}sign-out/">End all sessions</a>
        ${isOther ? html`<a class="button small second" id="reset-factors" href="${path}reset-factors/">Take away second factors</a>` : ''}
        ${
          !user.isActive && user.mergedInto === null
            ? postForm({ to: path, proof: form, action: 'enable', button: 'Enable', isInline: true })
            : ''
        }
        ${
          isOther && user.isActive && actor.isSuperuser === true && !user.isStaff && !user.isSuperuser
            ? html`<a class="button small second" id="act-as" href="${path}act-as/">Sign in as them</a>`
            : ''
        }
        ${actor.isSuperuser === true && user.isActive ? html`<a class="button small second" id="merge" href="${path}merge/">Merge another account into this one</a>` : ''}
      </div>
      <p class="quiet">
        ${
          user.email === null
            ? 'They have no e-mail address: no link to set a password can be sent.'
            : mayMail
              ? 'Nobody sets or sees the password of somebody else: they set it by the link.'
              : 'This server sends no mail, so no link to set a password can be sent. Set it up first, or use the command line.'
        }
        ${isOwn ? html`This is your own account: use <a href="/account/">your account page</a> for your password and devices.` : ''}
      </p>
    </section>
    ${isOther ? dangerZone(path, user) : ''}`
}

function dangerZone(path: string, { isActive }: UserRecord): Markup {
  return html`<section class="section" aria-labelledby="danger-heading">
    <h2 id="danger-heading">Danger zone</h2>
    <div class="buttons">
      ${isActive ? html`<a class="button small danger" id="disable" href="${path}disable/">Disable</a>` : ''}
      <a class="button small danger" id="delete" href="${path}delete/">Delete</a>
    </div>
  </section>`
}

function cannotSend({ email }: UserRecord): string {
  return email === null
    ? 'They have no e-mail address. Add one first, then send the link.'
    : 'No link could be sent. Check that this server sends mail, and that the account is enabled.'
}

/** Which terms somebody has accepted, and whether they are those that hold. Nothing where there never were any. */
function termsFact(
  current: string | null,
  accepted: readonly AcceptedVersion[],
): readonly (readonly [string, Markup | string])[] {
  if (current === null && accepted.length === 0) return []
  const isDue = current !== null && !accepted.some(({ version }) => version === current)
  const all = accepted.map(({ version, acceptedAt }) => html`${version}, ${moment(acceptedAt)}<br />`)
  return [['Terms accepted', html`${all}${isDue ? `${current} not yet: asked at the next sign-in` : ''}`]]
}
