import { z } from 'zod'
import { moment, toMoment } from '../../api/wire-values.ts'
import type { Standing } from '../../tokens/standing.ts'
import type { Invitation, InvitationState } from '../invitation-record.ts'
import { standing } from './standing-answer.ts'

/** An invitation as it goes over the wire. */
export interface InvitationAnswer {
  readonly id: string
  readonly organisation: string
  readonly email: string
  readonly standing: Standing
  readonly state: InvitationState
  readonly invited_by: string | null
  readonly sent_at: string
  readonly expires_at: string
}

export const invitationState: z.ZodType<InvitationState, InvitationState> = z.enum([
  'waiting',
  'expired',
  'accepted',
  'cancelled',
])

export const invitation: z.ZodType<InvitationAnswer, InvitationAnswer> = z
  .object({
    id: z.string(),
    organisation: z.string(),
    email: z.string(),
    standing,
    state: invitationState,
    invited_by: z.string().nullable().meta({ description: 'A username; null: the administration.' }),
    sent_at: moment,
    expires_at: moment,
  })
  .meta({ id: 'Invitation', description: 'A link by e-mail that makes somebody a member, once.' })

export function invitationAnswer(record: Invitation): InvitationAnswer {
  return {
    id: record.id,
    organisation: record.organisationId,
    email: record.email,
    standing: record.standing,
    state: record.state,
    invited_by: record.inviterName,
    sent_at: toMoment(record.sentAt),
    expires_at: toMoment(record.expiresAt),
  }
}

/** One that was sent, with the link, which is shown this once. */
export interface SentInvitationAnswer {
  readonly id: string
  readonly link: string
  readonly expires_at: string
}

export const sentInvitation: z.ZodType<SentInvitationAnswer, SentInvitationAnswer> = z
  .object({
    id: z.string(),
    link: z.string().meta({ description: 'Where it leads. This is the only time that it is shown.' }),
    expires_at: moment,
  })
  .meta({ id: 'SentInvitation', description: 'An invitation that was sent.' })
