import { html } from 'hono/html'
import { hiddenField, problemSummary } from './components.ts'
import { textControl } from './controls.ts'
import { layout, type Site } from './layout.ts'
import { otherWays } from './notice.ts'
import { passkeyForm } from './passkey-form.ts'

export interface PasskeySetUpPage {
  readonly site?: Site | undefined
  readonly action: string
  readonly hidden: readonly (readonly [name: string, value: string])[]
  readonly username: string
  /** What the browser is asked, as WebAuthn writes it in JSON. */
  readonly options: object
  readonly renews: string
  /** Where a password is chosen instead. */
  readonly byPassword: string
  readonly problem: string | null
}

/** The page on which the first administrator makes a passkey. */
export async function passkeySetUpPage(page: PasskeySetUpPage): Promise<string> {
  const { site, action, hidden, username, options, renews, byPassword, problem } = page
  const problems = problem === null ? [] : [{ message: problem, field: 'set-up-passkey-submit' }]
  const content = html`${problemSummary(problems)}
    <p>
      With it, the account <strong id="account"><bdi>${username}</bdi></strong> is made, and you are in. Your device
      asks for your fingerprint, face or screen lock, or for a security key.
    </p>
    ${passkeyForm({
      id: 'set-up-passkey',
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
