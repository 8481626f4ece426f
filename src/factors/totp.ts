import { Secret, TOTP } from 'otpauth'

/**
 * Time-based one-time passwords (RFC 6238) as every authenticator app knows them: HMAC-SHA-1, six digits, thirty seconds. Apps
 * that take other values ignore them silently, so there is no choice.
 */
const period = 30_000
const digits = 6
/** How many steps an app's clock may be off, each way: RFC 6238, section 5.2, recommends one at most. */
const window = 1

/** A new secret: 160 bits (RFC 4226, section 4, R6). */
export function newTotpSecret(): Uint8Array {
  return new Secret({ size: 20 }).bytes
}

/** What people type who cannot scan: base32 in groups of four. */
export function totpSecretText(secret: Uint8Array): string {
  return secretOf(secret)
    .base32.replaceAll(/(.{4})/g, '$1 ')
    .trim()
}

/** What the QR code holds, and what a link opens the app with. `issuer` is the site, `label` the account. */
export function totpUri(secret: Uint8Array, issuer: string, label: string): string {
  // A colon parts the two, so neither may hold one.
  const [site, account] = [issuer, label].map((text) => text.replaceAll(':', ' ').trim())
  return totpOf(secret, site ?? '', account ?? '').toString()
}

/** The time step that a code belongs to, `null` where it is none of the three around `now` (milliseconds since 1970). */
export function totpStep(secret: Uint8Array, code: string, now: number): number | null {
  const token = code.replaceAll(/[\s-]/g, '')
  if (!/^\d{6}$/.test(token)) return null
  const delta = totpOf(secret).validate({ token, timestamp: now, window })
  return delta === null ? null : Math.floor(now / period) + delta
}

/** The code that an app shows at a time, for tests and for whoever moves accounts. */
export function totpCode(secret: Uint8Array, now: number): string {
  return totpOf(secret).generate({ timestamp: now })
}

function totpOf(secret: Uint8Array, issuer = '', label = ''): TOTP {
  return new TOTP({ issuer, label, secret: secretOf(secret), algorithm: 'SHA1', digits, period: period / 1000 })
}

function secretOf(bytes: Uint8Array): Secret {
  return new Secret({ buffer: Uint8Array.from(bytes).buffer })
}
