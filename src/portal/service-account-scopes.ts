import { scopeSentence } from '../oauth/scope-sentence.ts'
import type { ScopeCatalogue } from '../oauth/scopes.ts'
import { choices } from '../pages/controls.ts'
import type { Markup } from '../pages/layout.ts'
import { groupedScopes } from './key-scopes.ts'

/** The scopes that keys can have, out of a catalogue. */
export function scopesOfKeys(scopes: ScopeCatalogue): readonly string[] {
  const { resources, others } = groupedScopes(scopes)
  return [...resources.flatMap(({ read, write }) => [read, write]), ...others].filter((scope) => scope !== null)
}

/** Those entries of a catalogue that are listed. */
export function pick(catalogue: ScopeCatalogue, names: readonly string[]): ScopeCatalogue {
  return Object.fromEntries(names.map((name) => [name, scopeSentence(catalogue, name)]))
}

/** The boxes of what a service account may at most. */
export function scopeBoxes(scopes: ScopeCatalogue, chosen: readonly string[]): Markup {
  return choices({
    id: 'account-scopes',
    name: 'scope',
    label: 'It may, at most',
    hint: 'Its keys can have less, never more.',
    choices: scopesOfKeys(scopes).map((name) => ({ value: name, text: scopeSentence(scopes, name), hint: name })),
    values: chosen,
  })
}
