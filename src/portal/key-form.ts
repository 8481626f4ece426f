import { html } from 'hono/html'
import type { ScopeCatalogue } from '../oauth/scopes.ts'
import { duration } from '../pages/components.ts'
import { type Choice, chosenIn, choices, folded, select, textControl } from '../pages/controls.ts'
import { narrowing } from '../pages/narrowing.ts'
import type { Markup } from '../pages/layout.ts'
import { dayTyped } from '../screens/day-typed.ts'
import type { Faults } from '../screens/faults.ts'
import type { Posted } from '../screens/screen.ts'
import { addressesIn } from '../screens/words-in.ts'
import type { ApiKeyMode, ApiKeyValues } from '../tokens/api-keys.ts'
import { groupedScopes } from './key-scopes.ts'

/** What a person typed into the form of a key, as texts. */
export type KeyFields = Readonly<Record<string, string>>

/** The form of a new key, filled in with what was typed. `longest`: seconds that it may live at most (any number). */
export function keyForm(
  scopes: ScopeCatalogue,
  fields: KeyFields,
  faults: Faults = {},
  longest: number | null = null,
): Markup {
  const { resources, others } = groupedScopes(scopes)
  return html`${textControl({
      id: 'key-name',
      name: 'name',
      label: 'Name',
      required: true,
      maxLength: 100,
      value: fields['name'] ?? '',
      hint: 'You tell your keys apart by it: nightly export.',
      wrong: faults['name'] ?? faults['main'],
    })}
    ${textControl({
      id: 'key-purpose',
      name: 'purpose',
      label: 'What for',
      maxLength: 500,
      value: fields['purpose'] ?? '',
      hint: 'What it does and where it runs, for whoever finds it later: copies the notes each night, on build-3.',
      wrong: faults['purpose'],
    })}
    ${select({
      id: 'key-mode',
      name: 'mode',
      label: 'Environment',
      value: fields['mode'] ?? 'live',
      choices: [
        { value: 'live', text: 'Live' },
        { value: 'test', text: 'Test' },
      ],
      hint: 'The API is told which; what a test key may touch is for it to say.',
    })}
    ${select({
      id: 'key-expiry',
      name: 'expiry',
      label: 'Expires',
      value: fields['expiry'] ?? firstExpiry(longest),
      choices: expiriesWithin(longest),
      hint: longest === null ? undefined : `The organisation lets keys live for ${duration(longest)} at most.`,
      wrong: faults['expiresAt'],
    })}
    ${textControl({
      id: 'key-until',
      name: 'until',
      label: 'On this day',
      type: 'date',
      value: fields['until'] ?? '',
      hint: 'Where you chose a day of your own. It ends as that day ends, in UTC.',
    })}
    ${resources.length + others.length > few ? narrowing({ id: 'key-search', label: 'Find among the permissions', place: 'key-permissions' }) : ''}
    <div id="key-permissions">
      ${resources.map(({ name, read, write }) =>
        select({
          id: `key-scope-${name}`,
          name: `resource_${name}`,
          label: `Access to ${name}`,
          value: fields[`resource_${name}`] ?? 'none',
          choices: [
            { value: 'none', text: 'None' },
            ...(read ? [{ value: 'read', text: 'Read' }] : []),
            ...(write ? [{ value: 'write', text: read ? 'Read and write' : 'Write' }] : []),
          ],
        }),
      )}
      ${
        others.length === 0
          ? ''
          : choices({
              id: 'key-scopes',
              name: 'scope',
              label: 'It may',
              hint: 'Give it what it needs and no more. A key without any of these can do nothing that asks for one.',
              choices: others.map((name) => ({ value: name, text: scopes[name] ?? name, hint: name })),
              values: chosenIn(fields, 'scope', others),
              wrong: faults['scopes'],
            })
      }
    </div>
    ${folded(
      'Where from, and how often',
      html`${textControl({
        id: 'key-addresses',
        name: 'addresses',
        label: 'Only from these addresses',
        isLong: true,
        value: fields['addresses'] ?? '',
        hint: 'One address or range a line, such as 192.0.2.7 or 10.0.0.0/8. Empty: from anywhere.',
        wrong: faults['allowedAddresses'],
      })}
      ${textControl({
        id: 'key-rate',
        name: 'rate',
        label: 'At most',
        value: fields['rate'] ?? '',
        maxLength: 20,
        hint: 'Requests in a time, such as 100/min. It bounds the key further: the limits of the API hold as well.',
        wrong: faults['rate'],
      })}`,
      ['addresses', 'rate'].some((name) => (fields[name] ?? '') !== '') ||
        faults['allowedAddresses'] !== undefined ||
        faults['rate'] !== undefined,
    )}`
}

