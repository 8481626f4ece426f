import { html } from 'hono/html'
import { field, type Problem, showPassword } from './components.ts'
import { check } from './controls.ts'
import type { Markup, Site } from './layout.ts'
import { otherWays } from './notice.ts'
import { plainFormPage } from './plain-form.ts'

export interface ForgottenPasswordPage {
  readonly site?: Site | undefined
  readonly action: string
  readonly hidden: readonly (readonly [name: string, value: string])[]
  /** What was typed (nothing). */
  readonly email?: string
  readonly signIn: string
  readonly problems?: readonly Problem[]
}

/** Asks for the address that a link to a new password is mailed to. */
export async function forgottenPasswordPage(page: ForgottenPasswordPage): Promise<string> {
  const { site, action, hidden, email = '', signIn, problems = [] } = page
  return plainFormPage({
    site,
    title: 'Forgotten password',
    intro: html`<p>Enter the e-mail address of your account. A link to choose a new password is mailed there.</p>`,
    action,
    id: 'forgotten',
    hidden,
    content: emailField(email, problems),
    button: 'Mail me a link',
    below: otherWays([{ href: signIn, text: 'Back to sign in', id: 'back-to-sign-in' }]),
    problems,
  })
}

export interface NewPasswordPage {
  readonly site?: Site | undefined
  /** What the page is called (Choose a new password). */
  readonly title?: string
  readonly intro?: Markup | ''
  readonly action: string
  readonly hidden: readonly (readonly [name: string, value: string])[]
  /** Whose password it is: for the password manager, and so that nobody mixes accounts up. */
  readonly username: string
  /** The fewest characters of a password. */
  readonly minLength: number
  /** Whether to ask if everybody else is to be signed out; it is so unless they uncheck it (false). */
  readonly asksToEnd?: boolean
  readonly button?: string
  readonly problems?: readonly Problem[]
}

/** Asks for a new password. */
export async function newPasswordPage(page: NewPasswordPage): Promise<string> {
  const { site, title = 'Choose a new password', intro = '', action, hidden, username, minLength } = page
  const { asksToEnd = false, button = 'Set the password', problems = [] } = page
  return plainFormPage({
    site,
    title,
    intro: html`${intro}
      <p>
        Account: <strong id="account"><bdi>${username}</bdi></strong>
      </p>`,
    action,
    id: 'new-password',
    hidden,
    content: html`<input
        type="text"
        name="username"
        value="${username}"
        autocomplete="username"
        readonly
        hidden
        tabindex="-1"
        aria-label="Username"
      />
      ${newPasswordField(minLength, problems)}
      ${
        asksToEnd
          ? check({
              id: 'id_end_sessions',
              name: 'end_sessions',
              label: 'Sign out everywhere else',
              hint: 'Every device and application that was signed in to this account has to sign in again.',
              isChecked: true,
            })
          : ''
      }`,
    button,
    problems,
  })
}

/** The field for a new password, with what a good one is. */
function newPasswordField(minLength: number, problems: readonly Problem[] = []): Markup {
  const wrong = problems.find(({ field: id }) => id === 'id_new_password')?.message
  return field({
    id: 'id_new_password',
    name: 'new_password',
    label: 'New password',
    type: 'password',
    autocomplete: 'new-password',
    hint: `At least ${minLength} characters; a sentence is best. Any characters will do.`,
    wrong,
    below: showPassword('id_new_password'),
  })
}

/** The field for an e-mail address. */
export function emailField(value: string, problems: readonly Problem[] = [], label = 'E-mail address'): Markup {
  return field({
    id: 'id_email',
    name: 'email',
    label,
    type: 'email',
    autocomplete: 'email',
    value,
    maxLength: 254,
    wrong: problems.find(({ field: id }) => id === 'id_email')?.message,
  })
}
