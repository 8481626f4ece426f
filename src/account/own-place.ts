import { html } from 'hono/html'
import { RequestRefused } from '../core/errors.ts'
import { authorityOf } from '../organisations/authority.ts'
import type { Members } from '../organisations/members.ts'
import type { Organisations } from '../organisations/organisations.ts'
import { apiPathOf, type Place, subjectOf } from '../organisations/screens/place.ts'
import { apiCall } from '../pages/api-call.ts'
import { copyAs, history } from '../pages/facts.ts'
import type { AuditLog } from '../storage/audit-log.ts'
import { organisationHistory } from './organisation-history.ts'

export interface OwnPlaceStores {
  readonly organisations: Pick<Organisations, 'find'>
  readonly members: Pick<Members, 'find'>
  readonly auditLog: Pick<AuditLog, 'list'>
  readonly origin: string
}

/** Where a member finds the pages of an organisation. Those that one is not in are not there, and neither are suspended ones. */
export function ownPlace(stores: OwnPlaceStores): Place {
  return {
    path: 'organisations/:organisation/',
    api: '/api/account/organisations/',
    enter: async ({ params, user }) => {
      const id = params['organisation'] ?? ''
      const membership = user.organisations?.find((one) => one.id === id)
      const organisation = membership === undefined ? null : await stores.organisations.find(id)
      if (membership === undefined || organisation === null) {
        throw new RequestRefused('not_found', 'You are in no such organisation, or it is suspended.')
      }
      return {
        organisation,
        authority: authorityOf(membership, user.id),
        base: `${ownOrganisationsLink.href}${organisation.id}/`,
        list: ownOrganisationsLink,
      }
    },
    foot: async ({ user }, { organisation }, thing) => {
      const subject = subjectOf(thing)
      const asked = { subject, organisationId: organisation.id, userId: user.id }
      return html`${subject === null ? '' : history(await organisationHistory(stores, { ...asked, subject }))}
      ${copyAs({
        call: apiCall(stores.origin, 'GET', `/api/account/organisations/${organisation.id}/${apiPathOf(thing)}`),
      })}`
    },
  }
}

export const ownOrganisationsLink = { href: '/account/organisations/', text: 'Organisations' } as const
