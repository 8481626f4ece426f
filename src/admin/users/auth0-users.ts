import { pbkdf2Text, scryptText } from '../../crypto/phc-passwords.ts'
import type { ReadUser } from './read-users.ts'
import { recordOf, textOf } from './record-parts.ts'

/**
 * A user as Auth0 writes them: its export is an object a line, what can be imported there a list of the same objects, and the hashes of
 * an export stand in them as `passwordHash`. `null` for an object that is none of these.
 */
export function auth0User(value: Readonly<Record<string, unknown>>): ReadUser | null {
  if (!isAuth0User(value)) return null
  const email = textOf(value['email'])
  const id = textOf(value['user_id'])
  const factors = factorsOf(value)
  return {
    username: textOf(value['username']) || email || id.slice(id.indexOf('|') + 1),
    email,
    email_verified: value['email_verified'] === true,
    is_active: value['blocked'] !== true,
    password_hash: hashOf(value),
    totp_secret: factors.secret,
    other_factors: factors.others,
  }
}

const marks = ['user_id', 'passwordHash', 'custom_password_hash', 'mfa_factors', 'identities', 'user_metadata']

function isAuth0User(value: Readonly<Record<string, unknown>>): boolean {
  return marks.some((name) => Object.hasOwn(value, name))
}

function hashOf(value: Readonly<Record<string, unknown>>): string {
  const plain = textOf(value['passwordHash']) || textOf(value['password_hash'])
  if (plain !== '') return plain
  const custom = recordOf(value['custom_password_hash'])
  const hash = recordOf(custom?.['hash'])
  if (custom === null || hash === null) return ''
  const text = textOf(hash['value'])
  const algorithm = textOf(custom['algorithm'])
  // What stands before or behind the password, or is written otherwise, is not what we would compute.
  if ((textOf(recordOf(custom['password'])?.['encoding']) || 'utf8') !== 'utf8') return `unknown ${algorithm}`
  if (algorithm === 'bcrypt' || algorithm === 'argon2') return text
  if (algorithm === 'pbkdf2') return pbkdf2In(text) ?? `unknown ${algorithm}`
  if (algorithm === 'scrypt') return scryptIn(custom, hash) ?? `unknown ${algorithm}`
  return `unknown ${algorithm}`
}

/** `$pbkdf2-sha256$i=100000,l=32$salt$key`, in base64 as the PHC format has it. */
function pbkdf2In(text: string): string | null {
  const [, digest = '', count = '', salt = '', key = ''] =
    /^\$pbkdf2-(sha1|sha256|sha512)\$i=(\d{1,9})(?:,l=\d{1,3})?\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)$/.exec(text) ?? []
  if (digest === '') return null
  const bytes = [salt, key].map((part) => Buffer.from(part, 'base64'))
  return pbkdf2Text(digest as 'sha256', Number(count), bytes[0] ?? Buffer.alloc(0), bytes[1] ?? Buffer.alloc(0))
}

function scryptIn(custom: Readonly<Record<string, unknown>>, hash: Readonly<Record<string, unknown>>): string | null {
  const salt = recordOf(custom['salt'])
  const [key, salted] = [bytesIn(hash), salt === null ? null : bytesIn(salt)]
  const cost = numberOf(custom['cost'], 16_384)
  if (key === null || salted === null || !Number.isInteger(Math.log2(cost))) return null
  const given = { cost, block: numberOf(custom['blockSize'], 8), lanes: numberOf(custom['parallelization'], 1) }
  return scryptText(given, salted, key)
}

function bytesIn({ value, encoding = 'utf8' }: Readonly<Record<string, unknown>>): Buffer | null {
  if (typeof value !== 'string' || (encoding !== 'utf8' && encoding !== 'base64' && encoding !== 'hex')) return null
  return Buffer.from(value, encoding)
}

/** `mfa_factors`: an authenticator app can go on, a telephone or a mail cannot. */
function factorsOf(value: Readonly<Record<string, unknown>>): { readonly secret: string; readonly others: boolean } {
  const all = Array.isArray(value['mfa_factors']) ? (value['mfa_factors'] as readonly unknown[]) : []
  const secrets = all.map((one) => textOf(recordOf(recordOf(one)?.['totp'])?.['secret'])).filter((one) => one !== '')
  const [secret = ''] = secrets
  return { secret, others: all.length > Math.min(secrets.length, 1) }
}

function numberOf(value: unknown, usual: number): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : usual
}
