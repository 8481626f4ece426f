import { html } from 'hono/html'
import { RequestRefused } from '../../core/errors.ts'
import type { InvitationState } from '../../organisations/invitation-record.ts'
import type { Invitations } from '../../organisations/invitations.ts'
import { invitationTable } from '../../organisations/screens/invitation-table.ts'
import { type InvitationLinks, sentInvitation } from '../../organisations/screens/sent-invitation.ts'
import { select } from '../../pages/controls.ts'
import { emptyState } from '../../pages/facts.ts'
import { shownName } from '../../pages/shown-name.ts'
import { filterForm, pager } from '../../pages/table.ts'
import { askedPage } from '../../screens/asked-page.ts'
import { leave, type Screen } from '../../screens/screen.ts'

export interface InvitationsListStores extends InvitationLinks {
  readonly invitations: Pick<Invitations, 'list' | 'find' | 'resend' | 'cancel'>
}

/** The invitations of all organisations. */
export function invitationsList({ invitations, ...links }: InvitationsListStores): Screen {
  return {
    path: 'invitations/',
    menu: { text: 'Invitations', group: 'People' },
    show: async (visit) => {
      const { path, query } = visit
      const state = states.find((one) => one === query.get('state'))
      const { invitations: page, next } = await invitations.list({
        ...(state === undefined ? {} : { state }),
        ...askedPage(query, size),
      })
      return {
        title: 'Invitations',
        content: html`${filterForm({
          path,
          isFiltered: state !== undefined,
          controls: [select({ id: 'state', name: 'state', label: 'Status', value: state ?? '', choices })],
        })}
        ${invitationTable(page, visit, {
          organisation: (one) =>
            html`<a href="/admin/organisations/${one.organisationId}/"
              ><bdi>${shownName(one.organisationName)}</bdi></a
            >`,
          empty:
            state === undefined
              ? emptyState({
                  what: 'Nobody is waiting. People are invited from the page of an organisation.',
                  button: { href: '/admin/organisations/', text: 'Organisations' },
                })
              : 'None is in this state.',
        })}
        ${pager({ path, query, next, size })}`,
      }
    },
    actions: {
      resend: {
        run: async (visit) => {
          const one = await invitations.find(visit.text('invitation'))
          if (one === null) throw new RequestRefused('not_found', 'There is no such invitation.')
          const sent = await invitations.resend(one.id, { by: visit.by })
          return {
            title: 'The invitation is sent again',
            crumbs: [{ href: visit.path, text: 'Invitations' }],
            content: sentInvitation(links, { email: one.email, sent, list: visit.path }),
          }
        },
      },
      cancel: {
        run: async (visit) => {
          await invitations.cancel(visit.text('invitation'), { by: visit.by })
          return leave(visit.path, 'The invitation is cancelled. Its link does not work any more.')
        },
      },
    },
  }
}

const size = 50

const states: readonly InvitationState[] = ['waiting', 'expired', 'accepted', 'cancelled']

const choices = [
  { value: '', text: 'Any' },
  { value: 'waiting', text: 'Waiting' },
  { value: 'expired', text: 'Run out' },
  { value: 'accepted', text: 'Accepted' },
  { value: 'cancelled', text: 'Cancelled' },
]
