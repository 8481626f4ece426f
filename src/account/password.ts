import { html } from 'hono/html'
import { lifetimeAfter } from '../accounts/emergency-session.ts'
import type { Passwords } from '../accounts/passwords.ts'
import type { Sessions } from '../accounts/sessions.ts'
import type { Users } from '../accounts/users.ts'
import { seeOther } from '../http/see-other.ts'
import { moment, showPassword } from '../pages/components.ts'
import { check, textControl } from '../pages/controls.ts'
import { postForm } from '../pages/forms.ts'
import type { Markup } from '../pages/layout.ts'
import { type Faults, faultsOf, problemsOf } from '../screens/faults.ts'
import { leave, type Outcome, type Posted, type Screen, type View, type Visit } from '../screens/screen.ts'

export interface PasswordScreenOptions {
  readonly users: Pick<Users, 'find'>
  readonly passwords: Pick<Passwords, 'change' | 'set'>
  readonly sessions: Pick<Sessions, 'create' | 'cookie'>
  readonly csrf: { readonly cookie: (token: string) => string }
  /** The fewest characters of a password. */
  readonly minLength: number
  /** Where somebody gets a new one who has forgotten theirs (nowhere, where no mail is sent). */
  readonly resetPath: string | null
  /** Whether new passwords are looked up among breached ones. */
  readonly isLookedUp: boolean
}

/** Changes the password, for one who knows it. */
export function passwordScreen(options: PasswordScreenOptions): Screen {
  const { users, passwords } = options

  async function view(visit: Visit, faults: Faults = {}, endSessions = true): Promise<View | Outcome> {
    const record = await users.find(visit.user.id)
    // Who has none proves in another way who they are, and sets one.
    if (record?.hasPassword !== true) return leave(`${visit.path}set/`)
    return {
      title: 'Password',
      problems: problemsOf(faults),
      content: html`<p>
          ${record.passwordChangedAt === null ? 'Your password was set some time ago.' : html`Your password was set ${moment(record.passwordChangedAt)}.`}
        </p>
        ${postForm({
          to: isOnTheWay(visit) ? `${visit.path}?from=secure` : visit.path,
          proof: visit.form,
          action: 'change',
          button: 'Change the password',
          content: html`${hiddenName(visit)}
          ${textControl({
            id: 'current_password',
            name: 'current_password',
            label: 'Current password',
            type: 'password',
            required: true,
            autocomplete: 'current-password',
            wrong: faults['current_password'],
          })}
          ${newPassword(options, faults, endSessions)}`,
        })}
        ${
          options.resetPath === null
            ? ''
            : html`<p><a href="${options.resetPath}" id="forgotten">Forgotten your current password?</a></p>`
        }`,
    }
  }

  return {
    path: 'password/',
    menu: { text: 'Password' },
    show: async (visit) => viewOrLead(await view(visit)),
    actions: {
      change: {
        run: async (visit) => {
          const endSessions = visit.text('end_sessions') !== ''
          const change = {
            current: textOf(visit, 'current_password'),
            next: textOf(visit, 'new_password'),
            endSessions,
          }
          try {
            const ended = await passwords.change(visit.user.id, change, visit.by)
            return await signedInAgain(options, visit, endSessions ? ended : null)
          } catch (error) {
            return view(visit, faultsOf(error), endSessions)
          }
        },
      },
    },
  }
}

