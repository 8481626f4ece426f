import { html } from 'hono/html'
import { choices, textControl } from '../pages/controls.ts'
import type { Markup } from '../pages/layout.ts'
import type { Faults } from './faults.ts'

/** What was typed into the form of a trust. */
export interface TypedTrust {
  readonly issuer: string
  readonly subject: string
  readonly audience: string
  readonly scopes: readonly string[]
}

export interface TrustFormOptions {
  /** What scopes mean. */
  readonly scopes: Readonly<Record<string, string>>
  /** The scopes of the service account. */
  readonly mayHave: readonly string[]
  /** The audience that is of this service account alone. */
  readonly audience: string
}

/** Issuer, subject, audience and scopes. */
export function trustForm(typed: TypedTrust, faults: Faults, { scopes, mayHave, audience }: TrustFormOptions): Markup {
  return html`${textControl({
    id: 'issuer',
    name: 'issuer',
    label: 'Issuer',
    type: 'url',
    required: true,
    maxLength: 500,
    value: typed.issuer,
    wrong: faults['issuer'] ?? faults['main'],
    hint: html`The <code>iss</code> of its tokens, letter for letter. GitHub Actions has
      <code>https://token.actions.githubusercontent.com</code>, GitLab its own address.`,
  })}
  ${textControl({
    id: 'subject',
    name: 'subject',
    label: 'Subject',
    required: true,
    maxLength: 500,
    value: typed.subject,
    wrong: faults['subject'],
    hint: html`The <code>sub</code> of the job: <code>repo:acme/app:ref:refs/heads/main</code>. A <code>*</code> stands
      for one whole segment between colons or slashes, behind two that are written out:
      <code>repo:acme/*:ref:refs/heads/main</code>.`,
  })}
  ${textControl({
    id: 'audience',
    name: 'audience',
    label: 'Audience',
    required: true,
    maxLength: 500,
    value: typed.audience,
    wrong: faults['audience'],
    hint: html`The <code>aud</code> that the job asks for. <code>${audience}</code> is of this service account alone;
      with another one, a token that somebody else here trusts too is refused.`,
  })}
  ${
    mayHave.length === 0
      ? html`<p class="hint">The service account has no scopes, so that such tokens have none.</p>`
      : choices({
          id: 'scopes',
          name: 'scope',
          label: 'Such tokens may',
          choices: mayHave.map((value) => ({ value, text: scopes[value] ?? value, hint: value })),
          values: typed.scopes,
          wrong: faults['scopes'],
        })
  }`
}
