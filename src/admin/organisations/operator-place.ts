import { html } from 'hono/html'
import { RequestRefused } from '../../core/errors.ts'
import { operator } from '../../organisations/authority.ts'
import type { Organisations } from '../../organisations/organisations.ts'
import { apiPathOf, type Place, subjectOf, type Thing } from '../../organisations/screens/place.ts'
import { apiCall } from '../../pages/api-call.ts'
import { copyAs } from '../../pages/facts.ts'
import { configOf } from '../config-of.ts'
import { type Historian, historyOf } from '../history-of.ts'
import { type AccountStanzaStores, roleStanza, serviceAccountStanza } from '../stanzas.ts'
import { organisationsPath } from './organisations-list.ts'

export interface OperatorPlaceStores extends Historian, AccountStanzaStores {
  readonly organisations: Pick<Organisations, 'find'>
  readonly origin: string
}

/** Where whoever runs the server finds the pages of an organisation. They may do everything in each. */
export function operatorPlace(stores: OperatorPlaceStores): Place {
  return {
    path: 'organisations/:organisation/',
    api: '/api/admin/organisations/',
    enter: async ({ params }) => {
      const organisation = await stores.organisations.find(params['organisation'] ?? '')
      if (organisation === null) {
        throw new RequestRefused('not_found', 'There is no such organisation. It may have been deleted.')
      }
      const list = { href: organisationsPath, text: 'Organisations' }
      return { organisation, authority: operator, base: `${organisationsPath}${organisation.id}/`, list }
    },
    foot: async (_, { organisation }, thing) => {
      const subject = subjectOf(thing)
      const config = await configOfThing(thing, stores)
      return html`${subject === null ? '' : await historyOf(stores, subject)}
      ${copyAs({
        call: apiCall(stores.origin, 'GET', `/api/admin/organisations/${organisation.id}/${apiPathOf(thing)}`),
        ...(config === null ? {} : { config }),
      })}`
    },
  }
}

async function configOfThing(thing: Thing, stores: AccountStanzaStores): Promise<string | null> {
  if (thing.kind === 'role') return configOf('roles', await roleStanza(thing.role, stores))
  if (thing.kind === 'member') return null
  return configOf('service_accounts', await serviceAccountStanza(thing.account, stores))
}
