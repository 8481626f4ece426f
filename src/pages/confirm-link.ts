import { html } from 'hono/html'
import { hiddenField } from './components.ts'
import { layout, type Site } from './layout.ts'
import { shownName } from './shown-name.ts'

export interface ConfirmLinkPage {
  readonly site?: Site
  readonly action: string
  readonly csrf: { readonly name: string; readonly token: string }
  /** What the provider is called, and what the account there goes by. */
  readonly provider: string
  readonly account: string
  /** Who is signed in here. */
  readonly user: string
}

/** Asks somebody who has proved that both accounts are theirs whether to link them. */
export async function confirmLinkPage({
  site,
  action,
  csrf,
  provider,
  account,
  user,
}: ConfirmLinkPage): Promise<string> {
  const content = html`<p>
      From then on, whoever can sign in at ${provider} as
      <strong id="foreign-account"><bdi>${shownName(account)}</bdi></strong> can sign in here as
      <strong id="account"><bdi>${user}</bdi></strong
      >.
    </p>
    <form method="post" action="${action}" id="link">
      ${hiddenField(csrf.name, csrf.token)}
      <div class="choice">
        <button class="button second" type="submit" name="decision" value="no" id="link-no">Do not link</button>
        <button class="button" type="submit" name="decision" value="yes" id="link-yes">Link them</button>
      </div>
    </form>`
  return layout({ title: `Link with ${provider}?`, site, content })
}
