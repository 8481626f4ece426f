import type { User } from '../../core/identity.ts'
import { RequestRefused } from '../../core/errors.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { BodyFields } from '../../http/parse-body.ts'
import { optionalText, requiredTexts } from './token-endpoint.ts'

/** What checks passwords. */
export interface PasswordCheck {
  /**
   * The active user whose username or e-mail address and password these are, `null` for all else. It throws `Throttled`
   * where too many were wrong, and `sign_in_incomplete` where the account needs a second factor and `code` is none.
   */
  readonly verify: (login: string, password: string, request: Exchange, code: string | null) => Promise<User | null>
}

/**
 * Reads `username` (or `email`) and `password`, and `otp`, the code of a second factor, where it is there. Throws
 * `RequestRefused` (`invalid`) where one is missing, or both names are there.
 */
export function credentialsIn(fields: BodyFields): {
  readonly login: string
  readonly password: string
  readonly code: string | null
} {
  const code = isGiven(fields, 'otp') ? optionalText(fields, 'otp') : null
  const byEmail = Object.hasOwn(fields, 'email')
  if (byEmail && Object.hasOwn(fields, 'username')) {
    const message = 'Send username or email, not both.'
    throw new RequestRefused('invalid', message, { body: { email: [message] } })
  }
  if (byEmail) {
    const { email, password } = requiredTexts(fields, 'email', 'password')
    return { login: email, password, code }
  }
  const { username, password } = requiredTexts(fields, 'username', 'password')
  return { login: username, password, code }
}

/** Forms send what was left empty. */
function isGiven(fields: BodyFields, name: string): boolean {
  return Object.hasOwn(fields, name) && fields[name] !== null && fields[name] !== ''
}
