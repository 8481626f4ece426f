import { html } from 'hono/html'
import type { ClientRecord } from '../../oauth/client-record.ts'
import { clientNames, type ClientValueName, type GivenClient } from '../../oauth/client-wire.ts'
import { check, choices, chosenIn, type Choice, folded, select, textControl } from '../../pages/controls.ts'
import type { Markup } from '../../pages/layout.ts'
import type { Faults } from '../../screens/faults.ts'
import type { Posted } from '../../screens/screen.ts'
import { wordsIn } from '../../screens/words-in.ts'

/** One member of a client as a control. Its id and name are the member's on the wire. */
export interface ApplicationField {
  readonly name: ClientValueName
  readonly label: string
  readonly hint?: string
  /** `lines`: one in a line. `several`: boxes. `one`: a list to choose from. `flag`: a box. */
  readonly kind: 'text' | 'lines' | 'number' | 'flag' | 'one' | 'several'
  readonly choices?: readonly Choice[]
  /** Whether few fill it in: those come last, folded away (false). */
  readonly isRare?: boolean
}

/** The controls of a form, with what is registered or what was typed. */
export function fieldControls(fields: readonly ApplicationField[], values: GivenClient, faults: Faults): Markup {
  const controls = (some: readonly ApplicationField[]): Markup =>
    html`${some.map((field) => control(field, values[field.name], faults[field.name]))}`
  const rare = fields.filter(({ isRare = false }) => isRare)
  if (rare.length === 0) return controls(fields)
  const isOpen = rare.some(({ name }) => faults[name] !== undefined || isFilled(values[name]))
  return html`${controls(fields.filter(({ isRare = false }) => !isRare))}
  ${folded(rare.map(({ label }) => label).join(', '), controls(rare), isOpen)}`
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null
}

function control(
  { name, label, hint, kind, choices: all = [] }: ApplicationField,
  value: unknown,
  wrong?: string,
): Markup {
  const id = clientNames[name]
  const common = { id, name: id, label, ...(hint === undefined ? {} : { hint }), wrong }
  const list = Array.isArray(value) ? (value as readonly unknown[]).map(String) : []
  if (kind === 'flag') return check({ ...common, isChecked: value === true })
  if (kind === 'several') return choices({ ...common, choices: all, values: list })
  if (kind === 'one')
    return select({ ...common, choices: all, value: value === undefined || value === null ? '' : textOf(value) })
  if (kind === 'lines') return textControl({ ...common, isLong: true, maxLength: 20_000, value: list.join('\n') })
  return textControl({
    ...common,
    required: name === 'name',
    type: kind === 'number' ? 'number' : 'text',
    maxLength: 2048,
    ...(kind === 'number' ? { min: 1 } : {}),
    value: value === undefined || value === null ? '' : textOf(value),
  })
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** What a client is registered with, by the names of its fields. */
export function registeredOf({ name, authMethod, grantTypes, scopes, metadata }: ClientRecord): GivenClient {
  return { ...metadata, name, authMethod, grantTypes, scopes }
}

/** What was sent, for the store to check: `null` takes a member back to its default. */
export function givenIn(
  fields: readonly ApplicationField[],
  { text, fields: sent }: Pick<Posted, 'text' | 'fields'>,
): GivenClient {
  return Object.fromEntries(
    fields.map(({ name, kind, choices: all = [] }) => [name, valueIn(clientNames[name], kind, all)]),
  )

  function valueIn(field: string, kind: ApplicationField['kind'], all: readonly Choice[]): unknown {
    if (kind === 'flag') return Object.hasOwn(sent, field) ? true : null
    if (kind === 'several')
      return chosenIn(
        sent,
        field,
        all.map(({ value }) => value),
      )
    const typed = text(field)
    if (kind === 'lines') return typed === '' ? null : wordsIn(typed)
    if (typed === '') return null
    if (typed === 'true' || typed === 'false') return typed === 'true'
    // What is no number is for the check to refuse.
    return kind === 'number' && /^\d{1,15}$/.test(typed) ? Number(typed) : typed
  }
}

/** Where problems lead to. */
export const fieldIds: Readonly<Record<string, string>> = { ...clientNames, responseTypes: clientNames.grantTypes }
