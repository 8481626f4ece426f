import { html } from 'hono/html'
import { copiedField } from './copied-field.ts'
import type { Markup } from './layout.ts'
import { quoted } from './quoted.ts'

export interface SecretOnceOptions {
  /** What it is: `API key`, `client secret`. */
  readonly what: string
  readonly secret: string
  /** The name of the environment variable that examples use, such as `DOORWARD_KEY`. */
  readonly variable: string
  /** More that goes into the files, such as `{ client_id }` (nothing). */
  readonly beside?: Readonly<Record<string, string>>
  /** A curl line that reads the secret from that variable, so that it does not stay in the history of the shell. */
  readonly curl: string
  /** A button that tries it out from here (none). */
  readonly test?: Markup
  /** Where to go on. */
  readonly onward: { readonly href: string; readonly text: string }
}

/** A secret, shown this one time: to copy, to save as a file, and to try. */
export function secretOnce({ what, secret, variable, beside = {}, curl, test, onward }: SecretOnceOptions): Markup {
  const name = variable.toLowerCase()
  const env = [
    ...Object.entries(beside).map(([key, value]) => `${key.toUpperCase()}=${forEnv(value)}`),
    `${variable}=${secret}`,
  ]
  const json = JSON.stringify({ ...beside, [name]: secret }, null, 2)
  return html`<section>
    <p class="note" id="secret-note">
      Copy the ${what} now. We keep only a fingerprint; this page cannot be opened again.
    </p>
    ${copiedField({
      id: 'secret',
      label: `${what.slice(0, 1).toUpperCase()}${what.slice(1)}`,
      value: secret,
      isFirst: true,
    })}
    <div class="buttons">
      <button class="button small" type="button" data-copies="secret" hidden>Copy</button>
      <a
        class="button small second"
        id="download-env"
        download="${name}.env"
        href="${dataOf('text/plain', `${env.join('\n')}\n`)}"
        >Download as .env</a
      >
      <a
        class="button small second"
        id="download-json"
        download="${name}.json"
        href="${dataOf('application/json', `${json}\n`)}"
        >Download as JSON</a
      >
    </div>
    <h2>Try it</h2>
    <p>Put it into a variable first, so that it does not stay in the history of your shell:</p>
    <pre tabindex="0" aria-label="Commands to try it"><code id="try-it">read -rs ${variable}   # paste, then press Enter
${curl}</code></pre>
    <button class="button small second" type="button" data-copies="try-it" hidden>Copy the commands</button>
    ${test ?? ''}
    <p class="onward">
      <label class="check" for="stored" hidden
        ><input id="stored" type="checkbox" autocomplete="off" data-enables="secret-stored" />I have stored it</label
      >
    </p>
    <p><a class="button" id="secret-stored" href="${onward.href}">${onward.text}</a></p>
  </section>`
}

/** A shell that reads the file in must not run what stands there: an id that was taken over can hold any sign. */
function forEnv(value: string): string {
  return /^[\w.:/@-]*$/.test(value) ? value : quoted(value)
}

function dataOf(type: string, text: string): string {
  return `data:${type};charset=utf-8,${encodeURIComponent(text)}`
}
