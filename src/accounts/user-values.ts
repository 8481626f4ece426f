import { RequestRefused } from '../core/errors.ts'
import type { UserRow } from '../storage/schema.ts'
import { emailKey, identifierKey, looksLikeEmail } from './identifier.ts'

/** What a user is called and may do. */
export interface UserValues {
  /**
   * Unique in whatever way it is written. It has an `@` only where it is the user's own e-mail address: then it follows when
   * the address is changed.
   */
  readonly username: string
  /** Unique as well (none). */
  readonly email?: string | null
  /** Whether they have shown that they read mail there (false). */
  readonly emailVerified?: boolean
  /** May use the admin console (false). */
  readonly isStaff?: boolean
  /** Has every permission (false). */
  readonly isSuperuser?: boolean
  /** Until when they are staff, or superuser, in milliseconds since 1970 (for good). */
  readonly staffUntil?: number | null
  readonly superuserUntil?: number | null
  /** Such as `notes.change` (none). */
  readonly permissions?: readonly string[]
}

/** What of a user's row somebody chooses. */
export type UserValueColumns = Pick<
  UserRow,
  | 'username'
  | 'username_key'
  | 'email'
  | 'email_key'
  | 'email_verified'
  | 'is_staff'
  | 'is_superuser'
  | 'permissions'
  | 'staff_until'
  | 'superuser_until'
>

/**
 * Checks values and makes columns of them. Throws `RequestRefused` (`invalid`) whose body names each field at fault. `before`
 * is the user as they are: a username with a foreign `@` that was imported may stay.
 */
export function userColumnsOf(
  values: UserValues,
  before?: Pick<UserRow, 'username_key' | 'email_key'>,
): UserValueColumns {
  const { email = null, emailVerified = false, isStaff = false, isSuperuser = false, permissions = [] } = values
  const { staffUntil = null, superuserUntil = null } = values
  const username = typeof values.username === 'string' ? identifierKey(values.username) : null
  const address = typeof email === 'string' ? emailKey(email) : null
  const faults: Record<string, readonly string[]> = {}

  if (username === null) faults['username'] = ['Give a username of 1 to 254 characters that can be seen.']
  else if (looksLikeEmail(username) && username !== address && !isImported(username, before)) {
    faults['username'] = ['A username with an @ has to be the e-mail address of the same user.']
  }
  if (email !== null && address === null) faults['email'] = ['Give an e-mail address such as ada@example.org, or none.']
  if (!isMoment(staffUntil)) faults['staff_until'] = [momentNeeded]
  if (!isMoment(superuserUntil)) faults['superuser_until'] = [momentNeeded]
  if (!arePermissions(permissions)) faults['permissions'] = ['A permission is a word such as notes.change.']
  if (username === null || Object.keys(faults).length > 0) throw invalid(faults)

  return {
    username: written(values.username),
    username_key: username,
    email: email === null ? null : written(email),
    email_key: address,
    email_verified: email !== null && emailVerified ? 1 : 0,
    is_staff: isStaff ? 1 : 0,
    is_superuser: isSuperuser ? 1 : 0,
    permissions: [...new Set(permissions)].join(' '),
    // What they have not has no end.
    staff_until: isStaff ? staffUntil : null,
    superuser_until: isSuperuser ? superuserUntil : null,
  }
}

function isImported(username: string, before?: Pick<UserRow, 'username_key' | 'email_key'>): boolean {
  return before !== undefined && username === before.username_key && before.username_key !== before.email_key
}

/** A refusal of values, with what is wrong by field, as clients of Django REST framework read it. */
export function invalid(faults: Readonly<Record<string, readonly string[]>>): RequestRefused {
  return new RequestRefused('invalid', undefined, { body: faults })
}

/** Whether each is one word of visible ASCII, as a list with spaces between can hold it. */
export function arePermissions(list: readonly string[]): boolean {
  return Array.isArray(list) && list.length <= 1000 && list.every((one) => /^[\x21-\x7e]{1,100}$/.test(one))
}

function isMoment(value: number | null): boolean {
  return value === null || (Number.isSafeInteger(value) && value > 0)
}

const momentNeeded = 'Give a moment in whole milliseconds since 1970, or none.'

/** As the person writes their name, in one form of Unicode. */
function written(text: string): string {
  return text.normalize('NFC').trim()
}
