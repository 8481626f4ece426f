import { html } from 'hono/html'
import { hiddenField, problemSummary } from './components.ts'
import { textControl } from './controls.ts'
import { layout, type Site } from './layout.ts'
import { otherWays } from './notice.ts'
import { passkeyForm } from './passkey-form.ts'
import { plainFormPage } from './plain-form.ts'
import { invitedNote, signUpFields, type SignUpForm } from './sign-up-fields.ts'

export interface PasskeySignUpPage extends SignUpForm {
  /** Where one signs up with a password. */
  readonly byPassword: string
}

/** The page to make an account that is signed in to by a passkey: it asks for the address that the link goes to. */
export async function passkeySignUpPage(page: PasskeySignUpPage): Promise<string> {
  const { site, action, hidden, invited, byPassword, problems } = page
  return plainFormPage({
    site,
    title: 'Create an account with a passkey',
    intro: html`${invitedNote(invited)}
      <p>
        A passkey takes the place of a password: you sign in with your fingerprint, face, screen lock or security key.
        First show that your e-mail address is yours; the link in the mail leads to the passkey.
      </p>`,
    action,
    id: 'passkey-sign-up',
    hidden,
    content: signUpFields(page),
    button: 'Mail me the link',
    below: otherWays([{ href: byPassword, text: 'Use a password instead', id: 'by-password' }]),
    problems,
  })
}

export interface PasskeyFirstPage {
  readonly site?: Site | undefined
  readonly action: string
  readonly renews: string
  readonly hidden: readonly (readonly [name: string, value: string])[]
  readonly email: string
  readonly name: string
  /** What the browser is asked, as WebAuthn writes it in JSON. */
  readonly options: object
  /** Where a password is chosen instead. */
  readonly byPassword: string
  readonly problem: string | null
}

/** The page on which the passkey of a new account is made. */
export async function passkeyFirstPage(page: PasskeyFirstPage): Promise<string> {
  const { site, action, renews, hidden, email, name, options, byPassword, problem } = page
  const problems = problem === null ? [] : [{ message: problem, field: 'first-passkey-submit' }]
  const content = html`${problemSummary(problems)}
    <p>
      Your account is <strong id="account"><bdi>${name}</bdi></strong
      >${name === email ? '' : html`, with the address <bdi>${email}</bdi>`}. With the passkey you confirm the address,
      and are in.
    </p>
    ${passkeyForm({
      id: 'first-passkey',
      action,
      proof: html`${hidden.map(([one, value]) => hiddenField(one, value))}`,
      does: 'create',
      options,
      renews,
      button: 'Make the passkey',
      otherwise: 'Choose a password instead, below.',
      content: textControl({
        id: 'name',
        name: 'name',
        label: 'Name of the passkey',
        maxLength: 60,
        hint: 'Such as “My phone”.',
      }),
    })}
    ${otherWays([{ href: byPassword, text: 'Choose a password instead', id: 'choose-password' }])}`
  return layout({ title: 'Make your passkey', site, content, hasProblems: problems.length > 0 })
}
