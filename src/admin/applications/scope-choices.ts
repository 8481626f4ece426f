import { choices } from '../../pages/controls.ts'
import type { Markup } from '../../pages/layout.ts'

/** The scopes of the catalogue as boxes. What is chosen and has left the catalogue is there still, to be taken away. */
export function scopeChoices(
  scopes: Readonly<Record<string, string>>,
  chosen: readonly string[],
  wrong?: string,
  hint = 'What may be asked for at most. Give little: more can be added later.',
): Markup {
  const gone = chosen.filter((scope) => !Object.hasOwn(scopes, scope))
  return choices({
    id: 'scopes',
    name: 'scope',
    label: 'Scopes',
    values: chosen,
    wrong,
    hint,
    choices: [
      ...Object.entries(scopes).map(([value, text]) => ({ value, text: value, hint: text })),
      ...gone.map((value) => ({ value, text: value, hint: 'Not in the catalogue any more' })),
    ],
  })
}
