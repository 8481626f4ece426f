import { html } from 'hono/html'
import { moment } from '../../pages/components.ts'
import type { Markup } from '../../pages/layout.ts'
import { shownName } from '../../pages/shown-name.ts'

export interface LinkOnceOptions {
  readonly link: string
  /** Whom it is for. */
  readonly email: string
  /** Whether it was mailed to them too. */
  readonly isMailed: boolean
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  readonly onward: { readonly href: string; readonly text: string }
}

/** The link of an invitation, shown this one time. */
export function linkOnce({ link, email, isMailed, expiresAt, onward }: LinkOnceOptions): Markup {
  const address = html`<strong><bdi>${shownName(email)}</bdi></strong>`
  return html`<p id="link-note">
      ${
        isMailed
          ? html`The link is on its way to ${address}. You can also hand it over yourself: copy it now.`
          : html`No mail is sent from here. Copy the link now, and hand it over to ${address} yourself.`
      }
      This page cannot be opened again.
    </p>
    <div class="field">
      <label for="link">Link</label>
      <input
        id="link"
        class="secret"
        type="text"
        value="${link}"
        readonly
        autocomplete="off"
        spellcheck="false"
        aria-describedby="link-note"
      />
    </div>
    <div class="buttons">
      <button class="button small second" type="button" data-copies="link" hidden>Copy</button>
    </div>
    <p class="quiet">It works once, until ${moment(expiresAt)}, for an account with that address.</p>
    <p><a class="button" id="onward" href="${onward.href}">${onward.text}</a></p>`
}
