import { RequestRefused } from '../core/errors.ts'

/**
 * The name that a person gives a credential to know it by, without blanks at its ends. Throws `RequestRefused` (`invalid`)
 * for one that is empty, longer than 100 characters, or holds control characters, which no list shows.
 */
export function credentialName(name: unknown): string {
  if (typeof name !== 'string') throw badName('The name must be a text.')
  const trimmed = name.trim()
  if (trimmed === '') throw badName('A name is needed.')
  if (trimmed.length > 100) throw badName('The name may have 100 characters at most.')
  if (/\p{Cc}|\p{Cs}|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(trimmed)) {
    throw badName('The name holds characters that cannot be shown.')
  }
  return trimmed
}

function badName(message: string): RequestRefused {
  return new RequestRefused('invalid', message, { body: { name: [message] } })
}
