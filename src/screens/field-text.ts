import type { BodyFields } from '../http/parse-body.ts'

/** A field of a form as it was sent; nothing where it is not there, or is no text. */
export function textIn(fields: BodyFields, name: string): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : ''
  return typeof value === 'string' ? value : ''
}
