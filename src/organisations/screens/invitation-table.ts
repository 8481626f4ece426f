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
  /** The organisation of an invitation, for a list of more than one (no such column). */
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
      ...(organisation === undefined ? [] : [{ heading: 'Organisation' }]),
      { heading: 'Becomes' },
      { heading: 'State' },
      { heading: 'Do' },
      { heading: 'Sent' },
      { heading: 'Works until' },
      { heading: 'By' },
    ],
    rows: invitations.map((one) => [
      html`<bdi>${shownName(one.email)}</bdi>`,
      ...(organisation === undefined ? [] : [organisation(one)]),
      standingWords[one.standing],
      stateBadge(one.state),
      buttons(one, visit),
      moment(one.sentAt),
      moment(one.expiresAt),
      one.inviterName === null ? 'the administration' : html`<bdi>${shownName(one.inviterName)}</bdi>`,
    ]),
    empty,
  })
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
