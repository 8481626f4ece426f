import { html } from 'hono/html'
import { hiddenField } from './components.ts'
import { layout, type Markup, type Site } from './layout.ts'

/** An account that is remembered in a browser: no more than its name, and where to sign in with it. */
export interface RememberedAccount {
  readonly name: string
  readonly href: string
}

export interface RememberedList {
  readonly accounts: readonly RememberedAccount[]
  /** Where the forms go that remove one, and what they carry beside its name. */
  readonly action: string
  readonly csrf: { readonly name: string; readonly token: string }
  readonly next: string | null
}

export interface ChooseAccountPage extends RememberedList {
  readonly site?: Site
  /** Where to sign in under another name. */
  readonly another: string
}

/** Where nobody is signed in: the names that are remembered in this browser, one of which is chosen. */
export async function chooseAccountPage({ site, another, ...list }: ChooseAccountPage): Promise<string> {
  const content = html`<p>Nobody is signed in here. You prove who you are next.</p>
    ${rememberedAccounts(list)}
    <div class="actions"><a class="button second" href="${another}" id="another-account">Use another account</a></div>`
  return layout({ title: 'Choose an account', site, content })
}

/** The names that are remembered, each to be chosen or removed. Nothing where there are none. */
export function rememberedAccounts({ accounts, action, csrf, next }: RememberedList): Markup | '' {
  if (accounts.length === 0) return ''
  return html`<ul class="accounts" id="remembered-accounts" aria-label="Remembered in this browser">
    ${accounts.map(
      ({ name, href }, index) =>
        html`<li>
          <a class="button second" href="${href}" id="account-${index}"><bdi>${name}</bdi></a>
          <form method="post" action="${action}">
            ${hiddenField(csrf.name, csrf.token)} ${next === null ? '' : hiddenField('next', next)}
            ${hiddenField('forget', name)}
            <button class="as-link" type="submit" id="forget-${index}">
              Remove <bdi>${name}</bdi> from this browser
            </button>
          </form>
        </li>`,
    )}
  </ul>`
}
