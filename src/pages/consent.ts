import { html } from 'hono/html'
import { type AskingPage, decisionForm, itsOwnPages, notReviewed, whatIsAsked, whoAsks } from './asked.ts'
import { check } from './controls.ts'
import { layout, type Markup } from './layout.ts'
import { shownName } from './shown-name.ts'

export interface ConsentPage extends AskingPage {
  /** Where the answer goes: a redirect URI that is registered. */
  readonly redirectUri: string
  /** Whether the person may have the answer remembered, or why they are asked each time: see `Remembering`. */
  readonly remember: Remembering
  /** The organisation that it is for, and no other (none: wherever the person belongs). */
  readonly organisation?: AskedOrganisation | undefined
}

/**
 * A box; or none: they are asked `always`, or not again `unless` the application asks for that, as it did now.
 */
export type Remembering =
  | { readonly field: string; readonly days: number; readonly isTicked: boolean }
  | 'always'
  | 'unless asked to'

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
  const { site } = page
  const content = html`${consentWords(page)}
  ${decisionForm(page, consentForm, 'consent', { above: whetherToRemember(page) })}`
  return layout({ title: consentTitle(page), site, content })
}

function whetherToRemember({ remember }: ConsentPage): Markup {
  if (remember === 'always') return html`<p class="quiet" id="asked-again">You will be asked again next time.</p>`
  if (remember === 'unless asked to') {
    return html`<p class="quiet" id="asked-again">
      You are asked since the application wants you to be. Those who run this site let it go on without, otherwise.
    </p>`
  }
  return check({
    id: 'remember-consent',
    name: remember.field,
    label: 'Remember this answer',
    hint: `Then you are not asked again for ${remember.days} days, unless it asks for more. Without it, you are asked each time.`,
    isChecked: remember.isTicked,
    value: '1',
  })
}

export function consentTitle({ application }: Pick<ConsentPage, 'application'>): string {
  return `Allow ${shownName(application)}?`
}

/** What a person is told of an application, before they are asked. `redirectUri`: none where no answer goes anywhere. */
export function consentWords(
  page: Omit<ConsentPage, 'redirectUri' | 'remember'> & { readonly redirectUri: string | null },
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
