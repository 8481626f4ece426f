import { html } from 'hono/html'
import { layout, type Site } from './layout.ts'
import { shownName } from './shown-name.ts'

export interface InvitationPage {
  readonly site?: Site
  readonly organisation: string
  /** Who invites; `null`: the administration. */
  readonly inviter: string | null
  /** What they become: `a member`, `an admin`. */
  readonly becomes: string
  /** Where to sign in and come back. */
  readonly signIn: string
  /** Where to make an account; `null`: nobody can here. */
  readonly signUp: string | null
}

/** What somebody who is not signed in sees of an invitation: who invites them to what, and how to go on. */
export async function invitationPage(page: InvitationPage): Promise<string> {
  const { site, organisation, inviter, becomes, signIn, signUp } = page
  const name = shownName(organisation)
  const content = html`<p id="invitation">
      ${inviter === null ? 'The administration' : html`<strong><bdi>${shownName(inviter)}</bdi></strong>`} invites you
      to become ${becomes} of <strong><bdi>${name}</bdi></strong
      >. Sign in with the account that has the e-mail address that the invitation came to.
    </p>
    ${signUp === null ? html`<p class="quiet">If you have no account yet, ask whoever invites you for one.</p>` : ''}
    <div class="actions">
      <a class="button" href="${signIn}" id="sign-in">Sign in</a>
      ${signUp === null ? '' : html`<a class="button second" href="${signUp}" id="sign-up">Make an account</a>`}
    </div>`
  return layout({ title: `Join ${name}?`, site, content })
}
