import { html } from 'hono/html'
import { moment } from '../pages/components.ts'
import { momentOr } from '../pages/facts.ts'
import { postForm } from '../pages/forms.ts'
import type { Markup } from '../pages/layout.ts'
import { shownName } from '../pages/shown-name.ts'
import type { Visit } from '../screens/screen.ts'
import type { ApiKeys } from '../tokens/api-keys.ts'
import type { ApiTokens } from '../tokens/api-tokens.ts'
import type { SignedInProgram } from '../tokens/family-list.ts'

export interface KeysStepStores {
  readonly apiKeys: Pick<ApiKeys, 'list'>
  readonly apiTokens: Pick<ApiTokens, 'list'>
  readonly programs: (userId: string) => Promise<readonly SignedInProgram[]>
}

/** What acts for somebody beside browsers and applications, each with the button that ends it. */
export async function keysStep({ apiKeys, apiTokens, programs }: KeysStepStores, visit: Visit): Promise<Markup> {
  const owner = { kind: 'user', id: visit.user.id } as const
  const [all, tokens, signedIn] = await Promise.all([
    apiKeys.list(owner),
    apiTokens.list(owner),
    programs(visit.user.id),
  ])
  const keys = all.filter(({ revokedAt }) => revokedAt === null)
  if (keys.length + tokens.length + signedIn.length === 0) {
    return html`<p>You have no API keys, no tokens, and no program is signed in for you.</p>`
  }
  return html`<p>End what you do not know. What uses it stops at once.</p>
    ${keys.map((one) =>
      itemForm(
        visit,
        'revoke',
        { key: one.id },
        html`${shownName(one.name, one.id)} (${one.masked}), made ${moment(one.createdAt)}, last used
        ${momentOr(one.lastUsedAt)}`,
        'Revoke',
      ),
    )}
    ${tokens.map((one) =>
      itemForm(
        visit,
        'revoke-token',
        { id: one.id },
        html`Token ${one.name === '' ? 'without a name' : shownName(one.name)}, made ${moment(one.createdAt)}, last used
        ${momentOr(one.lastUsedAt)}`,
        'Revoke',
      ),
    )}
    ${signedIn.map((one) =>
      itemForm(visit, 'end-program', { id: one.id }, html`Program that signed in ${moment(one.since)}`, 'Sign out'),
    )}`
}

/** A thing, and the button that ends it. */
export function itemForm(
  visit: Visit,
  action: string,
  fields: Readonly<Record<string, string>>,
  name: string | Markup,
  button: string,
): Markup {
  return html`<div class="toolbar">
    <span><bdi>${name}</bdi></span>
    ${postForm({ to: visit.path, proof: visit.form, action, fields, button, kind: 'second', isInline: true })}
  </div>`
}
