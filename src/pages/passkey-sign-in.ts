import { html } from 'hono/html'
import { hiddenField, problemSummary } from './components.ts'
import { layout, type Site } from './layout.ts'
import { passkeyForm } from './passkey-form.ts'

export interface PasskeySignInPage {
  readonly site?: Site
  readonly action: string
  readonly csrf: { readonly name: string; readonly token: string }
  /** Where to go afterwards: a path that was found safe (none). */
  readonly next?: string | null
  readonly passkey: { readonly options: object; readonly renews: string }
  /** Where to sign in by name and password. */
  readonly otherwise: string
  readonly problem?: string | null
}

/** The page to sign in with a passkey: a button, what that is, and another way. */
export async function passkeySignInPage(page: PasskeySignInPage): Promise<string> {
  const { site, action, csrf, next = null, passkey, otherwise, problem = null } = page
  const problems = problem === null ? [] : [{ message: problem, field: 'use-passkey-submit' }]
  const content = html`${problemSummary(problems)}
    <p>
      Your device asks for your fingerprint, face or screen lock, or for your security key, and tells us that it is you.
      Neither your finger nor a password is sent.
    </p>
    ${passkeyForm({
      id: 'use-passkey',
      action,
      proof: html`${hiddenField(csrf.name, csrf.token)} ${next === null ? '' : hiddenField('next', next)}`,
      does: 'get',
      ...passkey,
      button: 'Sign in with a passkey',
      otherwise: 'Sign in with your password.',
    })}
    <p class="after"><a href="${otherwise}" id="another-way">Sign in with a password</a></p>`
  return layout({ title: 'Sign in with a passkey', site, content, hasProblems: problems.length > 0 })
}
