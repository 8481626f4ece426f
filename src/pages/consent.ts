import { html } from 'hono/html'
import { hiddenField } from './components.ts'
import { layout, type Site } from './layout.ts'
import { shownName } from './shown-name.ts'

export interface ConsentPage {
  readonly site?: Site
  /** Where the form goes. */
  readonly action: string
  /** What the form carries, unseen: the request, and what proves that the form is ours. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** The name of the buttons. Their values are `allow` and `deny`. */
  readonly decision: string
  /** What the application calls itself. */
  readonly application: string
  /** Whether somebody here has looked at it. */
  readonly isReviewed: boolean
  /** Who is signed in, and where to go for somebody else. */
  readonly user: string
  readonly otherUser: string
  /** What it asks for, in sentences. */
  readonly scopes: readonly string[]
  /** Hosts of the resources it asks for, where it is not this site alone. */
  readonly resources: readonly string[]
  /** Where the answer goes: a redirect URI that is registered. */
  readonly redirectUri: string
  /** Days for which the answer is remembered; 0: it is not. */
  readonly remembered: number
}

/** Asks a person whether an application may. Both answers have the same weight. */
export async function consentPage(page: ConsentPage): Promise<string> {
  const { site, action, fields, decision, application, isReviewed, user, otherUser, scopes, resources } = page
  const name = shownName(application)
  const content = html`<p>
      <strong id="application"><bdi>${name}</bdi></strong> would like to use your account
      <strong id="account"><bdi>${user}</bdi></strong
      >.
      <a href="${otherUser}" id="other-account">Use another account</a>
    </p>
    <h2 id="scopes-heading">It will be able to</h2>
    <ul class="points" id="scopes" aria-labelledby="scopes-heading">
      ${scopes.map((sentence) => html`<li>${sentence}</li>`)}
    </ul>
    ${
      resources.length === 0
        ? ''
        : html`<p>
            This is for: ${resources.map((host, index) => html`${index === 0 ? '' : ', '}<strong>${host}</strong>`)}.
          </p>`
    }
    <p>Your answer goes to <strong id="redirect-host">${placeOf(page.redirectUri)}</strong>.</p>
    ${
      isReviewed
        ? ''
        : html`<p class="note" id="not-reviewed">
            This application registered by itself. Nobody here has looked at it, and its name may be made up.
          </p>`
    }
    <p class="quiet">
      ${
        page.remembered > 0
          ? html`If you allow this, you will not be asked again for ${page.remembered} days, unless it asks for more.`
          : html`You will be asked again next time.`
      }
    </p>
    <form method="post" action="${action}" id="consent">
      ${fields.map(([field, value]) => hiddenField(field, value))}
      <div class="choice">
        <button class="button second" type="submit" name="${decision}" value="deny" id="consent-deny">Deny</button>
        <button class="button second" type="submit" name="${decision}" value="allow" id="consent-allow">Allow</button>
      </div>
    </form>`
  return layout({ title: `Allow ${name}?`, site, content })
}

/** The host in full, as it is written: what has to be compared with where one meant to go. */
function placeOf(uri: string): string {
  const [, scheme = '', host = ''] = /^([a-z][a-z0-9+.-]*):(?:\/\/([^/?#]*))?/i.exec(uri) ?? []
  if (/^(127\.0\.0\.1|\[::1\]|localhost)(:|$)/.test(host)) return `a program on this computer (${host})`
  return host === '' ? `an application on this device (${scheme})` : host
}
