import { html } from 'hono/html'
import { layout, type Site } from './layout.ts'

export interface AddressTakenPage {
  readonly site?: Site
  /** What the provider is called. */
  readonly provider: string
  /** The address that both have. */
  readonly email: string
  /** Where to sign in to the account that is here, and go on from there to link the two; `null` where that cannot be. */
  readonly prove: string | null
  readonly signIn: string
}

/** There is an account with the address that somebody has at a provider: it is theirs once they have shown so, and not before. */
export async function addressTakenPage({ site, provider, email, prove, signIn }: AddressTakenPage): Promise<string> {
  const content = html`<p>
      There is an account here with the address <strong><bdi>${email}</bdi></strong> already, and it is not linked with
      ${provider} yet.
    </p>
    ${
      prove === null
        ? html`<p>Sign in the way you usually do. If you cannot, ask whoever runs this site.</p>
            <a class="button" href="${signIn}" id="go-on">Sign in</a>`
        : html`<p>
              If it is yours, sign in to it the way you usually do. You are then asked whether to link the two, and
              after that ${provider} lets you in. You have 15 minutes for it. If you have forgotten your password, you
              can ask for a new one on the next page.
            </p>
            <a class="button" href="${prove}" id="go-on">Sign in to link them</a>`
    }`
  return layout({ title: 'You have an account already', site, content })
}
