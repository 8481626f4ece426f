import type { z } from 'zod'

/** What is wrong with a value, as a sentence that says what it has to be. It never repeats the value. */
export function faultSentence(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'unrecognized_keys') return 'There is no such member, or it cannot be changed.'
  if (issue.code === 'invalid_type') {
    return issue.input === undefined ? 'It is required.' : `It has to be ${kinds[issue.expected] ?? issue.expected}.`
  }
  if (issue.code === 'invalid_value') return `It has to be ${oneOf(issue.values)}.`
  if (issue.code === 'too_small') return `It has to be at least ${size(issue.minimum, issue.origin)}.`
  if (issue.code === 'too_big') return `It has to be at most ${size(issue.maximum, issue.origin)}.`
  if (issue.code === 'invalid_union') return 'It is none of what it can be.'
  if (issue.code === 'invalid_format') return 'It is not written as it has to be.'
  return undefined
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
  undefined: 'left out',
  date: 'a time',
}

function oneOf(values: readonly unknown[]): string {
  const written = values.map(String)
  const last = written.pop() ?? ''
  return written.length === 0 ? last : `${written.join(', ')} or ${last}`
}

function size(limit: number | bigint, origin: string): string {
  if (origin === 'string') return `${limit} characters long`
  return origin === 'array' ? `a list of ${limit}` : String(limit)
}
