import type { z } from 'zod'
import { RequestRefused } from '../core/errors.ts'
import { faultSentence } from './fault-sentence.ts'

/**
 * Checks what was sent against a schema. Throws `RequestRefused` (`invalid`) with a list of sentences for each member at
 * fault, as clients of Django REST framework read it.
 */
export function checkedValues<Schema extends z.ZodType>(schema: Schema, sent: unknown): z.output<Schema> {
  const result = schema.safeParse(sent, { error: faultSentence })
  if (result.success) return result.data
  throw new RequestRefused('invalid', undefined, { body: faultsOf(result.error.issues) })
}

/** By the member of the body, or the parameter, that it is about; `non_field_errors` for what is about the whole. */
function faultsOf(issues: readonly z.core.$ZodIssue[]): Readonly<Record<string, readonly string[]>> {
  const faults = new Map<string, string[]>()
  for (const issue of issues) {
    const [first, ...rest] = issue.path
    const names = issue.code === 'unrecognized_keys' && first === undefined ? issue.keys : [String(first ?? whole)]
    // Of a list, the place is said: `[2]: It has to be a text.`
    const place = rest.length === 0 ? '' : `${rest.map((part) => `[${String(part)}]`).join('')}: `
    for (const name of names) faults.set(name, [...(faults.get(name) ?? []), place + issue.message])
  }
  // As properties of their own, whatever a member is called.
  return Object.fromEntries(faults)
}

const whole = 'non_field_errors'
