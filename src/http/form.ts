import { RequestRefused } from '../core/errors.ts'
import { decodeUtf8 } from './decode-utf8.ts'

/** The fields of a form by name. It has no prototype: what is not a field of the form is not there. */
export type FormFields = Readonly<Record<string, string>>

/** A form in which some fields may come more than once. */
export interface RepeatedForm {
  /** The first value of each field. */
  readonly fields: FormFields
  /** All values of the fields that may, in order. */
  readonly repeated: Readonly<Record<string, readonly string[]>>
}

/** How many fields a form may have, and how long a name may be, in characters. Values are bounded by the body's limit. */
const mostFields = 100
const longestName = 256

/**
 * Reads a body of `application/x-www-form-urlencoded` (URL standard, section 5.1), strictly. Throws `RequestRefused`:
 * `parse_error` for what is no UTF-8, a broken percent escape or a NUL, `invalid_request` for a field that is sent twice
 * (RFC 6749, section 3.2), one without a name, and more than 100.
 */
export function parseForm(body: string | Uint8Array): FormFields {
  return parseRepeatedForm(body, []).fields
}

/** As `parseForm`, where the fields that are named may be sent more than once (RFC 8707, section 2). */
export function parseRepeatedForm(body: string | Uint8Array, repeatable: readonly string[]): RepeatedForm {
  const text = typeof body === 'string' ? body : decodeUtf8(body)
  if (!text.isWellFormed()) throw new RequestRefused('parse_error', 'The form is not valid UTF-8.')
  const fields = createFields(repeatable)
  let start = 0
  while (start <= text.length) {
    const ampersand = text.indexOf('&', start)
    const end = ampersand === -1 ? text.length : ampersand
    if (end > start) {
      const sign = text.indexOf('=', start)
      const middle = sign === -1 || sign > end ? end : sign
      fields.add(decode(text.slice(start, middle)), decode(text.slice(middle + 1, end)))
    }
    start = end + 1
  }
  return { fields: fields.all, repeated: fields.repeated }
}

/** Gathers the fields of a form of either encoding, and refuses what no honest form has. */
export function createFields(repeatable: readonly string[] = []): {
  readonly all: FormFields
  readonly repeated: RepeatedForm['repeated']
  readonly add: (name: string, value: string) => void
} {
  const all = Object.create(null) as Record<string, string>
  const repeated = Object.create(null) as Record<string, string[]>
  let count = 0
  const add = (name: string, value: string): void => {
    count += 1
    if (count > mostFields) throw new RequestRefused('invalid_request', `A form may have ${mostFields} fields at most.`)
    if (name === '') throw new RequestRefused('invalid_request', 'A field of the form has no name.')
    if (name.length > longestName) throw new RequestRefused('invalid_request', 'The name of a field is too long.')
    if (name.includes('\0') || value.includes('\0'))
      throw new RequestRefused('parse_error', 'The form holds a NUL character.')
    const isFirst = all[name] === undefined
    if (isFirst) all[name] = value
    if (repeatable.includes(name)) (repeated[name] ??= []).push(value)
    else if (!isFirst) throw new RequestRefused('invalid_request', 'A field of the form was sent more than once.')
  }
  return { all, repeated, add }
}

/** `decodeURIComponent` throws both for broken escapes and for bytes that are no UTF-8. */
function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    throw new RequestRefused('parse_error', 'The form has a percent escape that is broken or no UTF-8.')
  }
}
