import { html } from 'hono/html'
import { textControl } from '../../pages/controls.ts'
import { postForm } from '../../pages/forms.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import { may } from '../authority.ts'
import type { OrganisationValues } from '../organisation-values.ts'
import type { Organisations } from '../organisations.ts'
import { limitControls, limitsIn, limitWords } from './limit-form.ts'
import { byIn, type Entered, enterFor, organisationFrame, type Place } from './place.ts'

export interface SettingsScreenStores {
  readonly organisations: Pick<Organisations, 'update'>
}

/** What an organisation is called, and its limits. */
export function settingsScreen(place: Place, { organisations }: SettingsScreenStores): Screen {
  async function page(visit: Visit, entered: Entered, typed: OrganisationValues, faults: Faults = {}): Promise<View> {
    const { authority, base } = entered
    return {
      ...organisationFrame(entered),
      problems: problemsOf(faults, { main: authority.isOperator ? 'slug' : 'name', longestKeyLifetime: 'key_days' }),
      content: html`${postForm({
          to: visit.path,
          proof: visit.form,
          action: 'change',
          button: 'Save',
          content: html`${textControl({
            id: 'name',
            name: 'name',
            label: 'Name',
            required: true,
            maxLength: 100,
            value: typed.name,
            wrong: faults['name'],
          })}
          ${authority.isOperator ? limitControls(typed, faults) : limitWords(typed)}`,
        })}
        <p class="buttons">
          ${
            may(authority, 'organisation.transfer')
              ? html`<a class="button small second" id="transfer" href="${base}transfer/">Hand it over</a>`
              : ''
          }
          ${
            may(authority, 'organisation.delete')
              ? html`<a class="button small danger" id="delete" href="${base}delete/">Delete the organisation</a>`
              : ''
          }
        </p>`,
    }
  }

  return {
    path: `${place.path}settings/`,
    show: async (visit) => {
      const entered = await enterFor(place, visit, 'organisation.change')
      return page(visit, entered, entered.organisation)
    },
    actions: {
      change: {
        run: async (visit) => {
          const entered = await enterFor(place, visit, 'organisation.change')
          // Limits are for whoever runs the server: whoever is bound by them does not set them.
          const typed = { name: visit.text('name'), ...(entered.authority.isOperator ? limitsIn(visit) : {}) }
          try {
            await organisations.update(entered.organisation.id, typed, byIn(visit, entered))
          } catch (error) {
            return page(visit, entered, { ...entered.organisation, ...typed }, faultsOf(error))
          }
          return leave(visit.path, 'It is saved.')
        },
      },
    },
  }
}
