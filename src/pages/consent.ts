import { html } from 'hono/html'
import { type AskingPage, decisionForm, itsOwnPages, notReviewed, whatIsAsked, whoAsks } from './asked.ts'
import { layout, type Markup } from './layout.ts'
import { shownName } from './shown-name.ts'

export interface ConsentPage extends AskingPage {
  /** Where the answer goes: a redirect URI that is registered. */
  readonly redirectUri: string
  /** Days for which the answer is remembered; 0: it is not. */
  readonly remembered: number
  /** The organisation that it is for, and no other (none: wherever the person belongs). */
  readonly organisation?: AskedOrganisation | undefined
}

export interface AskedOrganisation {
  readonly name: string
  readonly slug: string
  /** What the person is there. */
  readonly roles: readonly string[]
  /** Whether the person may choose another one. */
  readonly isChangeable: boolean
}

/** The id of the form. */
export const consentForm = 'consent'

/** Asks a person whether an application may. Both answers have the same weight. */
export async function consentPage(page: ConsentPage): Promise<string> {
  const { site, remembered } = page
  const content = html`${consentWords(page)}
    <p class="quiet">
      ${
        remembered > 0
          ? html`If you allow this, you will not be asked again for ${remembered} days, unless it asks for more.`
          : html`You will be asked again next time.`
      }
    </p>
    ${decisionForm(page, consentForm, 'consent')}`
  return layout({ title: consentTitle(page), site, content })
}

export function consentTitle({ application }: Pick<ConsentPage, 'application'>): string {
  return `Allow ${shownName(application)}?`
}

/** What a person is told of an application, before they are asked. `redirectUri`: none where no answer goes anywhere. */
export function consentWords(
  page: Omit<ConsentPage, 'redirectUri' | 'remembered'> & { readonly redirectUri: string | null },
): Markup {
  const { redirectUri } = page
  return html`${whoAsks(page, shownName(page.application))} ${inOrganisation(page)} ${whatIsAsked(page)}
  ${redirectUri === null ? '' : html`<p>Your answer goes to <strong id="redirect-host">${placeOf(redirectUri)}</strong>.</p>`}
  ${itsOwnPages(page)} ${notReviewed(page)}`
}

/** Says in which organisation it is to act, with the button to choose another one. */
function inOrganisation({ organisation, decision }: Pick<ConsentPage, 'organisation' | 'decision'>): Markup | '' {
  if (organisation === undefined) return ''
  const { slug, roles, isChangeable } = organisation
  return html`<p id="for-organisation">
    It acts for you in <strong id="organisation-name"><bdi>${shownName(organisation.name, slug)}</bdi></strong>
    (${roles.join(', ')}), and in no other organisation.
    ${
      isChangeable
        ? html`<button
            class="as-link"
            type="submit"
            form="${consentForm}"
            name="${decision}"
            value="choose"
            id="other-organisation"
          >
            Choose another one
          </button>`
        : ''
    }
  </p>`
}

/** The host in full, as it is written: what has to be compared with where one meant to go. */
function placeOf(uri: string): string {
  const [, scheme = '', host = ''] = /^([a-z][a-z0-9+.-]*):(?:\/\/([^/?#]*))?/i.exec(uri) ?? []
  if (/^(127\.0\.0\.1|\[::1\]|localhost)(:|$)/.test(host)) return `a program on this computer (${host})`
  return host === '' ? `an application on this device (${scheme})` : host
}
