import { html } from 'hono/html'
import type { Markup } from './layout.ts'

export interface RecoveryCodesShown {
  readonly codes: readonly string[]
  /** What the site is called, for the file. */
  readonly siteName: string
  /** Whose they are. */
  readonly name: string
  readonly onward: { readonly href: string; readonly text: string }
  /** What they are called (recovery codes). */
  readonly what?: string
  /** What one is good for (an app or passkey that is lost). */
  readonly use?: string
}

/** Recovery codes, shown this one time: to save, to print, and to write down. */
export function recoveryCodes(shown: RecoveryCodesShown): Markup {
  const { codes, siteName, name, onward, what = 'recovery codes', use = afterLoss } = shown
  const text = [
    `${what.slice(0, 1).toUpperCase()}${what.slice(1)} of ${name} at ${siteName}`,
    'Each works once.',
    '',
    ...codes,
    '',
  ].join('\n')
  return html`<p class="note" id="codes-note">
      Store these ${what} now. We keep only fingerprints; this page cannot be opened again.
    </p>
    <p>${use} Those from before do not work any more.</p>
    <ol class="codes${codes.some(({ length }) => length > 12) ? ' long' : ''}" id="codes" aria-describedby="codes-note">
      ${codes.map((code) => html`<li><code>${code}</code></li>`)}
    </ol>
    <p class="buttons">
      <a
        class="button small second"
        id="download-codes"
        download="${what.replaceAll(' ', '-')}.txt"
        href="data:text/plain;charset=utf-8,${encodeURIComponent(text)}"
        >Download as text</a
      >
      <button class="button small second" type="button" data-copies="codes" hidden>Copy</button>
      <button class="button small second" type="button" data-prints hidden>Print</button>
    </p>
    <p class="onward">
      <label class="check" for="stored" hidden
        ><input id="stored" type="checkbox" autocomplete="off" data-enables="codes-stored" />I have stored them</label
      >
    </p>
    <p><a class="button" id="codes-stored" href="${onward.href}">${onward.text}</a></p>`
}

const afterLoss = 'When you have lost your app or passkey, each of them lets you in once, after your password.'
