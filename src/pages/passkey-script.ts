import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** A script, and where pages look for it. The address changes with it, so it may be kept for ever. */
interface Script {
  readonly href: string
  readonly js: string
}

/**
 * What asks the browser for a passkey. A form with `data-passkey` (`create` or `get`) holds in `data-options` what is asked for; its
 * button is there only where scripts run and the browser knows passkeys. The answer goes into the field `passkey`, and the form
 * is sent. With `data-autofill`, passkeys are offered where the username is typed, too. A challenge is good for five minutes:
 * an older page asks `data-renews` for a new one first.
 */
const js = `const { browserSupportsWebAuthn, browserSupportsWebAuthnAutofill, startAuthentication, startRegistration } = SimpleWebAuthnBrowser
const renewedAfter = 240000
for (const form of document.querySelectorAll('form[data-passkey]')) {
  if (!browserSupportsWebAuthn()) {
    form.querySelector('[data-unsupported]')?.removeAttribute('hidden')
    continue
  }
  let made = Date.now()
  let options = JSON.parse(form.dataset.options)
  const trouble = form.querySelector('[data-trouble]')
  for (const part of form.querySelectorAll('[data-supported]')) part.hidden = false

  async function fresh() {
    if (Date.now() - made < renewedAfter) return options
    const token = form.elements.namedItem('csrfmiddlewaretoken')?.value ?? ''
    const answer = await fetch(form.dataset.renews, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-csrftoken': token },
      body: '{}',
    })
    if (!answer.ok) throw new Error('not renewed')
    options = await answer.json()
    made = Date.now()
    return options
  }

  function send(answer) {
    form.elements.namedItem('passkey').value = JSON.stringify(answer)
    form.submit()
  }

  async function ask(isAutofill) {
    const optionsJSON = await fresh()
    send(form.dataset.passkey === 'create'
      ? await startRegistration({ optionsJSON })
      : await startAuthentication({ optionsJSON, useBrowserAutofill: isAutofill }))
  }

  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const button = form.querySelector('button[type=submit]')
    trouble.hidden = true
    button.disabled = true
    try {
      await ask(false)
    } catch (error) {
      trouble.textContent = error.name === 'InvalidStateError' || error.cause?.name === 'InvalidStateError'
        ? 'This device or key has a passkey for your account already.'
        : error.name === 'NotAllowedError' || error.name === 'AbortError' || error.cause?.name === 'NotAllowedError'
          ? 'No passkey was chosen. Try again, or choose another way.'
          : 'The passkey could not be used here. Load this page again, or choose another way.'
      trouble.hidden = false
      button.disabled = false
      button.focus()
    }
  })

  if (form.hasAttribute('data-autofill')) {
    browserSupportsWebAuthnAutofill().then((is) => is ? ask(true) : undefined).catch(() => undefined)
  }
}
`

export const passkeyScript: Script = named('passkey', js)

/** The browser's half of SimpleWebAuthn, as its package has it: it defines `SimpleWebAuthnBrowser`. */
export const webAuthnScript: Script = named(
  'webauthn',
  readFileSync(join(packageFolder('@simplewebauthn/browser'), 'dist', 'bundle', 'index.umd.min.js'), 'utf8'),
)

function named(name: string, text: string): Script {
  return { href: `/static/${name}-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.js`, js: text }
}

/** Its main file is one folder below. */
function packageFolder(name: string): string {
  return dirname(dirname(createRequire(import.meta.url).resolve(name)))
}
