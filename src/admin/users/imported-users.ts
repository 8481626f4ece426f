import type { PasswordHasher } from '../../crypto/password-hash.ts'
import { RequestRefused } from '../../core/errors.ts'
import { identifierKey } from '../../accounts/identifier.ts'
import { userColumnsOf, type UserValues } from '../../accounts/user-values.ts'
import type { NewUser, Users } from '../../accounts/users.ts'
import { importedHash, type ImportedHash } from './imported-hash.ts'
import { readBase32 } from '../../crypto/read-base32.ts'
import { type ReadFile, readUsers, readValues, unreadable } from './read-users.ts'

/** A row of a file, and what would become of it. */
export interface ImportedRow {
  /** Its line or place, from 1. */
  readonly place: number
  readonly username: string
  readonly email: string
  readonly user: NewUser | null
  /** Its password hash (none). */
  readonly hash: ImportedHash | null
  /** What their authenticator app makes codes of (they have none that can go on). */
  readonly totpSecret: Uint8Array | null
  /** Whether they had second factors that cannot go on here. */
  readonly losesFactors: boolean
  /** Why it cannot be made (it can). */
  readonly fault: string | null
}

/** How many rows are taken at once, and how many bytes. */
export const mostRows = 20_000
export const mostBytes: number = 10 * 2 ** 20

/** The rows of a file, and what wrote it. */
export interface ImportedFile {
  readonly source: ReadFile['source']
  readonly rows: readonly ImportedRow[]
}

/**
 * Reads users out of a file of any of the kinds of `readUsers`, and says of each row whether it can be made. The database is
 * asked who is there already, and nothing is written. Throws `RequestRefused` (`invalid`) for a text that is of no such kind.
 */
export async function importedUsers(text: string, stores: ImportStores): Promise<ImportedFile> {
  return importedFile(readUsers(text), stores)
}

export interface ImportStores {
  readonly users: Pick<Users, 'findByLogin'>
  readonly hasher: Pick<PasswordHasher, 'recognises'>
  /** Whether hashes are taken: whoever gives one knows a password of that account. Others' rows with one are left out. */
  readonly takesHashes: boolean
}

/** The same of users that are read already. */
export async function importedRecords(records: readonly Row[], stores: ImportStores): Promise<ImportedFile> {
  return importedFile(readValues(records), stores)
}

async function importedFile({ source, records }: ReadFile, stores: ImportStores): Promise<ImportedFile> {
  if (records.length === 0) throw unreadable('There is nobody in it.')
  if (records.length > mostRows)
    throw unreadable(`It has ${records.length} rows. Import at most ${mostRows} at a time.`)
  const seen = new Map<string, number>()
  const rows: ImportedRow[] = []
  for (const [index, record] of records.entries()) {
    const [username, email] = [textOf(record['username']), textOf(record['email'])]
    const hash = importedHash(textOf(record['password_hash']), stores.hasher)
    const factors = factorsOf(record)
    const row = { place: index + 1, username: username || email, email, hash, ...factors }
    const values = { ...valuesOf(record, row), ...(hash?.hash ? { passwordHash: hash.hash } : {}) }
    const fault =
      faultOf(record, values) ??
      (hash !== null && !stores.takesHashes ? 'Only a superuser may import password hashes.' : null) ??
      (factors.totpSecret !== null && !stores.takesHashes ? 'Only a superuser may import second factors.' : null) ??
      doubled(row, seen)
    rows.push({ ...row, user: fault === null ? values : null, fault })
  }
  return { source, rows: await withoutTaken(rows, stores.users) }
}

/** Leaves those out who are there already. Many are looked up at once, for a file may be long. */
async function withoutTaken(
  rows: readonly ImportedRow[],
  users: Pick<Users, 'findByLogin'>,
): Promise<readonly ImportedRow[]> {
  const checked: ImportedRow[] = []
  for (let start = 0; start < rows.length; start += atOnce) {
    const part = rows.slice(start, start + atOnce).map(async (row) => {
      const fault = row.fault ?? (await taken(row, users))
      return { ...row, user: fault === null ? row.user : null, fault }
    })
    checked.push(...(await Promise.all(part)))
  }
  return checked
}

const atOnce = 50

type Row = Readonly<Record<string, unknown>>

const known = [
  'username',
  'email',
  'email_verified',
  'is_active',
  'permissions',
  'password_hash',
  'totp_secret',
  'other_factors',
]

/** An authenticator app goes on where its secret has 80 bits or more, which is what those of large sites have. */
function factorsOf(record: Row): Pick<ImportedRow, 'totpSecret' | 'losesFactors'> {
  const text = textOf(record['totp_secret'])
  const secret = text === '' ? null : readBase32(text)
  const isGood = secret !== null && secret.byteLength >= 10 && secret.byteLength <= 128
  return {
    totpSecret: isGood ? secret : null,
    losesFactors: isYes(record['other_factors']) || (text !== '' && !isGood),
  }
}

function valuesOf(record: Row, { username, email }: Pick<ImportedRow, 'username' | 'email'>): NewUser {
  const permissions = record['permissions']
  const values: UserValues = {
    username,
    email: email === '' ? null : email,
    emailVerified: isYes(record['email_verified']),
    permissions: Array.isArray(permissions)
      ? (permissions as readonly unknown[]).map(textOf)
      : textOf(permissions)
          .split(/\s+/)
          .filter((word) => word !== ''),
  }
  const isActive = record['is_active']
  return { ...values, isActive: isActive === undefined || isActive === '' || isYes(isActive) }
}

function faultOf(record: Row, values: UserValues): string | null {
  const others = Object.keys(record).filter((name) => !known.includes(name) && textOf(record[name]) !== '')
  if (others.some((name) => /staff|superuser/.test(name) && isYes(record[name]))) {
    return 'Administrators are made on their own page, one by one.'
  }
  try {
    userColumnsOf(values)
    return null
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error
    return Object.values(error.body ?? {})
      .flat()
      .map(textOf)
      .join(' ')
  }
}

function doubled(
  { place, username, email }: Pick<ImportedRow, 'place' | 'username' | 'email'>,
  seen: Map<string, number>,
): string | null {
  for (const name of [username, email]) {
    const key = name === '' ? null : identifierKey(name)
    const before = key === null ? undefined : seen.get(key)
    if (before !== undefined && before !== place) return `It is in the file already, as row ${before}.`
    if (key !== null) seen.set(key, place)
  }
  return null
}

async function taken(
  { username, email }: Pick<ImportedRow, 'username' | 'email'>,
  users: Pick<Users, 'findByLogin'>,
): Promise<string | null> {
  for (const login of [username, email]) {
    if (login !== '' && (await users.findByLogin(login)) !== null)
      return 'There is a user of this name or address already.'
  }
  return null
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value.trim()
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

function isYes(value: unknown): boolean {
  return value === true || /^(?:true|yes|on|1)$/i.test(textOf(value))
}
