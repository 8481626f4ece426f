import { AuthenticationFailed } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import type { Database } from '../storage/database.ts'
import { parseId } from '../storage/id.ts'
import type { UserRow } from '../storage/schema.ts'
import type { AcceptedTerms } from './accepted-terms.ts'
import type { SignInStep } from './complete-sign-in.ts'

export interface ForcedStepsOptions {
  readonly database: Pick<Database, 'read'>
  /** Whether nobody with an address is let in who has not shown that they read mail there (false). */
  readonly mustVerify?: boolean
  /** Mails a link, when somebody has to verify their address (nothing is sent by itself). */
  readonly onVerify?: (user: User, address: string | null, next: string | null) => Promise<void>
  /** What has to be accepted (nothing). */
  readonly terms?: Pick<AcceptedTerms, 'current' | 'isDue'>
  /** Where the pages are (/accounts/verify-email/pending/, /accounts/password/required/ and /accounts/terms/). */
  readonly verifyPath?: string
  readonly passwordPath?: string
  readonly termsPath?: string
}

/** What may have to be done before a sign-in is complete, beside second factors. */
export interface ForcedSteps {
  readonly verifyEmail: SignInStep
  readonly changePassword: SignInStep
  readonly acceptTerms: SignInStep
  /** Whether one of them is due for a user, for what cannot ask for it. */
  readonly isDue: (user: User) => Promise<boolean>
  /** The same for whatever takes a password and makes no session: refuses (401 `sign_in_incomplete`) whom a step waits for. */
  readonly refuse: (user: Pick<User, 'id'>, account: ForcedAccount) => Promise<void>
}

/** What tells whether a step waits. */
export interface ForcedAccount {
  readonly mustChangePassword: boolean
  /** Whether there is an address that nobody has shown to be theirs. */
  readonly isUnverified: boolean
}

export const verifyEmailStep = 'email_verification'
export const changePasswordStep = 'password_change'
export const termsStep = 'terms'

export function createForcedSteps(options: ForcedStepsOptions): ForcedSteps {
  const { database, mustVerify = false, onVerify = async () => undefined } = options
  const { verifyPath = '/accounts/verify-email/pending/', passwordPath = '/accounts/password/required/' } = options
  const { terms, termsPath = '/accounts/terms/' } = options

  async function rowOf(user: User): Promise<Pick<UserRow, 'email' | 'email_verified' | 'must_change_password'> | null> {
    const id = parseId(user.id)
    if (id === null) return null
    const query = database.read.selectFrom('users').select(['email', 'email_verified', 'must_change_password'])
    return (await query.where('id', '=', id).executeTakeFirst()) ?? null
  }

  async function mustVerifyFirst(user: User): Promise<{ readonly email: string } | null> {
    if (!mustVerify) return null
    const row = await rowOf(user)
    return row !== null && row.email !== null && row.email_verified === 0 ? { email: row.email } : null
  }

  async function mustAccept({ id }: Pick<User, 'id'>): Promise<Readonly<Record<string, string | null>> | null> {
    const current = terms?.current ?? null
    if (current === null || terms === undefined || !(await terms.isDue(id))) return null
    return { version: current.version, url: current.url }
  }

  async function mustChangeFirst(user: User): Promise<boolean> {
    return (await rowOf(user))?.must_change_password === 1
  }

  return {
    verifyEmail: {
      name: verifyEmailStep,
      path: verifyPath,
      isForced: true,
      due: async ({ user }) => mustVerifyFirst(user),
      begin: async ({ user, next = null }, { address }) => onVerify(user, address, next),
    },
    changePassword: {
      name: changePasswordStep,
      path: passwordPath,
      isForced: true,
      due: async ({ user }) => ((await mustChangeFirst(user)) ? {} : null),
    },
    acceptTerms: {
      name: termsStep,
      path: termsPath,
      isForced: true,
      due: async ({ user }) => mustAccept(user),
    },
    isDue: async (user) =>
      (await mustVerifyFirst(user)) !== null || (await mustChangeFirst(user)) || (await mustAccept(user)) !== null,
    refuse: async (user, { mustChangePassword, isUnverified }) => {
      const next = mustVerify && isUnverified ? verifyEmailStep : mustChangePassword ? changePasswordStep : null
      if (next !== null) throw new AuthenticationFailed('sign_in_incomplete', undefined, { body: { next } })
      const accept = await mustAccept(user)
      if (accept === null) return
      throw new AuthenticationFailed('sign_in_incomplete', undefined, { body: { next: termsStep, ...accept } })
    },
  }
}
