import { html } from 'hono/html'
import { field, type Problem, showPassword } from './components.ts'
import type { Site } from './layout.ts'
import { emailField } from './new-password.ts'
import { otherWays } from './notice.ts'
import { plainFormPage } from './plain-form.ts'
import { type ShownTerms, termsField } from './terms-field.ts'

export interface SignUpPage {
  readonly site?: Site | undefined
  readonly action: string
  readonly hidden: readonly (readonly [name: string, value: string])[]
  readonly email: string
  /** What stands in the field for a username, `null` where none is asked for. */
  readonly username: string | null
  readonly isPasswordOptional: boolean
  readonly minLength: number
  /** What has to be accepted (nothing). */
  readonly terms: ShownTerms | null
  /** Who invites to what, in a sentence (nobody). */
  readonly invited: string | null
  /** The name of the field that nobody sees. */
  readonly trap: string
  readonly signIn: string
  /** Where one signs up with a passkey (nowhere). */
  readonly byPasskey?: string | null
  readonly problems: readonly Problem[]
}

/** The page to make an account: the fewest fields, the terms as text, and who invites. */
export async function signUpPage(page: SignUpPage): Promise<string> {
  const { site, action, hidden, email, username, isPasswordOptional, minLength, terms, invited, trap, signIn } = page
  const { problems, byPasskey = null } = page
  const wrongWith = (id: string): string | undefined => problems.find(({ field: one }) => one === id)?.message
  return plainFormPage({
    site,
    title: 'Create an account',
    intro: invited === null ? '' : html`<p class="note" id="invited">${invited}</p>`,
    action,
    id: 'sign-up',
    hidden,
    content: html`${emailField(email, problems)}
      ${
        username === null
          ? ''
          : field({
              id: 'id_username',
              name: 'username',
              label: 'Username',
              type: 'text',
              autocomplete: 'username',
              value: username,
              maxLength: 254,
              wrong: wrongWith('id_username'),
            })
      }
      ${field({
        id: 'id_password',
        name: 'password',
        label: isPasswordOptional ? 'Password (may be left empty)' : 'Password',
        type: 'password',
        autocomplete: 'new-password',
        isOptional: isPasswordOptional,
        hint: isPasswordOptional
          ? `Without one, you sign in by codes that are mailed to you. Else at least ${minLength} characters.`
          : `At least ${minLength} characters; a sentence is best. Any characters will do.`,
        wrong: wrongWith('id_password'),
        below: showPassword('id_password'),
      })}
      <div class="trap" aria-hidden="true">
        <label for="id_${trap}">Leave this empty</label>
        <input id="id_${trap}" name="${trap}" type="text" autocomplete="off" tabindex="-1" />
      </div>
      ${terms === null ? '' : termsField(terms, wrongWith('id_terms'))}`,
    button: 'Create the account',
    below: otherWays([
      ...(byPasskey === null
        ? []
        : [{ href: byPasskey, text: 'Use a passkey in place of a password', id: 'by-passkey' }]),
      { href: signIn, text: 'Sign in with an account that you have', id: 'back-to-sign-in' },
    ]),
    problems,
  })
}
