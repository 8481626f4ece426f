import type { AuditDetail } from '../storage/audit.ts'
import type { UserRow } from '../storage/schema.ts'
import { emailKey, looksLikeEmail } from './identifier.ts'
import { rightsAfter } from './timed-rights.ts'
import type { UserRecord } from './user-record.ts'
import type { UserValues } from './user-values.ts'

/** What the user would be after the change. */
export function valuesAfter(row: UserRow, changes: Partial<UserValues>, now: number): UserValues {
  const email = changes.email === undefined ? row.email : changes.email
  const sameEmail = email !== null && emailKey(email) === row.email_key
  const followsEmail = looksLikeEmail(row.username_key) && row.username_key === row.email_key && email !== null
  return {
    username: changes.username ?? (followsEmail ? email : row.username),
    email,
    emailVerified: changes.emailVerified ?? (sameEmail && row.email_verified === 1),
    ...rightsAfter(row, changes, now),
  }
}

/** What was and what is, of all that is another now. */
export function changesOf(before: UserRecord, after: UserRecord): AuditDetail {
  const names = (Object.keys(after) as (keyof UserRecord)[]).filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  )
  return Object.fromEntries(names.map((name) => [name, [before[name], after[name]]]))
}
