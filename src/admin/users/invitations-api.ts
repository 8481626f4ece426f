import { z } from 'zod'
import { json } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { invitation, invitationAnswer, invitationState } from '../../organisations/api/invitation-answer.ts'
import type { Invitations } from '../../organisations/invitations.ts'
import { mayAdminister } from '../may-administer.ts'

/** The invitations of all organisations, for administrators. Each is sent again and cancelled below its organisation. */
export function invitationsApi({
  invitations,
}: {
  readonly invitations: Pick<Invitations, 'list'>
}): readonly Operation[] {
  return [
    operation({
      tag: 'Organisations',
      permission: mayAdminister,
      method: 'GET',
      path: '/api/admin/invitations/',
      summary: 'List the invitations of all organisations, newest first',
      isPaged: true,
      query: {
        state: invitationState.optional().meta({ description: 'Only those in this state (all).' }),
      },
      answer: json(z.object({ invitations: z.array(invitation), next: z.string().nullable() })),
      handler: async ({ query: { state }, page }) => {
        const found = await invitations.list({ ...(state === undefined ? {} : { state }), ...page })
        return { invitations: found.invitations.map(invitationAnswer), next: found.next }
      },
    }),
  ]
}
