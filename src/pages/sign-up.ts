import { html } from 'hono/html'
import { field, showPassword } from './components.ts'
import { otherWays } from './notice.ts'
import { plainFormPage } from './plain-form.ts'
import { invitedNote, signUpFields, type SignUpForm } from './sign-up-fields.ts'

export interface SignUpPage extends SignUpForm {
  readonly isPasswordOptional: boolean
  readonly minLength: number
  /** The name of the field that nobody sees. */
  readonly trap: string
  readonly signIn: string
  /** Where one signs up with a passkey (nowhere). */
  readonly byPasskey?: string | null
}

/** The page to make an account: the fewest fields, the terms as text, and who invites. */
export async function signUpPage(page: SignUpPage): Promise<string> {
  const { site, action, hidden, isPasswordOptional, minLength, invited, trap, signIn, problems } = page
  const { byPasskey = null } = page
  return plainFormPage({
    site,
    title: 'Create an account',
    intro: invitedNote(invited),
    action,
    id: 'sign-up',
    hidden,
    content: signUpFields(
      page,
      html`${field({
          id: 'id_password',
          name: 'password',
          label: isPasswordOptional ? 'Password (may be left empty)' : 'Password',
          type: 'password',
          autocomplete: 'new-password',
          isOptional: isPasswordOptional,
          hint: isPasswordOptional
            ? `Without one, you sign in by codes that are mailed to you. Else at least ${minLength} characters.`
            : `At least ${minLength} characters; a sentence is best. Any characters will do.`,
          wrong: problems.find(({ field: one }) => one === 'id_password')?.message,
          below: showPassword('id_password'),
        })}
        <div class="trap" aria-hidden="true">
          <label for="id_${trap}">Leave this empty</label>
          <input id="id_${trap}" name="${trap}" type="text" autocomplete="off" tabindex="-1" />
        </div>`,
    ),
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
