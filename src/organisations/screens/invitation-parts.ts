import { html } from 'hono/html'
import { badge } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import type { Visit } from '../../screens/screen.ts'
import type { Invitation, InvitationState } from '../invitation-record.ts'

/** How an invitation stands. */
export function invitationBadge(state: InvitationState): Markup {
  const [text, kind] = states[state]
  return badge(text, kind)
}

const states = {
  waiting: ['Waiting', 'note'],
  expired: ['Run out', 'plain'],
  accepted: ['Accepted', 'good'],
  cancelled: ['Cancelled', 'plain'],
} as const

/** What can be done with it, on the page of the list. */
export function invitationButtons({ id, state }: Invitation, visit: Visit): Markup | '' {
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
