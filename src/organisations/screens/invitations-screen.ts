import { html } from 'hono/html'
import { RequestRefused } from '../../core/errors.ts'
import { emptyState } from '../../pages/facts.ts'
import { pager } from '../../pages/table.ts'
import { askedPage } from '../../screens/asked-page.ts'
import { leave, type Screen, type Visit } from '../../screens/screen.ts'
import { checkMayRestand } from '../authority.ts'
import type { Invitations } from '../invitations.ts'
import { invitationTable } from './invitation-table.ts'
import { byIn, type Entered, enterFor, organisationCrumbs, organisationFrame, type Place } from './place.ts'
import { type InvitationLinks, sentInvitation } from './sent-invitation.ts'

export interface InvitationsScreenStores extends InvitationLinks {
  readonly invitations: Pick<Invitations, 'list' | 'find' | 'resend' | 'cancel'>
}

/** Who was invited to an organisation. */
export function invitationsScreen(place: Place, stores: InvitationsScreenStores): Screen {
  const { invitations } = stores

  const allowed = async (visit: Visit): Promise<Entered> => enterFor(place, visit, 'members.add')

  return {
    path: `${place.path}invitations/`,
    show: async (visit) => {
      const entered = await allowed(visit)
      const { organisation } = entered
      const { invitations: page, next } = await invitations.list({
        organisationId: organisation.id,
        ...askedPage(visit.query, size),
      })
      return {
        ...organisationFrame(entered),
        content: html`${
          page.length === 0
            ? ''
            : html`<div class="toolbar">
                <a class="button small" href="${visit.path}new/" id="invite">Invite somebody</a>
              </div>`
        }
        ${invitationTable(page, visit, {
          empty: emptyState({
            what: 'Nobody is waiting. Whoever you invite gets a link by e-mail, which makes them a member.',
            button: { href: `${visit.path}new/`, text: 'Invite somebody' },
          }),
        })}
        ${pager({ path: visit.path, query: visit.query, next, size })}`,
      }
    },
    actions: {
      resend: {
        run: async (visit) => {
          const entered = await allowed(visit)
          const { organisation, authority } = entered
          const one = await invitations.find(visit.text('invitation'))
          if (one === null || one.organisationId !== organisation.id) throw new RequestRefused('not_found')
          checkMayRestand(authority, null, one.standing)
          const sent = await invitations.resend(one.id, { by: byIn(visit, entered), organisationId: organisation.id })
          return {
            title: 'The invitation is sent again',
            crumbs: organisationCrumbs(entered, 'invitations/', 'Invitations'),
            content: sentInvitation(stores, { email: one.email, sent, list: visit.path }),
          }
        },
      },
      cancel: {
        run: async (visit) => {
          const entered = await allowed(visit)
          const action = { by: byIn(visit, entered), organisationId: entered.organisation.id }
          await invitations.cancel(visit.text('invitation'), action)
          return leave(visit.path, 'The invitation is cancelled. Its link does not work any more.')
        },
      },
    },
  }
}

const size = 50
