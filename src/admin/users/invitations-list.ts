import { html } from 'hono/html'
import { RequestRefused } from '../../core/errors.ts'
import type { InvitationState } from '../../organisations/invitation-record.ts'
import type { Invitations } from '../../organisations/invitations.ts'
import { invitationBadge, invitationButtons } from '../../organisations/screens/invitation-parts.ts'
import { linkOnce } from '../../organisations/screens/link-once.ts'
import { standingWords } from '../../organisations/screens/standing-words.ts'
import { moment } from '../../pages/components.ts'
import { select } from '../../pages/controls.ts'
import { emptyState } from '../../pages/facts.ts'
import { shownName } from '../../pages/shown-name.ts'
import { filterForm, pager, table } from '../../pages/table.ts'
import { askedPage } from '../../screens/asked-page.ts'
import { leave, type Screen } from '../../screens/screen.ts'

export interface InvitationsListStores {
  readonly invitations: Pick<Invitations, 'list' | 'find' | 'resend' | 'cancel'>
  /** Where a token leads. */
  readonly linkOf: (token: string) => string
  /** Whether mail goes anywhere. */
  readonly isMailed: boolean
}

/** The invitations of all organisations. */
export function invitationsList({ invitations, linkOf, isMailed }: InvitationsListStores): Screen {
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
          controls: [select({ id: 'state', name: 'state', label: 'State', value: state ?? '', choices })],
        })}
        ${table({
          id: 'invitations',
          caption: 'Invitations',
          columns: [
            { heading: 'E-mail' },
            { heading: 'Organisation' },
            { heading: 'Becomes' },
            { heading: 'State' },
            { heading: 'Do' },
            { heading: 'Sent' },
            { heading: 'Works until' },
            { heading: 'By' },
          ],
          rows: page.map((one) => [
            html`<bdi>${shownName(one.email)}</bdi>`,
            html`<a href="/admin/organisations/${one.organisationId}/"
              ><bdi>${shownName(one.organisationName)}</bdi></a
            >`,
            standingWords[one.standing],
            invitationBadge(one.state),
            invitationButtons(one, visit),
            moment(one.sentAt),
            moment(one.expiresAt),
            one.inviterName === null ? 'the administration' : html`<bdi>${shownName(one.inviterName)}</bdi>`,
          ]),
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
            content: linkOnce({
              link: linkOf(sent.token),
              email: one.email,
              isMailed,
              expiresAt: sent.expiresAt,
              onward: { href: visit.path, text: 'Go to the invitations' },
            }),
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
