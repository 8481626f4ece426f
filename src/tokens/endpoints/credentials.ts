import type { User } from '../../core/identity.ts'
import { RequestRefused } from '../../core/errors.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { BodyFields } from '../../http/parse-body.ts'
import { requiredTexts } from './token-endpoint.ts'

/** What checks passwords. */
export interface PasswordCheck {
  /**
   * The active user whose username or e-mail address and password these are, `null` for all else. It throws `Throttled`
   * where too many were wrong.
   */
  readonly verify: (login: string, password: string, request: Exchange) => Promise<User | null>
}

/** Reads `username` (or `email`) and `password`. Throws `RequestRefused` (`invalid`) where one is missing, or both are there. */
export function credentialsIn(fields: BodyFields): { readonly login: string; readonly password: string } {
  const byEmail = Object.hasOwn(fields, 'email')
  if (byEmail && Object.hasOwn(fields, 'username')) {
    const message = 'Send username or email, not both.'
    throw new RequestRefused('invalid', message, { body: { email: [message] } })
  }
  if (byEmail) {
    const { email, password } = requiredTexts(fields, 'email', 'password')
    return { login: email, password }
  }
  const { username, password } = requiredTexts(fields, 'username', 'password')
  return { login: username, password }
}
