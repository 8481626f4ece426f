import { html } from 'hono/html'
import { counted } from '../accounts/holdings.ts'
import { RequestRefused } from '../core/errors.ts'
import type { AllowedClients } from '../oauth/allowed-clients.ts'
import { may } from '../organisations/authority.ts'
import type { DefaultOrganisations } from '../organisations/default-organisations.ts'
import type { OwnMembership } from '../organisations/member-list.ts'
import type { Members } from '../organisations/members.ts'
import type { RoleGrants } from '../organisations/role-grants.ts'
import { organisationFrame, type Place } from '../organisations/screens/place.ts'
import { standingWords } from '../organisations/screens/standing-words.ts'
import { moment } from '../pages/components.ts'
import { apiCall } from '../pages/api-call.ts'
import { badge, copyAs, emptyState, facts, history, momentOr } from '../pages/facts.ts'
import { confirmation, postForm } from '../pages/forms.ts'
import type { Markup } from '../pages/layout.ts'
import { shownName } from '../pages/shown-name.ts'
import { table } from '../pages/table.ts'
import { leave, type Screen, type Visit } from '../screens/screen.ts'
import { organisationHistory } from './organisation-history.ts'
import { ownOrganisationsLink, ownPlace, type OwnPlaceStores } from './own-place.ts'

