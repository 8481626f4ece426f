import { html } from 'hono/html'
import { moment } from '../../pages/components.ts'
import { badge } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { shownName } from '../../pages/shown-name.ts'
import { type Cell, table } from '../../pages/table.ts'
import type { Visit } from '../../screens/screen.ts'
import type { Invitation, InvitationState } from '../invitation-record.ts'
import { standingWords } from './standing-words.ts'

export interface InvitationTableOptions {
  /** The organisation of an invitation, for a list of more than one (it is not named). */
  readonly organisation?: (invitation: Invitation) => Cell
  /** In place of a table without rows. */
  readonly empty: Markup | string
}

/** Invitations, with buttons that send one again (`resend`) and cancel it (`cancel`). */
export function invitationTable(
  invitations: readonly Invitation[],
  visit: Visit,
  { organisation, empty }: InvitationTableOptions,
): Markup {
  return table({
    id: 'invitations',
    caption: 'Invitations',
    columns: [
      { heading: 'E-mail' },
      { heading: organisation === undefined ? 'Becomes' : 'Organisation' },
      { heading: 'Status' },
      { heading: 'Sent' },
      { heading: 'Works until' },
      { heading: 'Do' },
    ],
    rows: invitations.map((one) => [
      html`<bdi class="address">${shownName(one.email)}</bdi>`,
      organisation === undefined
        ? standingWords[one.standing]
        : html`${organisation(one)} <span class="quiet">as ${standingWords[one.standing].toLowerCase()}</span>`,
      stateBadge(one.state),
      html`${moment(one.sentAt)} <span class="quiet">by ${inviter(one)}</span>`,
      moment(one.expiresAt),
      buttons(one, visit),
    ]),
    empty,
  })
}

function inviter({ inviterName }: Invitation): Markup | string {
  return inviterName === null ? 'the administration' : html`<bdi>${shownName(inviterName)}</bdi>`
}

function stateBadge(state: InvitationState): Markup {
  const [text, kind] = states[state]
  return badge(text, kind)
}

const states = {
  waiting: ['Waiting', 'note'],
  expired: ['Run out', 'plain'],
  accepted: ['Accepted', 'good'],
  cancelled: ['Cancelled', 'plain'],
} as const

function buttons({ id, state }: Invitation, visit: Visit): Markup | '' {
  if (state === 'accepted' || state === 'cancelled') return ''
  const common = {
    to: visit.path,
    proof: visit.form,
    fields: { invitation: id },
    kind: 'second',
    isInline: true,
  } as const
  return html`${postForm({ ...common, action: 'resend', button: 'Send again' })}
  ${postForm({ ...common, action: 'cancel', button: 'Cancel' })}`
}
