import { html } from 'hono/html'
import { badge, codeBlock, facts, momentOr } from '../../pages/facts.ts'
import type { Markup } from '../../pages/layout.ts'
import type { DescribedToken } from './described-token.ts'
import { linked } from '../linked.ts'
import type { Names } from '../names.ts'

/** What is known of a token, without the token. */
export async function tokenFacts(token: DescribedToken | null, names: Names): Promise<Markup> {
  if (token === null) {
    return html`<p class="note" id="no-token">
      This is no token of any kind that this server knows: it may be cut off or mistyped.
    </p>`
  }
  const { what, state, note, owner, client, scopes, issuedAt, expiresAt, href, claims } = token
  const named = await names([owner, client].filter((one) => one !== null))
  return html`${facts([
    ['It is', what],
    [
      'Status',
      state === 'good' ? badge('Good', 'good') : state === 'over' ? badge('Over', 'bad') : badge('Unknown', 'bad'),
    ],
    ...(note === undefined ? [] : ([['Note', note]] as const)),
    ['Belongs to', linked(owner, named)],
    ['Given to', linked(client, named, 'no application')],
    ['Scopes', scopes.join(' ')],
    ['Issued', momentOr(issuedAt, 'unknown')],
    ['Expires', momentOr(expiresAt)],
  ])}
  ${claims === undefined ? '' : codeBlock('claims', 'Its claims', JSON.stringify(claims, null, 2))}
  ${href === null ? '' : html`<p><a class="button small second" id="token-page" href="${href}">Where it can be ended</a></p>`}`
}
