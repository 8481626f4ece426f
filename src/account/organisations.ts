import { html } from 'hono/html'
import { RequestRefused } from '../core/errors.ts'
import { authorityOf } from '../organisations/authority.ts'
import type { Members } from '../organisations/members.ts'
import type { Organisations } from '../organisations/organisations.ts'
import type { RoleGrants } from '../organisations/role-grants.ts'
import { organisationFrame, type Place } from '../organisations/screens/place.ts'
import { standingWords } from '../organisations/screens/standing-words.ts'
import { moment } from '../pages/components.ts'
import { badge, emptyState, facts, momentOr } from '../pages/facts.ts'
import { confirmation } from '../pages/forms.ts'
import { shownName } from '../pages/shown-name.ts'
import { table } from '../pages/table.ts'
import { leave, type Screen } from '../screens/screen.ts'

export interface OwnOrganisationsStores {
  readonly organisations: Pick<Organisations, 'find'>
  readonly members: Pick<Members, 'of' | 'list' | 'remove'>
  readonly roleGrants: Pick<RoleGrants, 'of'>
}

/** The organisations that one is in: the list, one of them, and leaving it. */
export function ownOrganisations(stores: OwnOrganisationsStores): readonly Screen[] {
  const place = ownPlace(stores)
  return [listScreen(stores), oneScreen(place, stores), leaveScreen(place, stores)]
}

const list = { href: '/account/organisations/', text: 'Organisations' }

/** Where a member finds the pages of an organisation. Those that one is not in are not there, and neither are suspended ones. */
export function ownPlace({ organisations }: Pick<OwnOrganisationsStores, 'organisations'>): Place {
  return {
    path: 'organisations/:organisation/',
    enter: async ({ params, user }) => {
      const id = params['organisation'] ?? ''
      const membership = user.organisations?.find((one) => one.id === id)
      const organisation = membership === undefined ? null : await organisations.find(id)
      if (membership === undefined || organisation === null) {
        throw new RequestRefused('not_found', 'You are in no such organisation, or it is suspended.')
      }
      return { organisation, authority: authorityOf(membership), base: `${list.href}${organisation.id}/`, list }
    },
  }
}

function listScreen({ members }: OwnOrganisationsStores): Screen {
  return {
    path: 'organisations/',
    menu: { text: 'Organisations' },
    show: async (visit) => {
      const all = await members.of(visit.user.id)
      return {
        title: 'Organisations',
        content: table({
          id: 'organisations',
          caption: 'Organisations that you are in',
          columns: [{ heading: 'Organisation' }, { heading: 'You are' }, { heading: 'Since' }, { heading: 'Status' }],
          rows: all.map(({ organisationId, name, slug, standing, joinedAt, suspendedAt }) => [
            suspendedAt === null
              ? html`<a href="${visit.path}${organisationId}/"><bdi>${shownName(name, slug)}</bdi></a>`
              : html`<bdi>${shownName(name, slug)}</bdi>`,
            standingWords[standing],
            moment(joinedAt),
            suspendedAt === null ? badge('In use', 'good') : badge('Suspended', 'bad'),
          ]),
          empty: emptyState({
            what: 'You are in no organisation. Whoever runs one can invite you: open the link in their mail.',
          }),
        }),
      }
    },
  }
}

function oneScreen(place: Place, { members, roleGrants }: OwnOrganisationsStores): Screen {
  return {
    path: place.path,
    show: async (visit) => {
      const entered = await place.enter(visit)
      const { organisation, base } = entered
      const own = (await members.of(visit.user.id)).find((one) => one.organisationId === organisation.id)
      const grants = (await roleGrants.of(visit.user.id)).filter((one) => one.organisationId === organisation.id)
      if (own === undefined) throw new RequestRefused('not_found')
      return {
        ...organisationFrame(entered),
        content: html`${facts([
            ['You are', standingWords[own.standing]],
            ['Since', moment(own.joinedAt)],
            ['Short name', html`<code>${organisation.slug}</code>`],
            ['Second factor', organisation.secondFactorRequired ? 'needed' : 'not needed'],
          ])}
          <h2>Your further roles</h2>
          ${table({
            id: 'roles',
            caption: 'Your further roles',
            columns: [{ heading: 'Role' }, { heading: 'Until' }],
            rows: grants.map(({ roleName, endsAt }) => [roleName, momentOr(endsAt, 'no end')]),
            empty: 'You have no further roles here.',
          })}
          <p><a class="button small danger" id="leave" href="${base}leave/">Leave the organisation</a></p>`,
      }
    },
  }
}

function leaveScreen(place: Place, { members }: OwnOrganisationsStores): Screen {
  return {
    path: `${place.path}leave/`,
    show: async (visit) => {
      const entered = await place.enter(visit)
      const { title, crumbs = [] } = organisationFrame(entered)
      return {
        title: `Leave ${title}?`,
        crumbs: [...crumbs, { href: entered.base, text: title }],
        content: confirmation({
          to: visit.path,
          proof: visit.form,
          action: 'leave',
          button: 'Leave',
          what: 'To come back you have to be invited again.',
          stops: ['your access to what belongs to the organisation', 'all roles that you have in it'],
          cancel: entered.base,
        }),
      }
    },
    actions: {
      leave: {
        run: async (visit) => {
          const { organisation } = await place.enter(visit)
          await members.remove(organisation.id, visit.user.id, visit.by)
          return leave(list.href, `You have left ${organisation.name}.`)
        },
      },
    },
  }
}
