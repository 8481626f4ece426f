import { html } from 'hono/html'
import { field } from './components.ts'
import type { Markup } from './layout.ts'
import { qrCode } from './qr-code.ts'

/** What an app needs to know, shown this one time: to scan, to type, or to open on the device that has the app. */
export function authenticatorSecret({ uri, secret }: { readonly uri: string; readonly secret: string }): Markup {
  return html`<ol class="points">
      <li>
        Scan this with your authenticator app. If you have none: any app that knows “TOTP” will do, and many password
        managers do.
      </li>
      <li>Type the code that it shows then.</li>
    </ol>
    ${qrCode(uri, 'QR code for your authenticator app. The key below says the same.')}
    <div class="field">
      <label for="totp_secret">Cannot scan it? Type this key</label>
      <textarea
        id="totp_secret"
        class="secret"
        rows="2"
        readonly
        autocomplete="off"
        spellcheck="false"
        aria-describedby="totp_secret_hint"
      >
${secret}</textarea>
      <p class="hint" id="totp_secret_hint">
        It changes by time and has six digits. This page cannot be opened again; you can begin anew.
      </p>
    </div>
    <p class="buttons">
      <button class="button small second" type="button" data-copies="totp_secret" hidden>Copy the key</button>
      <a class="button small second" href="${uri}" id="totp_link">Open the app on this device</a>
    </p>`
}

/** The field for the code that shows that the app has it. */
export function authenticatorCode(wrong?: string): Markup {
  return field({
    id: 'id_code',
    name: 'code',
    label: 'Code',
    type: 'text',
    inputMode: 'numeric',
    autocomplete: 'one-time-code',
    maxLength: 20,
    isCode: true,
    wrong,
    hint: 'Six digits, as your app shows them now.',
  })
}
