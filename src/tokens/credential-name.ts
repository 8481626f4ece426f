import { RequestRefused } from '../core/errors.ts'

/**
 * The name that a person gives a credential to know it by, without blanks at its ends. Throws `RequestRefused` (`invalid`)
 * for one that is empty, longer than 100 characters, or holds what no list shows: control characters, and what is nowhere
 * to be seen, by which two names that look alike would be told apart. What joins signs (U+200C, U+200D) is part of writing.
 */
export function credentialName(name: unknown): string {
  if (typeof name !== 'string') throw badName('The name must be a text.')
  const trimmed = name.trim()
  if (trimmed === '') throw badName('A name is needed.')
  if (trimmed.length > 100) throw badName('The name may have 100 characters at most.')
  if (unseen.test(trimmed) || !/[^\p{C}\p{M}\p{Z}]/u.test(trimmed)) {
    throw badName('The name holds characters that cannot be shown.')
  }
  return trimmed
}

/** Control characters, and what is nowhere to be seen. */
export const unseen: RegExp =
  /\p{Cc}|\p{Cs}|[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0]/u

function badName(message: string): RequestRefused {
  return new RequestRefused('invalid', message, { body: { name: [message] } })
}
