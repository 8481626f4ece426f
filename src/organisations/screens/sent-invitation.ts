import { html } from 'hono/html'
import { moment } from '../../pages/components.ts'
import { copiedField } from '../../pages/copied-field.ts'
import type { Markup } from '../../pages/layout.ts'
import { shownName } from '../../pages/shown-name.ts'
import type { SentInvitation } from '../invitations.ts'

export interface InvitationLinks {
  /** Where a token leads. */
  readonly linkOf: (token: string) => string
  /** Whether mail goes anywhere. */
  readonly isMailed: boolean
}

export interface SentInvitationOptions {
  /** Whom it is for. */
  readonly email: string
  readonly sent: SentInvitation
  /** The address of the invitations, to go on to. */
  readonly list: string
}

/** The link of an invitation, shown this one time: it is kept as a digest. */
export function sentInvitation(
  { linkOf, isMailed }: InvitationLinks,
  { email, sent, list }: SentInvitationOptions,
): Markup {
  const address = html`<strong><bdi>${shownName(email)}</bdi></strong>`
  return html`<p id="link-note">
      ${
        isMailed
          ? html`The link is on its way to ${address}. You can also hand it over yourself: copy it now.`
          : html`No mail is sent from here. Copy the link now, and hand it over to ${address} yourself.`
      }
      This page cannot be opened again.
    </p>
    ${copiedField({ id: 'link', label: 'Link', value: linkOf(sent.token) })}
    <div class="buttons">
      <button class="button small second" type="button" data-copies="link" hidden>Copy</button>
    </div>
    <p class="quiet">It works once, until ${moment(sent.expiresAt)}, for an account with that address.</p>
    <p><a class="button" id="onward" href="${list}">Go to the invitations</a></p>`
}
