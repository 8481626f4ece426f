import { html } from 'hono/html'
import type { Site } from './layout.ts'
import { plainFormPage } from './plain-form.ts'
import { shownName } from './shown-name.ts'
import { type ShownTerms, termsField } from './terms-field.ts'

export interface JoinPage {
  readonly site?: Site
  readonly action: string
  readonly hidden: readonly (readonly [name: string, value: string])[]
  /** What the provider is called, and what the account there goes by. */
  readonly provider: string
  readonly account: string
  readonly terms: ShownTerms
  /** Whether it was sent without accepting them (false). */
  readonly isMissing?: boolean
}

/** What somebody new, who came from a provider, accepts before there is an account. */
export async function joinPage({ provider, account, terms, isMissing = false, ...page }: JoinPage): Promise<string> {
  const wrong = 'Accept the terms to go on.'
  return plainFormPage({
    ...page,
    title: 'Make an account',
    id: 'join',
    content: html`<p>
        You come from ${provider} as <strong id="foreign-account"><bdi>${shownName(account)}</bdi></strong
        >, and have no account here yet.
      </p>
      ${termsField(terms, isMissing ? wrong : undefined)}`,
    button: 'Create the account',
    problems: isMissing ? [{ message: wrong, field: 'id_terms' }] : [],
  })
}