/** So many permissions are found without searching. */
const few = 8

/** The ids of the controls, by what the store calls their values. */
export const keyControls: Readonly<Record<string, string>> = {
  main: 'key-name',
  name: 'key-name',
  purpose: 'key-purpose',
  mode: 'key-mode',
  scopes: 'key-scopes',
  expiresAt: 'key-expiry',
  allowedAddresses: 'key-addresses',
  rate: 'key-rate',
}

/** What stands in the form, for the store to check, and the words for what cannot be read at all. */
export function keyValuesIn(
  { fields, text }: Posted,
  scopes: ScopeCatalogue,
  now: number,
  longest: number | null = null,
): { readonly values: ApiKeyValues; readonly mode: ApiKeyMode; readonly faults: Faults } {
  const { resources, others } = groupedScopes(scopes)
  const chosen = resources.flatMap(({ name, read, write }) => {
    const access = text(`resource_${name}`)
    if (access === 'write') return [write, read].filter((scope) => scope !== null)
    return access === 'read' && read !== null ? [read] : []
  })
  const expiresAt = endIn(text('expiry') || '90', text('until'), { now, longest })
  return {
    mode: text('mode') === 'test' ? 'test' : 'live',
    faults: expiresAt === undefined ? { expiresAt: 'Choose a day that is still to come.' } : {},
    values: {
      name: text('name'),
      purpose: text('purpose'),
      scopes: [...chosen, ...chosenIn(fields, 'scope', others)],
      allowedAddresses: addressesIn(text('addresses')),
      rate: text('rate') || null,
      expiresAt: expiresAt ?? null,
    },
  }
}

/** The fields of the form, to be sent along unseen. */
export function keyFieldsIn({ fields }: Posted): KeyFields {
  const kept = Object.entries(fields).filter(
    ([name, value]) =>
      typeof value === 'string' && /^(name|purpose|mode|expiry|until|addresses|rate|resource_.+|scope_.+)$/.test(name),
  )
  return Object.fromEntries(kept) as KeyFields
}

/** Those that an organisation allows; a day of one's own is always one. */
function expiriesWithin(longest: number | null): readonly Choice[] {
  const [onDay, ...others] = otherExpiries
  return [
    ...expiries
      .filter((days) => longest === null || days * day <= longest)
      .map((days) => ({ value: String(days), text: `after ${days} days` })),
    ...(longest === null ? [] : [{ value: 'longest', text: 'as long as is allowed' }]),
    ...(onDay === undefined ? [] : [onDay]),
    ...(longest === null ? others : []),
  ]
}

function firstExpiry(longest: number | null): string {
  if (longest === null || longest >= 90 * day) return '90'
  return longest >= 30 * day ? '30' : 'longest'
}

/** In seconds. */
const day = 86_400
const expiries = [30, 90, 180, 365]
const otherExpiries: readonly Choice[] = [
  { value: 'day', text: 'on a day of my own' },
  { value: 'never', text: 'never' },
]

/** `null`: no end; `undefined`: no day that can be one. */
function endIn(
  expiry: string,
  until: string,
  { now, longest }: { readonly now: number; readonly longest: number | null },
): number | null | undefined {
  if (expiry === 'never') return null
  if (expiry === 'longest') return longest === null ? undefined : Math.floor(now) + longest * 1000
  if (expiry === 'day') {
    const end = dayTyped(until)?.end ?? 0
    return end > now ? end : undefined
  }
  const days = Number(expiry)
  return expiries.includes(days) ? Math.floor(now) + days * day * 1000 : undefined
}
