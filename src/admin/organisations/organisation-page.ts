import { html } from 'hono/html'
import type { MemberList } from '../../organisations/member-list.ts'
import type { Organisations } from '../../organisations/organisations.ts'
import { organisationFrame, type Place } from '../../organisations/screens/place.ts'
import { stopsOf } from '../../organisations/screens/stops-of.ts'
import { moment } from '../../pages/components.ts'
import { copyAs, facts } from '../../pages/facts.ts'
import { confirmation, postForm } from '../../pages/forms.ts'
import { leave, type Screen } from '../../screens/screen.ts'
import { apiCall } from '../../pages/api-call.ts'
import { configOf } from '../config-of.ts'
import { historyOf } from '../history-of.ts'
import { operatorPlace, type OperatorPlaceStores } from './operator-place.ts'
import { organisationBadge } from './organisations-list.ts'
import { organisationWithMembers } from '../stanzas.ts'

export interface OrganisationPageStores extends OperatorPlaceStores {
  readonly organisations: Pick<Organisations, 'find' | 'counts' | 'suspend' | 'resume'>
  readonly members: Pick<MemberList, 'list'>
}

/** One organisation, as whoever runs the server sees it: how it stands, what belongs to it, and suspending it. */
export function organisationPage(stores: OrganisationPageStores): readonly Screen[] {
  const place = operatorPlace(stores)
  return [overviewScreen(place, stores), suspendScreen(place, stores)]
}

function overviewScreen(place: Place, stores: OrganisationPageStores): Screen {
  const { organisations } = stores
  return {
    path: place.path,
    show: async (visit) => {
      const entered = await place.enter(visit)
      const { organisation } = entered
      const counts = await organisations.counts(organisation.id)
      const { longestKeyLifetime, allowedPermissions, allowedScopes, secondFactorRequired, suspendedAt } = organisation
      return {
        ...organisationFrame(entered),
        content: html`${facts([
            ['Status', organisationBadge(organisation)],
            ...(suspendedAt === null ? [] : [['Suspended', moment(suspendedAt)] as const]),
            ['Short name', html`<code>${organisation.slug}</code>`],
            ['Id', html`<code>${organisation.id}</code>`],
            ['Made', moment(organisation.createdAt)],
            ['Members', counts.members],
            ['Invitations that wait', counts.invitations],
            ['Service accounts', counts.serviceAccounts],
            ['Keys', counts.keys],
            ['Applications', counts.clients],
            ['Second factor', secondFactorRequired ? 'needed' : 'not needed'],
            [
              'Keys live at most',
              longestKeyLifetime === null ? null : `${Math.floor(longestKeyLifetime / 86_400)} days`,
            ],
            ['It may give permissions', allowedPermissions.join(', ')],
            ['It may give scopes', allowedScopes.join(', ')],
          ])}
          <div class="buttons">
            ${
              suspendedAt === null
                ? html`<a class="button small danger" id="suspend" href="${visit.path}suspend/">Suspend</a>`
                : postForm({
                    to: visit.path,
                    proof: visit.form,
                    action: 'resume',
                    button: 'End the suspension',
                    isInline: true,
                  })
            }
          </div>
          ${await historyOf(stores, `organisation:${organisation.id}`)}
          ${copyAs({
            call: apiCall(stores.origin, 'GET', `/api/admin/organisations/${organisation.id}/`),
            config: configOf('organisations', await organisationWithMembers(organisation, stores)),
          })}`,
      }
    },
    actions: {
      resume: {
        run: async (visit) => {
          const { organisation } = await place.enter(visit)
          await organisations.resume(organisation.id, visit.by)
          return leave(visit.path, 'The organisation goes on.')
        },
      },
    },
  }
}

function suspendScreen(place: Place, { organisations }: OrganisationPageStores): Screen {
  return {
    path: `${place.path}suspend/`,
    show: async (visit) => {
      const entered = await place.enter(visit)
      const { title, crumbs = [] } = organisationFrame(entered)
      const counts = await organisations.counts(entered.organisation.id)
      return {
        title: `Suspend ${title}?`,
        crumbs: [...crumbs, { href: entered.base, text: title }],
        content: confirmation({
          to: visit.path,
          proof: visit.form,
          action: 'suspend',
          button: 'Suspend',
          what: 'Nothing is deleted: all of it comes back when the suspension ends.',
          stops: stopsOf({ ...counts, roles: 0, invitations: 0 }),
          cancel: entered.base,
        }),
      }
    },
    actions: {
      suspend: {
        run: async (visit) => {
          const { organisation, base } = await place.enter(visit)
          await organisations.suspend(organisation.id, visit.by)
          return leave(base, 'The organisation is suspended.')
        },
      },
    },
  }
}
