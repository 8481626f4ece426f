import { html } from 'hono/html'
import { select, textControl } from '../../pages/controls.ts'
import { postForm } from '../../pages/forms.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import type { Screen, View, Visit } from '../../screens/screen.ts'
import { isStanding } from '../../tokens/standing.ts'
import { checkMayRestand } from '../authority.ts'
import type { Invitations } from '../invitations.ts'
import { byIn, enterFor, organisationCrumbs, type Place } from './place.ts'
import { type InvitationLinks, sentInvitation } from './sent-invitation.ts'
import { standingChoices } from './standing-words.ts'

export interface NewInvitationScreenStores extends InvitationLinks {
  readonly invitations: Pick<Invitations, 'create'>
}

/** Inviting somebody, by their e-mail address. */
export function newInvitationScreen(place: Place, stores: NewInvitationScreenStores): Screen {
  async function page(visit: Visit, typed: Typed, faults: Faults = {}): Promise<View> {
    const entered = await enterFor(place, visit, 'members.add')
    return {
      title: 'Invite somebody',
      crumbs: organisationCrumbs(entered, 'invitations/', 'Invitations'),
      problems: problemsOf(faults, { main: 'email' }),
      content: postForm({
        to: visit.path,
        proof: visit.onceForm,
        action: 'invite',
        button: 'Send the invitation',
        cancel: `${entered.base}invitations/`,
        content: html`${textControl({
          id: 'email',
          name: 'email',
          label: 'E-mail address',
          type: 'email',
          required: true,
          maxLength: 254,
          value: typed.email,
          wrong: faults['email'] ?? faults['main'],
          hint: stores.isMailed
            ? 'They get a link that works once, for an account with this address.'
            : 'No mail is sent from here: hand the link over yourself. It works once, for an account with this address.',
        })}
        ${select({
          id: 'standing',
          name: 'standing',
          label: 'They become',
          value: typed.standing,
          choices: standingChoices(entered.authority, null),
        })}`,
      }),
    }
  }

  return {
    path: `${place.path}invitations/new/`,
    show: async (visit) => page(visit, { email: '', standing: 'member' }),
    actions: {
      invite: {
        isOnce: true,
        run: async (visit) => {
          const entered = await enterFor(place, visit, 'members.add')
          const typed = { email: visit.text('email'), standing: visit.text('standing') }
          const { standing } = typed
          if (!isStanding(standing)) return page(visit, typed, { main: 'A member is an owner, admin or member.' })
          checkMayRestand(entered.authority, null, standing)
          try {
            const sent = await stores.invitations.create(
              {
                organisationId: entered.organisation.id,
                email: typed.email,
                standing,
                inviterId: entered.authority.isOperator ? null : visit.user.id,
              },
              byIn(visit, entered),
            )
            const list = `${entered.base}invitations/`
            return {
              title: 'The invitation is made',
              crumbs: organisationCrumbs(entered, 'invitations/', 'Invitations'),
              content: sentInvitation(stores, { email: typed.email, sent, list }),
            }
          } catch (error) {
            return page(visit, typed, faultsOf(error))
          }
        },
      },
    },
  }
}

interface Typed {
  readonly email: string
  readonly standing: string
}
