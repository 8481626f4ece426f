import { html } from 'hono/html'
import { hiddenField } from './components.ts'
import type { Markup } from './layout.ts'
import { passkeyScript, webAuthnScript } from './passkey-script.ts'

export interface PasskeyFormOptions {
  readonly id: string
  /** Where the form goes. */
  readonly action: string
  /** The unseen fields that prove whose form it is, and those that go along. */
  readonly proof: Markup
  /** Whether a passkey is made or used. */
  readonly does: 'create' | 'get'
  /** What the browser is asked, as WebAuthn writes it in JSON. */
  readonly options: object
  /** Where newer options are had, once these are too old. */
  readonly renews: string
  readonly button: string
  /** Whether passkeys are offered where the username is typed, too (false). */
  readonly isAutofilled?: boolean
  /** Whether it is the main thing on its page (true). */
  readonly isFirst?: boolean
  /** Controls that go along, seen where scripts run (none). */
  readonly content?: Markup | ''
  /** What people without scripts, or whose browser knows no passkeys, read in place of the button. */
  readonly otherwise: string
}

/** A form whose button asks the browser for a passkey. Without scripts there is a sentence in its place. */
export function passkeyForm(form: PasskeyFormOptions): Markup {
  const { id, action, proof, does, options, renews, button, otherwise, content = '' } = form
  const { isAutofilled = false, isFirst = true } = form
  return html`<form
      method="post"
      action="${action}"
      id="${id}"
      data-passkey="${does}"
      data-options="${JSON.stringify(options)}"
      data-renews="${renews}"
      ${isAutofilled ? html` data-autofill` : ''}
    >
      ${proof} ${hiddenField('passkey', '')}
      <noscript
        ><p class="note" id="${id}-without-scripts">
          Passkeys need scripts, which are off here. ${otherwise}
        </p></noscript
      >
      <p class="note" id="${id}-unsupported" data-unsupported hidden>This browser has no passkeys. ${otherwise}</p>
      <div data-supported hidden>
        <p class="wrong" id="${id}-trouble" role="alert" data-trouble hidden></p>
        ${content}
        <button class="button${isFirst ? '' : ' second'}" type="submit" id="${id}-submit">${button}</button>
      </div>
    </form>
    <script src="${webAuthnScript.href}" defer></script>
    <script src="${passkeyScript.href}" defer></script>`
}
