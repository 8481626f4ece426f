import { RequestRefused } from '../../core/errors.ts'
import { readCsv } from '../read-csv.ts'
import { auth0User } from './auth0-users.ts'
import { djangoUsers } from './django-users.ts'
import { keycloakUsers } from './keycloak-users.ts'
import { recordOf } from './record-parts.ts'

/** A user as a file has them, by the names of our own columns: texts and flags that are still to be checked. */
export interface ReadUser {
  readonly username: string
  readonly email: string
  readonly email_verified: boolean
  readonly is_active: boolean
  readonly password_hash: string
  /** Of an authenticator app, in base32; empty where there is none that can go on. */
  readonly totp_secret: string
  /** Whether they had second factors that cannot go on here. */
  readonly other_factors: boolean
}

/** What a file holds, and what wrote it. */
export interface ReadFile {
  readonly source: 'CSV' | 'JSON' | 'Auth0' | 'Keycloak' | 'Django'
  readonly records: readonly Readonly<Record<string, unknown>>[]
}

/**
 * Reads users out of CSV with a heading row, out of a JSON list of objects, out of an export of Auth0 (an object a line, or a
 * list), of a realm of Keycloak, or of what Django's `dumpdata` wrote, whichever it is. Throws `RequestRefused` (`invalid`) for a text that is none of them.
 */
export function readUsers(text: string): ReadFile {
  const plain = text.replace(/^\u{feff}/u, '')
  if (!/^\s*[[{]/.test(plain)) return { source: 'CSV', records: fromCsv(plain) }
  const whole = jsonOf(plain)
  if (whole === undefined) return readValues(linesOf(plain))
  const one = recordOf(whole)
  if (one === null) return readValues(whole as readonly unknown[])
  const realm = keycloakUsers(one)
  if (realm !== null) return { source: 'Keycloak', records: realm.map((user) => ({ ...user })) }
  if (Array.isArray(one['users'])) return readValues(one['users'] as readonly unknown[])
  if (auth0User(one) === null) throw noList()
  return readValues([one])
}

/** The same of a list of users that is read already. */
export function readValues(values: readonly unknown[]): ReadFile {
  const django = djangoUsers(values)
  if (django !== null) return { source: 'Django', records: django }
  const realm = keycloakUsers({ users: values })
  if (realm !== null) return { source: 'Keycloak', records: realm.map((user) => ({ ...user })) }
  const records = values.map(recordOf)
  if (!records.every((one) => one !== null)) throw noList()
  const known = records.map(auth0User)
  if (known.every((one) => one === null)) return { source: 'JSON', records }
  return { source: 'Auth0', records: records.map((one, at) => ({ ...(known[at] ?? one) })) }
}

/** An object a line (NDJSON). */
function linesOf(text: string): readonly unknown[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const values = lines.map(jsonOf)
  const wrong = values.indexOf(undefined)
  if (lines.length < 2 || wrong === 0) throw unreadable('It begins like JSON and is none.')
  if (wrong > 0) throw unreadable(`Line ${wrong + 1} is no JSON.`)
  return values
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function fromCsv(text: string): readonly Readonly<Record<string, unknown>>[] {
  const rows = readCsv(text)
  if (rows === null) throw unreadable('A quote is not closed.')
  const [heading = [], ...rest] = rows
  const names = heading.map((name) => name.trim().toLowerCase())
  if (!names.includes('username') && !names.includes('email')) {
    throw unreadable('The first line has to name the columns, such as username,email.')
  }
  return rest.map((cells) => Object.fromEntries(names.map((name, index) => [name, (cells[index] ?? '').trim()])))
}

function noList(): RequestRefused {
  return unreadable('It has to be a list of objects, such as [{"username": "ada"}].')
}

export function unreadable(message: string): RequestRefused {
  return new RequestRefused('invalid', message, { body: { file: [message] } })
}
