import { html } from 'hono/html'
import { type RememberedList, rememberedAccounts } from './choose-account.ts'
import { hiddenField } from './components.ts'
import { layout, type Site } from './layout.ts'

export interface SignedInPage {
  readonly site?: Site
  /** Who is signed in. */
  readonly name: string
  /** Where to go on: a path that was found safe. */
  readonly next: string
  /** Where to sign in as somebody else. */
  readonly another: string
  readonly signOut: string
  readonly csrf: { readonly name: string; readonly token: string }
  /** Others that are remembered in this browser (none). */
  readonly others?: RememberedList | null
}

/**
 * What the page to sign in shows to somebody who is signed in. It sends nobody on by itself: a page that asks for more than
 * they have would send them back here for ever.
 */
export async function signedInPage(page: SignedInPage): Promise<string> {
  const { site, name, next, another, signOut, csrf, others = null } = page
  const content = html`<p>
      You are signed in as <bdi><strong>${name}</strong></bdi
      >.
    </p>
    <form method="post" action="${signOut}" id="sign-out" class="actions">
      <a class="button" href="${next}" id="continue">Continue</a>
      <a class="button second" href="${another}" id="another-account">Use another account</a>
      ${hiddenField(csrf.name, csrf.token)}
      <button class="button second" type="submit" id="sign-out-submit">Sign out</button>
    </form>
    ${
      others === null || others.accounts.length === 0
        ? ''
        : html`<h2 id="others-heading">Other accounts in this browser</h2>
            ${rememberedAccounts(others)}`
    }`
  return layout({ title: 'Signed in', site, content })
}
