import { html } from 'hono/html'
import { hiddenField, moment } from './components.ts'
import { layout, type Site } from './layout.ts'
import { shownName } from './shown-name.ts'

export interface DeviceConfirmPage {
  readonly site?: Site
  /** Where the form goes. */
  readonly action: string
  /** What the form carries, unseen: which device, and what proves that the form is ours. */
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
  /** As the device shows it. */
  readonly userCode: string
  /** What it asks for, in sentences. */
  readonly scopes: readonly string[]
  /** Hosts of the resources it asks for, where it is not this site alone. */
  readonly resources: readonly string[]
  /** Where the device asked from, and when, in milliseconds since 1970. */
  readonly address: string | null
  readonly time: number
}

/**
 * Asks a person whether a device may. Whoever talks people into typing a code that is not theirs gets in with their account
 * (RFC 8628, section 5.4): so it says what is asked for, from where, and that the device has to be theirs.
 */
export async function deviceConfirmPage(page: DeviceConfirmPage): Promise<string> {
  const { site, action, fields, decision, application, isReviewed, user, otherUser, userCode } = page
  const { scopes, resources, address, time } = page
  const name = shownName(application)
  const content = html`<p>
      <strong id="application"><bdi>${name}</bdi></strong> on a device would like to use your account
      <strong id="account"><bdi>${user}</bdi></strong
      >.
      <a href="${otherUser}" id="other-account">Use another account</a>
    </p>
    <p class="shown-code" id="user-code">${userCode}</p>
    <p class="note" id="warning">
      Allow this only if you hold the device, it shows this code, and you began this yourself. Nobody else may ask you
      to type in a code, support included.
    </p>
    <p class="quiet" id="asked">
      The device asked at ${moment(time)}${address === null ? '' : html`, from the address <bdi>${address}</bdi>`}.
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
    ${
      isReviewed
        ? ''
        : html`<p class="note" id="not-reviewed">
            This application registered by itself. Nobody here has looked at it, and its name may be made up.
          </p>`
    }
    <form method="post" action="${action}" id="device-confirm">
      ${fields.map(([field, value]) => hiddenField(field, value))}
      <div class="choice">
        <button class="button second" type="submit" name="${decision}" value="deny" id="device-deny">Deny</button>
        <button class="button second" type="submit" name="${decision}" value="allow" id="device-allow">Allow</button>
      </div>
    </form>`
  return layout({ title: `Allow ${name}?`, site, content })
}
