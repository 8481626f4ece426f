import type { AuthRequest } from '../core/request.ts'

/** Reads fields of a form that a body parser has left. `undefined` where it left none. A field sent twice is no field. */
export function formField(form: unknown): AuthRequest['field'] {
  if (typeof form !== 'object' || form === null) return undefined
  return async (name) => {
    const value: unknown = Object.hasOwn(form, name) ? (form as Readonly<Record<string, unknown>>)[name] : null
    return typeof value === 'string' ? value : null
  }
}
