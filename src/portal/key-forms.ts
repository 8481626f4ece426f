import { html } from 'hono/html'
import { choices, select, textControl } from '../pages/controls.ts'
import { postForm } from '../pages/forms.ts'
import type { Markup } from '../pages/layout.ts'
import type { Faults } from '../screens/faults.ts'
import type { Visit } from '../screens/screen.ts'
import type { ApiKeyRecord } from '../tokens/api-keys.ts'

/** What somebody wants of a key, as they wrote it. */
export interface KeyChanges {
  readonly name: string
  readonly purpose: string
  readonly scopes: readonly string[]
  readonly addresses: string
}

/** How a key is now. */
export function changesOf({ name, purpose, scopes, allowedAddresses }: ApiKeyRecord): KeyChanges {
  return { name, purpose, scopes, addresses: allowedAddresses.join('\n') }
}

/** Calls a key otherwise, takes rights from it, and says where it may be used from. What was refused stays as it was typed. */
export function changeForm(visit: Visit, { scopes }: ApiKeyRecord, wanted: KeyChanges, faults: Faults): Markup {
  return html`<section>
    <h2>Change</h2>
    ${postForm({
      to: visit.path,
      proof: visit.form,
      action: 'update',
      button: 'Save',
      content: html`${textControl({ id: 'key-name', name: 'name', label: 'Name', required: true, maxLength: 100, value: wanted.name, wrong: faults['name'] })}
      ${textControl({ id: 'key-purpose', name: 'purpose', label: 'What for', maxLength: 500, value: wanted.purpose, wrong: faults['purpose'] })}
      ${
        scopes.length === 0
          ? ''
          : choices({
              id: 'key-scopes',
              name: 'scope',
              label: 'It may',
              hint: 'What you take away is gone at once, and for this key for good: for more, make a new one.',
              choices: scopes.map((scope) => ({ value: scope, text: scope })),
              values: wanted.scopes,
              wrong: faults['scopes'],
            })
      }
      ${textControl({
        id: 'key-addresses',
        name: 'addresses',
        label: 'Only from these addresses',
        isLong: true,
        value: wanted.addresses,
        wrong: faults['allowedAddresses'],
        hint: 'One address or range a line. Empty: from anywhere.',
      })}`,
    })}
  </section>`
}

/** How long the old secret goes on beside the new one, in seconds. */
export const overlaps: readonly { readonly value: string; readonly text: string }[] = [
  { value: '0', text: 'ends now' },
  { value: '3600', text: 'goes on for an hour' },
  { value: '86400', text: 'goes on for a day' },
  { value: '604800', text: 'goes on for a week' },
]

/** Gives a key a new secret, and ends the old one or the new one while both work. */
export function rollForms(visit: Visit, { rotation }: ApiKeyRecord, now: number): Markup {
  const isOverlapping = rotation !== null && (rotation.endsAt === null || now < rotation.endsAt)
  return html`<section>
    <h2>Rotate the secret</h2>
    ${
      isOverlapping
        ? html`<p>Both secrets work. Finish once the old one is not used any more.</p>
            <div class="buttons">
              ${postForm({ to: visit.path, proof: visit.form, action: 'finish', button: 'Finish: end the old one', isInline: true })}
              ${postForm({ to: visit.path, proof: visit.form, action: 'cancel', button: 'Cancel: end the new one', kind: 'second', isInline: true })}
            </div>`
        : html`<p>The key gets a new secret. Until the old one ends, both work.</p>
            ${postForm({
              to: visit.path,
              proof: visit.onceForm,
              action: 'roll',
              button: 'Rotate',
              kind: 'second',
              content: select({
                id: 'overlap',
                name: 'overlap',
                label: 'The old secret',
                choices: overlaps,
                value: '86400',
              }),
            })}`
    }
  </section>`
}