/** Sets the first password of somebody who signs in some other way. Whoever has one changes it by the other page. */
export function setPasswordScreen(options: PasswordScreenOptions): Screen {
  const { users, passwords } = options
  const up = (path: string): string => path.replace(/set\/$/, '')

  async function view(visit: Visit, faults: Faults = {}, endSessions = true): Promise<View | Outcome> {
    if ((await users.find(visit.user.id))?.hasPassword === true) return leave(up(visit.path))
    return {
      title: 'Set a password',
      problems: problemsOf(faults),
      content: html`<p>You have no password. With one, you can sign in by your username as well.</p>
        ${postForm({
          to: visit.path,
          proof: visit.form,
          action: 'set',
          button: 'Set the password',
          content: html`${hiddenName(visit)} ${newPassword(options, faults, endSessions)}`,
        })}`,
    }
  }

  return {
    path: 'password/set/',
    isSensitive: true,
    show: async (visit) => viewOrLead(await view(visit)),
    actions: {
      set: {
        run: async (visit) => {
          if ((await users.find(visit.user.id))?.hasPassword === true) {
            return leave(up(visit.path), 'You have a password already. Change it here.')
          }
          const endSessions = visit.text('end_sessions') !== ''
          try {
            const ended = await passwords.set(visit.user.id, textOf(visit, 'new_password'), visit.by, { endSessions })
            return await signedInAgain(options, { ...visit, path: up(visit.path) }, endSessions ? ended : null)
          } catch (error) {
            const { password, ...others } = faultsOf(error)
            const found = password === undefined ? others : { ...others, new_password: password }
            return view(visit, found, endSessions)
          }
        },
      },
    },
  }
}

/** Everything from before has ended, this session too: who proved who they are goes on with a new one. */
async function signedInAgain(
  { sessions, csrf }: Pick<PasswordScreenOptions, 'sessions' | 'csrf'>,
  visit: Posted,
  ended: number | null,
): Promise<Outcome> {
  const { signed, user, request } = visit
  const path = isOnTheWay(visit) ? '/account/secure/?step=3' : visit.path
  const changed = `Your password is changed. ${strengthInWords(textOf(visit, 'new_password'))}`
  if (ended === null) return leave(path, `${changed} Other devices stay signed in.`)
  const { value, csrfToken } = await sessions.create({
    userId: user.id,
    amr: signed.auth.amr,
    authenticatedAt: ended + 1,
    lifetime: lifetimeAfter(signed.auth, ended),
    address: request.address,
    userAgent: request.headers.get('user-agent'),
  })
  return {
    ...leave(path, `${changed} Every other device and application was signed out.`),
    headers: [
      ['set-cookie', sessions.cookie(value)],
      ['set-cookie', csrf.cookie(csrfToken)],
    ],
  }
}

/** How long it is, which is what counts (NIST SP 800-63B, section 5.1.1.2): what is tried first was refused before. */
function strengthInWords(password: string): string {
  const length = Array.from(password).length
  if (length >= 20) return 'It is long, and so it is strong.'
  return length >= 14 ? 'It is good.' : 'It is rather short: a sentence would be stronger.'
}

/** Whether it is a step of securing the account, which goes on then. */
function isOnTheWay({ query }: Visit): boolean {
  return query.get('from') === 'secure'
}

function newPassword(
  { minLength, isLookedUp }: PasswordScreenOptions,
  faults: Faults,
  /** As it was chosen, where something else was wrong. */
  endSessions: boolean,
): Markup {
  const hint = `At least ${minLength} characters; a sentence is best. Any characters will do.`
  return html`${textControl({
    id: 'new_password',
    name: 'new_password',
    label: 'New password',
    type: 'password',
    required: true,
    autocomplete: 'new-password',
    hint: isLookedUp ? `${hint} It must not be known from a breach.` : hint,
    wrong: faults['new_password'],
  })}
  ${showPassword('new_password')}
  ${check({
    id: 'end_sessions',
    name: 'end_sessions',
    label: 'Sign out everywhere else',
    hint: 'Every other device and application has to sign in again.',
    isChecked: endSessions,
  })}`
}

/** Tells password managers whose password it is. */
function hiddenName({ user }: Visit): Markup {
  return html`<input
    type="text"
    value="${user.name}"
    autocomplete="username"
    readonly
    hidden
    tabindex="-1"
    aria-label="Username"
  />`
}

/** As it was typed: blanks at the ends belong to a password. */
function textOf({ fields }: Posted, name: string): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : ''
  return typeof value === 'string' ? value : ''
}

function viewOrLead(outcome: View | Outcome): View | Extract<Outcome, { readonly body: string }> {
  if ('to' in outcome) return seeOther(outcome.to)
  return outcome
}
