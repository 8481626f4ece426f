import { RequestRefused } from '../core/errors.ts'

/** Writes a list of scopes as its column has it. Throws `RequestRefused` (`invalid`) naming the field. */
export function scopeList(scopes: unknown, field = 'scopes'): string {
  // RFC 6749, section 3.3: scope-token.
  return wordList(
    scopes,
    field,
    /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/,
    'A scope is a word such as notes:read, without blanks and quotes.',
  )
}

/** The same for permissions. */
export function permissionList(permissions: unknown, field = 'permissions'): string {
  return wordList(permissions, field, /^[\w.:-]{1,100}$/, 'A permission is a word such as notes.change.')
}

function wordList(list: unknown, field: string, word: RegExp, message: string): string {
  const isList = Array.isArray(list) && list.length <= 100
  if (!isList || !list.every((one) => typeof one === 'string'))
    throw invalid(field, 'A list of up to 100 texts is needed.')
  if (!list.every((one) => word.test(one))) throw invalid(field, message)
  return [...new Set(list)].join(' ')
}

function invalid(field: string, message: string): RequestRefused {
  return new RequestRefused('invalid', message, { body: { [field]: [message] } })
}
