import { html } from 'hono/html'
import type { ScopeCatalogue } from '../oauth/scopes.ts'
import type { Markup } from '../pages/layout.ts'
import type { KeyFields } from './key-form.ts'
import { groupedScopes, type ScopeResource } from './key-scopes.ts'

/** What most keys are for: places to begin with, which fill in the form of a new one. */
export const keyPresets = {
  /** The form as a preset has it; empty for no preset, and for one that is none. */
  fields: (wanted: string | null, scopes: ScopeCatalogue): KeyFields => {
    const preset = presets.find(({ name }) => name === wanted)
    if (preset === undefined) return {}
    const chosen = groupedScopes(scopes).resources.map((one) => [`resource_${one.name}`, preset.access(one)])
    return Object.fromEntries(chosen) as KeyFields
  },

  links: (path: string): Markup =>
    html`<p class="quiet" id="presets">
      Begin with:
      ${presets.map(
        ({ name, text }, index) =>
          html`${index === 0 ? '' : ' · '}<a href="${path}?preset=${name}" id="preset-${name}">${text}</a>`,
      )}
    </p>`,
}

const presets: readonly {
  readonly name: string
  readonly text: string
  readonly access: (resource: ScopeResource) => 'none' | 'read' | 'write'
}[] = [
  { name: 'nothing', text: 'nothing', access: () => 'none' },
  { name: 'read', text: 'reading everything', access: ({ read }) => (read === null ? 'none' : 'read') },
  {
    name: 'write',
    text: 'reading and writing everything',
    access: ({ write }) => (write === null ? 'read' : 'write'),
  },
]
