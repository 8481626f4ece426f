import { html } from 'hono/html'
import { hiddenField } from './components.ts'
import { layout, type Site } from './layout.ts'
import { shownName } from './shown-name.ts'

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
  /** What else the form carries, unseen (nothing). */
  readonly fields?: readonly (readonly [name: string, value: string])[]
  /** What the application calls itself that asks for it (nobody but the person). */
  readonly application?: string | null
}

/** Asks before signing out: a link alone, which any page can hold, must not do it. */
export async function signOutPage(page: SignOutPage): Promise<string> {
  const { site, action, csrf, name, next = null, home = '/', fields = [], application = null } = page
  const content = html`<p>
      You are signed in as <strong><bdi>${name}</bdi></strong
      >.
    </p>
    ${
      application === null
        ? ''
        : html`<p>
            <strong id="application"><bdi>${shownName(application)}</bdi></strong> would like to sign you out here, and
            of other applications that you signed in to from here.
          </p>`
    }
    <form method="post" action="${action}" id="sign-out" class="actions">
      ${hiddenField(csrf.name, csrf.token)} ${next === null ? '' : hiddenField('next', next)}
      ${fields.map(([field, value]) => hiddenField(field, value))}
      <button class="button" type="submit" id="sign-out-submit">Sign out</button>
      <a class="button second" href="${home}" id="stay">Stay signed in</a>
    </form>`
  return layout({ title: 'Sign out?', site, content })
}
