import { html } from 'hono/html'
import { type AskingPage, decisionForm, itsOwnPages, notReviewed, whatIsAsked, whoAsks } from './asked.ts'
import { type ChooseOrganisationPage, organisationField } from './choose-organisation.ts'
import { hiddenField, moment } from './components.ts'
import { layout, type Markup } from './layout.ts'
import { shownName } from './shown-name.ts'

export interface DeviceConfirmPage extends AskingPage {
  /** As the device shows it. */
  readonly userCode: string
  /** Where the device asked from, and when, in milliseconds since 1970. */
  readonly address: string | null
  readonly time: number
  /** Where it is for one organisation alone: that one, or those that the person may choose from (it is not). */
  readonly organisations?: Pick<ChooseOrganisationPage, 'field' | 'organisations' | 'suggested'>
}

/** The id of the form. */
export const deviceForm = 'device-confirm'

/**
 * Asks a person whether a device may. Whoever talks people into typing a code that is not theirs gets in with their account
 * (RFC 8628, section 5.4): so it says what is asked for, from where, and that the device has to be theirs.
 */
export async function deviceConfirmPage(page: DeviceConfirmPage): Promise<string> {
  const { site, userCode, address, time } = page
  const name = shownName(page.application)
  const content = html`${whoAsks(page, name, ' on a device')}
    <p class="shown-code" id="user-code">${userCode}</p>
    <p class="note" id="warning">
      Allow this only if you hold the device, it shows this code, and you began this yourself. Nobody else may ask you
      to type in a code, support included.
    </p>
    <p class="quiet" id="asked">
      The device asked at ${moment(time)}${address === null ? '' : html`, from the address <bdi>${address}</bdi>`}.
    </p>
    ${whatIsAsked(page)} ${itsOwnPages(page)} ${notReviewed(page)}
    ${decisionForm(page, deviceForm, 'device', { above: inOrganisation(page), no: 'Deny' })}`
  return layout({ title: `Allow ${name}?`, site, content })
}

function inOrganisation({ organisations: offered }: DeviceConfirmPage): Markup | '' {
  if (offered === undefined) return ''
  const { field, organisations } = offered
  const [only, another] = organisations
  if (only === undefined || another !== undefined) return organisationField({ ...offered, name: field })
  return html`<p id="for-organisation">
      It acts for you in <strong id="organisation-name"><bdi>${shownName(only.name, only.slug)}</bdi></strong>
      (${only.roles.join(', ')}), and in no other organisation.
    </p>
    ${hiddenField(field, only.id)}`
}
