import { html } from 'hono/html'
import type { UserRecord } from '../accounts/user-record.ts'
import type { Users } from '../accounts/users.ts'
import { RequestRefused } from '../core/errors.ts'
import type { InvitationView, Invitations } from '../organisations/invitations.ts'
import { standingWords } from '../organisations/screens/standing-words.ts'
import { moment } from '../pages/components.ts'
import { facts } from '../pages/facts.ts'
import { postForm } from '../pages/forms.ts'
import type { Markup } from '../pages/layout.ts'
import { shownName } from '../pages/shown-name.ts'
import { leave, type Screen, type Visit } from '../screens/screen.ts'

export interface InvitationScreenStores {
  readonly invitations: Pick<Invitations, 'read' | 'accept'>
  readonly users: Pick<Users, 'find'>
}

/** What somebody who is signed in sees of an invitation, and accepting it. */
export function invitationScreen({ invitations, users }: InvitationScreenStores): Screen {
  return {
    path: 'invitations/:token/',
    show: async (visit) => {
      const invitation = await invitations.read(visit.params['token'] ?? '')
      if (invitation === null) {
        throw new RequestRefused('not_found', 'There is no such invitation, or a newer one was sent.')
      }
      const name = shownName(invitation.organisationName)
      return {
        title: `Join ${name}?`,
        content: html`${facts([
          ['Organisation', html`<bdi>${name}</bdi>`],
          [
            'Invited by',
            invitation.inviterName === null
              ? 'the administration'
              : html`<bdi>${shownName(invitation.inviterName)}</bdi>`,
          ],
          ['You become', standingWords[invitation.standing]],
          ['Works until', moment(invitation.expiresAt)],
        ])}
        ${wayOn(visit, invitation, await users.find(visit.user.id))}`,
      }
    },
    actions: {
      accept: {
        run: async (visit) => {
          const { organisationId } = await invitations.accept(visit.params['token'] ?? '', visit.user.id, visit.by)
          return leave(`/account/organisations/${organisationId}/`, 'You are a member now.')
        },
      },
    },
  }
}

/** The button, or what is in the way and what to do about it. */
function wayOn(visit: Visit, { email, state, isSuspended }: InvitationView, user: UserRecord | null): Markup {
  const note = (text: string | Markup): Markup => html`<p class="note" id="way-on">${text}</p>`
  if (state === 'accepted') {
    return html`${note('The invitation was used already.')}
      <p><a class="button" href="/account/organisations/" id="organisations">Your organisations</a></p>`
  }
  if (state === 'cancelled') return note('The invitation was cancelled. Ask for a new one.')
  if (state === 'expired') return note('The invitation has run out. Ask for a new one.')
  if (isSuspended) return note('The organisation is suspended, and takes nobody at the moment. Try again later.')
  // Compared as the store does it; that is what decides.
  if (user?.email?.toLowerCase() !== email.toLowerCase()) {
    return html`${note(
        html`It was sent to another e-mail address than that of this account, <bdi>${shownName(visit.user.name)}</bdi>.
          Sign out, and in again with the right one.`,
      )}
      <p><a class="button" href="/accounts/logout/" id="sign-out-first">Sign out</a></p>`
  }
  if (!user.emailVerified) {
    return note('Show first that you read mail at your address: open the link in the mail that we sent there.')
  }
  return postForm({
    to: visit.path,
    proof: visit.form,
    action: 'accept',
    button: 'Join',
    cancel: '/account/organisations/',
  })
}
