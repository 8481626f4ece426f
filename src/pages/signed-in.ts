import { html } from 'hono/html'
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
}

/**
 * What the page to sign in shows to somebody who is signed in. It sends nobody on by itself: a page that asks for more than
 * they have would send them back here for ever.
 */
export async function signedInPage({ site, name, next, another, signOut, csrf }: SignedInPage): Promise<string> {
  const content = html`<p>You are signed in as <strong>${name}</strong>.</p>
    <form method="post" action="${signOut}" id="sign-out" class="actions">
      <a class="button" href="${next}" id="continue">Continue</a>
      <a class="button second" href="${another}" id="another-account">Use another account</a>
      ${hiddenField(csrf.name, csrf.token)}
      <button class="button second" type="submit" id="sign-out-submit">Sign out</button>
    </form>`
  return layout({ title: 'Signed in', site, content })
}
