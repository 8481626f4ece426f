import { commonPasswords } from './common-passwords.ts'

export interface PasswordRulesOptions {
  /** The fewest characters (8). Fewer than 8 are never enough. */
  readonly minLength?: number
  /** Whose password it is to be: their own names are no password (none). */
  readonly user?: { readonly username: string; readonly email?: string | null | undefined }
}

/** What is wrong with a password: a stable code, and a sentence that says what to do. Never the password itself. */
export interface PasswordProblem {
  readonly code:
    | 'password_too_short'
    | 'password_too_long'
    | 'password_too_common'
    | 'password_too_similar'
    | 'password_malformed'
  readonly message: string
}

/** The most bytes of a password, in UTF-8: as the hasher has it. */
export const longestPassword = 4096

/**
 * Tells what speaks against a new password; nothing does where the list is empty. Length is what counts (NIST SP 800-63B,
 * section 5.1.1.2): there are no rules on which kinds of characters it has, and spaces, emoji and any script are welcome.
 * Refused is what guessers try first: the passwords that most people have, and the person's own names. Throws `TypeError`
 * for a `minLength` below 8.
 */
export function checkPasswordRules(password: string, options: PasswordRulesOptions = {}): readonly PasswordProblem[] {
  const { minLength = 8, user } = options
  if (!Number.isSafeInteger(minLength) || minLength < 8)
    throw new TypeError('minLength must be a whole number, 8 or more.')
  // Before anything else is done with it: whoever sends a megabyte gets no work out of us.
  if (password.length > longestPassword || Buffer.byteLength(password) > longestPassword) return [problems.tooLong]
  if (!password.isWellFormed() || password.includes('\0')) return [problems.malformed]

  const plain = plainOf(password)
  const found: PasswordProblem[] = []
  if (Array.from(password).length < minLength) found.push(tooShort(minLength))
  if (isCommon(plain)) found.push(problems.tooCommon)
  if (user !== undefined && namesOf(user).includes(plain)) found.push(problems.tooSimilar)
  return found
}

const problems = {
  tooLong: { code: 'password_too_long', message: 'Choose a shorter password: at most 4096 bytes.' },
  malformed: { code: 'password_malformed', message: 'Choose a password without characters that cannot be stored.' },
  tooCommon: {
    code: 'password_too_common',
    message: 'Choose another password: this one is among those that are tried first.',
  },
  tooSimilar: {
    code: 'password_too_similar',
    message: 'Choose a password that is not your username or e-mail address.',
  },
} as const satisfies Record<string, PasswordProblem>

function tooShort(minLength: number): PasswordProblem {
  return { code: 'password_too_short', message: `Choose a longer password: at least ${minLength} characters.` }
}

/** For comparing alone: what is stored is the password as it was typed. */
function plainOf(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim()
}

function namesOf({
  username,
  email = null,
}: {
  readonly username: string
  readonly email?: string | null | undefined
}): readonly string[] {
  const address = plainOf(email ?? '')
  return [plainOf(username), address, address.slice(0, Math.max(0, address.indexOf('@')))].filter((name) => name !== '')
}

/** Made when it is first needed: most processes of a large installation never see a new password. */
let common: ReadonlySet<string> | undefined

function isCommon(plain: string): boolean {
  common ??= new Set(commonPasswords.trim().split(/\s+/))
  return common.has(plain)
}