export interface OwnOrganisationsStores extends OwnPlaceStores {
  readonly members: Pick<Members, 'of' | 'find' | 'list' | 'remove' | 'isOnlyOwner'>
  readonly roleGrants: Pick<RoleGrants, 'of'>
  readonly defaults: DefaultOrganisations
  readonly allowedClients: Pick<AllowedClients, 'list'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** The organisations that one is in: the list, one of them, and leaving it. */
export function ownOrganisations(stores: OwnOrganisationsStores): readonly Screen[] {
  const place = ownPlace(stores)
  return [listScreen(stores), oneScreen(place, stores), leaveScreen(place, stores)]
}

function listScreen({ members, defaults }: OwnOrganisationsStores): Screen {
  return {
    path: 'organisations/',
    menu: { text: 'Organisations' },
    show: async (visit) => {
      const [all, standard] = await Promise.all([members.of(visit.user.id), defaults.of(visit.user.id)])
      const several = all.filter(({ suspendedAt }) => suspendedAt === null).length > 1
      return {
        title: 'Organisations',
        content: html`${
          several
            ? html`<p class="quiet">
                Your default is marked where you choose an organisation for an application, and comes first in the
                portal.
              </p>`
            : ''
        }
        ${table({
          id: 'organisations',
          caption: 'Organisations that you are in',
          columns: [
            { heading: 'Organisation' },
            { heading: 'You are' },
            { heading: 'Since' },
            { heading: 'Status' },
            ...(several ? [{ heading: 'Default' }] : []),
          ],
          rows: all.map((one) => [
            one.suspendedAt === null
              ? html`<a href="${visit.path}${one.organisationId}/"><bdi>${shownName(one.name, one.slug)}</bdi></a>`
              : html`<bdi>${shownName(one.name, one.slug)}</bdi>`,
            standingWords[one.standing],
            moment(one.joinedAt),
            one.suspendedAt === null ? badge('In use', 'good') : badge('Suspended', 'bad'),
            ...(several ? [defaultSwitch(visit, one, standard)] : []),
          ]),
          empty: emptyState({
            what: 'You are in no organisation. Whoever runs one can invite you: open the link in their mail.',
          }),
        })}`,
      }
    },
    actions: {
      default: {
        run: async (visit) => {
          const id = visit.text('organisation')
          if (!isTheirs(visit, id)) throw new RequestRefused('not_found', 'You are in no such organisation.')
          await defaults.set(visit.user.id, id, visit.by)
          return leave(visit.path, 'Your default is changed.')
        },
      },
      nodefault: {
        run: async (visit) => {
          await defaults.clear(visit.user.id, visit.text('organisation'), visit.by)
          return leave(visit.path, 'You have no default now.')
        },
      },
    },
  }
}

function isTheirs({ user }: Visit, id: string): boolean {
  return user.organisations?.some((one) => one.id === id) === true
}

function defaultSwitch(
  visit: Visit,
  { organisationId, suspendedAt }: OwnMembership,
  standard: string | null,
): Markup | '' {
  if (suspendedAt !== null) return ''
  const isDefault = organisationId === standard
  return html`<div class="buttons">
    ${isDefault ? badge('default', 'good') : ''}
    ${postForm({
      to: visit.path,
      proof: visit.form,
      action: isDefault ? 'nodefault' : 'default',
      button: isDefault ? 'Take away' : 'Make default',
      kind: 'second',
      fields: { organisation: organisationId },
      isInline: true,
    })}
  </div>`
}

function oneScreen(place: Place, stores: OwnOrganisationsStores): Screen {
  const { members, roleGrants, origin } = stores
  return {
    path: place.path,
    show: async (visit) => {
      const entered = await place.enter(visit)
      const { organisation, base } = entered
      const own = (await members.of(visit.user.id)).find((one) => one.organisationId === organisation.id)
      const grants = (await roleGrants.of(visit.user.id)).filter((one) => one.organisationId === organisation.id)
      if (own === undefined) throw new RequestRefused('not_found')
      // It names those who were invited.
      const isToldAll = ['organisation.change', 'members.add'].every((one) => may(entered.authority, one))
      const about = {
        subject: `organisation:${organisation.id}`,
        organisationId: organisation.id,
        userId: visit.user.id,
      }
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
          <p><a class="button small danger" id="leave" href="${base}leave/">Leave the organisation</a></p>
          ${isToldAll ? history(await organisationHistory(stores, about)) : ''}
          ${copyAs({ call: apiCall(origin, 'GET', `/api/account/organisations/${organisation.id}/`) })}`,
      }
    },
  }
}

function leaveScreen(place: Place, stores: OwnOrganisationsStores): Screen {
  const { members, roleGrants, allowedClients, clock } = stores

  /** What ends with the membership, counted. */
  async function stopsFor(userId: string, organisationId: string): Promise<readonly string[]> {
    const [roles, clients] = await Promise.all([roleGrants.of(userId), allowedClients.list(userId)])
    const here = roles.filter((one) => one.organisationId === organisationId && (one.endsAt ?? Infinity) > clock())
    const acting = clients.filter(
      ({ organisations }) => organisations?.some(({ id }) => id === organisationId) === true,
    )
    return [
      'your access to what belongs to the organisation',
      ...counted(here.length, 'role that you have in it', 'roles that you have in it'),
      ...counted(acting.length, 'application that acts for you in it', 'applications that act for you in it'),
    ]
  }

  return {
    path: `${place.path}leave/`,
    show: async (visit) => {
      const entered = await place.enter(visit)
      const { title, crumbs: above = [] } = organisationFrame(entered)
      const { id } = entered.organisation
      const crumbs = [...above, { href: entered.base, text: title }]
      if (await members.isOnlyOwner(id, visit.user.id)) {
        return {
          title: 'You cannot leave yet',
          crumbs,
          content: html`<section>
            <p id="only-owner">
              You are the only active owner of <bdi>${title}</bdi>, and an organisation needs one. Make somebody else an
              owner first.
            </p>
            <p><a class="button small" id="members" href="${entered.base}members/">Members</a></p>
          </section>`,
        }
      }
      return {
        title: `Leave ${title}?`,
        crumbs,
        content: confirmation({
          to: visit.path,
          proof: visit.form,
          action: 'leave',
          button: 'Leave',
          what: 'To come back you have to be invited again.',
          stops: await stopsFor(visit.user.id, id),
          cancel: entered.base,
        }),
      }
    },
    actions: {
      leave: {
        run: async (visit) => {
          const { organisation } = await place.enter(visit)
          await members.remove(organisation.id, visit.user.id, visit.by)
          return leave(ownOrganisationsLink.href, `You have left ${organisation.name}.`)
        },
      },
    },
  }
}
