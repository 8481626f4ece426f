import { html } from 'hono/html'
import { hiddenField } from './components.ts'
import { layout, type Site } from './layout.ts'

export interface SignOutPage {
  readonly site?: Site
  /** Where the form goes. */
  readonly action: string
  readonly csrf: { readonly name: string; readonly token: string }
  /** Who is signed in. */
  readonly name: string
  /** Where to go afterwards: a path that was found safe (none). */
  readonly next?: string | null
  /** Where to go for whoever stays (/). */
  readonly home?: string
}

/** Asks before signing out: a link alone, which any page can hold, must not do it. */
export async function signOutPage({ site, action, csrf, name, next = null, home = '/' }: SignOutPage): Promise<string> {
  const content = html`<p>You are signed in as <strong>${name}</strong>.</p>
    <form method="post" action="${action}" id="sign-out" class="actions">
      ${hiddenField(csrf.name, csrf.token)} ${next === null ? '' : hiddenField('next', next)}
      <button class="button" type="submit" id="sign-out-submit">Sign out</button>
      <a class="button second" href="${home}" id="stay">Stay signed in</a>
    </form>`
  return layout({ title: 'Sign out?', site, content })
}
