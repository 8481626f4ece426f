import { html } from 'hono/html'
import { layout, type Site } from './layout.ts'
import { type ProviderButton, providerButtons, type ProviderButtonsOptions } from './provider-buttons.ts'

export interface ProviderStartPage extends Pick<ProviderButtonsOptions, 'fields'> {
  readonly site?: Site
  readonly button: ProviderButton
  /** Where to sign in in another way. */
  readonly signIn: string
}

/** What somebody sees whom a link led to a provider: one press goes there, since a link alone must not. */
export async function providerStartPage({ site, button, fields, signIn }: ProviderStartPage): Promise<string> {
  const content = html`<p>You sign in at ${button.name}, and come back here afterwards.</p>
    ${providerButtons({ buttons: [button], fields })}
    <p class="after"><a href="${signIn}" id="other-way">Sign in another way</a></p>`
  return layout({ title: `Sign in with ${button.name}`, site, content })
}
