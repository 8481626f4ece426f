import { Unavailable } from '../core/errors.ts'
import { PasswordQueueFull, type PasswordHasher } from '../crypto/password-hash.ts'
import { checkPasswordRules } from './password-rules.ts'
import { invalid } from './user-values.ts'

export interface NewPasswordOptions {
  readonly hasher: Pick<PasswordHasher, 'hash'>
  /** The fewest characters of a new password (8). */
  readonly minLength?: number
  /** Whether a password is known from breaches (nobody is asked). */
  readonly isBreached?: ((password: string) => Promise<boolean>) | undefined
}

/** Whose password it is to be, and the field that it was sent in, for the answer. */
export interface NewPasswordFor {
  readonly username: string
  readonly email?: string | null | undefined
  /** The name of the field in a refusal (password). */
  readonly field?: string
}

/**
 * Hashes a new password that passes the rules. Throws `RequestRefused` (`invalid`) that says what is wrong with it, and
 * `Unavailable` where the machine cannot hash it now.
 */
export function createNewPassword(
  options: NewPasswordOptions,
): (password: string, of: NewPasswordFor) => Promise<string> {
  const { hasher, minLength = 8, isBreached } = options
  checkPasswordRules('', { minLength })
  return async (password, { username, email, field = 'password' }) => {
    const problems = checkPasswordRules(password, { minLength, user: { username, email } })
    if (problems.length > 0) throw invalid({ [field]: problems.map(({ message }) => message) })
    if (await isBreached?.(password)) throw invalid({ [field]: [breached] })
    return orUnavailable(hasher.hash(password))
  }
}

const breached =
  'Choose another password: this one is known from a breach of another site, so it is among those that are tried.'

/** A full queue is the machine's trouble and passes: 503 with `Retry-After`. */
export async function orUnavailable<Result>(hashing: Promise<Result>): Promise<Result> {
  try {
    return await hashing
  } catch (error) {
    if (error instanceof PasswordQueueFull) throw new Unavailable({ retryAfter: 2, cause: error })
    throw error
  }
}
