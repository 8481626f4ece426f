import { z } from 'zod'
import { json, nothing } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { id, toMoment } from '../../api/wire-values.ts'
import type { ActedBy } from '../../accounts/acted-by.ts'
import { RequestRefused } from '../../core/errors.ts'
import { checkMay, checkMayRestand } from '../authority.ts'
import { checkMayRaise } from './check-may-raise.ts'
import type { Invitation } from '../invitation-record.ts'
import type { InvitationAction, Invitations, SentInvitation } from '../invitations.ts'
import {
  invitation,
  invitationAnswer,
  invitationState,
  sentInvitation,
  type SentInvitationAnswer,
} from './invitation-answer.ts'
import { standing } from './standing-answer.ts'
import { type ApiPlace, type EnteredByApi, inOrganisation } from './api-place.ts'

export interface InvitationOperationStores {
  readonly invitations: Pick<Invitations, 'list' | 'find' | 'create' | 'resend' | 'cancel'>
  /** Where a token leads. */
  readonly linkOf: (token: string) => string
}

/** The invitations of an organisation. */
export function invitationOperations(
  place: ApiPlace,
  { invitations, linkOf }: InvitationOperationStores,
): readonly Operation[] {
  const common = inOrganisation(place)
  const one = { ...common, params: { ...common.params, invitation: id('an invitation') } } as const
  const sent = ({ id: sentId, token, expiresAt }: SentInvitation): SentInvitationAnswer => ({
    id: sentId,
    link: linkOf(token),
    expires_at: toMoment(expiresAt),
  })

  async function invitationOf({ organisation, authority }: EnteredByApi, invitationId: string): Promise<Invitation> {
    checkMay(authority, 'members.add')
    const found = await invitations.find(invitationId)
    if (found === null || found.organisationId !== organisation.id) throw new RequestRefused('not_found')
    return found
  }

  return [
    operation({
      ...common,
      method: 'GET',
      path: `${place.path}invitations/`,
      summary: 'List the invitations of an organisation, newest first',
      isPaged: true,
      query: {
        state: invitationState.optional().meta({ description: 'Only those in this state (all).' }),
      },
      answer: json(z.object({ invitations: z.array(invitation), next: z.string().nullable() })),
      handler: async ({ object, query, page }) => {
        checkMay(object.authority, 'members.add')
        const { state } = query
        const wanted = { organisationId: object.organisation.id, ...(state === undefined ? {} : { state }) }
        const found = await invitations.list({ ...wanted, ...page })
        return { invitations: found.invitations.map(invitationAnswer), next: found.next }
      },
    }),
    operation({
      ...common,
      method: 'POST',
      path: `${place.path}invitations/`,
      summary: 'Invite somebody by e-mail',
      description: 'For a member, neither a key nor an application invites owners and admins.',
      refuses: ['conflict'],
      body: z.strictObject({ email: z.string(), standing: standing.default('member') }),
      answer: json(sentInvitation, { status: 201, description: 'The invitation is sent.' }),
      handler: async ({ object, body, by, identity }) => {
        checkMayRestand(object.authority, null, body.standing)
        checkMayRaise(object.authority, identity, body.standing)
        const isOperator = object.authority.isOperator
        const inviterId = isOperator || identity?.principal.kind !== 'user' ? null : identity.principal.id
        const invitation = { organisationId: object.organisation.id, ...body, inviterId }
        return sent(await invitations.create(invitation, { ...by, allowedBy: object.authority.userId }))
      },
    }),
    operation({
      ...one,
      method: 'POST',
      path: `${place.path}invitations/{invitation}/resend/`,
      summary: 'Send another link, which ends the one before',
      refuses: ['conflict'],
      answer: json(sentInvitation),
      handler: async ({ object, path, identity, by }) => {
        const found = await invitationOf(object, path.invitation)
        checkMayRestand(object.authority, null, found.standing)
        checkMayRaise(object.authority, identity, found.standing)
        return sent(await invitations.resend(found.id, actionIn(object, by)))
      },
    }),
    operation({
      ...one,
      method: 'DELETE',
      path: `${place.path}invitations/{invitation}/`,
      summary: 'Cancel an invitation: its link does not work any more',
      refuses: ['conflict'],
      answer: nothing,
      handler: async ({ object, path, by }) => {
        const found = await invitationOf(object, path.invitation)
        await invitations.cancel(found.id, actionIn(object, by))
        return undefined
      },
    }),
  ]
}

function actionIn({ organisation, authority }: EnteredByApi, by: ActedBy): InvitationAction {
  return { by: { ...by, allowedBy: authority.userId }, organisationId: organisation.id }
}
