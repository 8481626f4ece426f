import { pbkdf2Text } from '../../crypto/phc-passwords.ts'
import { totpSecretText } from '../../factors/totp.ts'
import type { ReadUser } from './read-users.ts'
import { recordOf, textOf } from './record-parts.ts'

/** The users of a realm as Keycloak exports it, or of one of the files that it splits them into; `null` where it is none. */
export function keycloakUsers(value: Readonly<Record<string, unknown>>): readonly ReadUser[] | null {
  const users = value['users']
  if (!Array.isArray(users) || !(Object.hasOwn(value, 'realm') || users.some(isKeycloakUser))) return null
  return (users as readonly unknown[]).map((one) => userOf(recordOf(one) ?? {}))
}

function isKeycloakUser(value: unknown): boolean {
  const user = recordOf(value)
  return user !== null && (Object.hasOwn(user, 'credentials') || Object.hasOwn(user, 'enabled'))
}

function userOf(user: Readonly<Record<string, unknown>>): ReadUser {
  const credentials = Array.isArray(user['credentials'])
    ? (user['credentials'] as readonly unknown[]).map(recordOf).filter((one) => one !== null)
    : []
  const password = credentials.find(({ type }) => type === 'password')
  const factors = credentials.filter(({ type }) => type !== 'password' && type !== 'recovery-authn-codes')
  const secrets = factors.map(totpSecretOf).filter((one) => one !== null)
  const [secret = ''] = secrets
  return {
    username: textOf(user['username']) || textOf(user['email']),
    email: textOf(user['email']),
    email_verified: user['emailVerified'] === true,
    is_active: user['enabled'] !== false,
    password_hash: password === undefined ? '' : hashOf(password),
    totp_secret: secret,
    other_factors: factors.length > Math.min(secrets.length, 1),
  }
}

/** `secretData` and `credentialData` are JSON within JSON. */
function partsOf(credential: Readonly<Record<string, unknown>>): {
  readonly secret: Readonly<Record<string, unknown>>
  readonly data: Readonly<Record<string, unknown>>
} {
  return { secret: jsonIn(credential['secretData']), data: jsonIn(credential['credentialData']) }
}

function jsonIn(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'string') return recordOf(value) ?? {}
  try {
    return recordOf(JSON.parse(value)) ?? {}
  } catch {
    return {}
  }
}

function hashOf(credential: Readonly<Record<string, unknown>>): string {
  const { secret, data } = partsOf(credential)
  const algorithm = textOf(data['algorithm'])
  const [key, salt] = [Buffer.from(textOf(secret['value']), 'base64'), Buffer.from(textOf(secret['salt']), 'base64')]
  const iterations = Number(data['hashIterations'])
  const unknown = `unknown ${algorithm}`
  if (key.byteLength === 0 || salt.byteLength === 0 || !Number.isSafeInteger(iterations) || iterations < 1)
    return unknown
  const digest = digests[algorithm]
  if (digest !== undefined) return pbkdf2Text(digest, iterations, salt, key)
  return algorithm === 'argon2'
    ? (argon2Text(recordOf(data['additionalParameters']) ?? {}, { iterations, salt, key }) ?? unknown)
    : unknown
}

const digests: Readonly<Record<string, 'sha1' | 'sha256' | 'sha512'>> = {
  pbkdf2: 'sha1',
  'pbkdf2-sha1': 'sha1',
  'pbkdf2-sha256': 'sha256',
  'pbkdf2-sha512': 'sha512',
}

/** Each of its parameters is a list of one text. */
function argon2Text(
  parameters: Readonly<Record<string, unknown>>,
  { iterations, salt, key }: { readonly iterations: number; readonly salt: Buffer; readonly key: Buffer },
): string | null {
  const of = (name: string, usual: string): string => {
    const value: unknown = parameters[name]
    const first: unknown = Array.isArray(value) ? value[0] : value
    return typeof first === 'string' || typeof first === 'number' ? String(first) : usual
  }
  const [type, version] = [of('type', 'id'), { '1.3': 19, '1.0': 16 }[of('version', '1.3')]]
  const [memory, lanes] = [of('memory', '7168'), of('parallelism', '1')]
  if (!/^(?:id|i|d)$/.test(type) || version === undefined || !/^\d{1,9}$/.test(memory) || !/^\d{1,3}$/.test(lanes))
    return null
  const [s, k] = [salt, key].map((bytes) => bytes.toString('base64').replaceAll('=', ''))
  return `$argon2${type}$v=${version}$m=${memory},t=${iterations},p=${lanes}$${s}$${k}`
}

/** Base32 of what an app has that makes the codes that are taken here; `null` for another one. */
function totpSecretOf(credential: Readonly<Record<string, unknown>>): string | null {
  if (credential['type'] !== 'otp') return null
  const { secret, data } = partsOf(credential)
  const value = textOf(secret['value'])
  const isUsual =
    (data['subType'] ?? 'totp') === 'totp' &&
    Number(data['digits'] ?? 6) === 6 &&
    Number(data['period'] ?? 30) === 30 &&
    /^Hmac-?SHA-?1$/i.test(textOf(data['algorithm']) || 'HmacSHA1')
  if (value === '' || !isUsual) return null
  return data['secretEncoding'] === 'BASE32' ? value : totpSecretText(Buffer.from(value))
}
