import type { MoreThanPassword } from '../accounts/account-needs.ts'
import type { PasswordGuard } from '../accounts/password-guard.ts'
import type { ActedBy } from '../accounts/acted-by.ts'
import { AuthenticationFailed } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import type { Database } from '../storage/database.ts'
import { parseId } from '../storage/id.ts'
import type { AuthenticatorApps } from './authenticator-apps.ts'
import type { RecoveryCodes } from './recovery-codes.ts'

/** A second factor, as answers name it. A recovery code stands in for one that is lost. */
export type Way = 'passkey' | 'totp' | 'recovery_code'

/** Who has to have a second factor: nobody (`off` asks for none at all), whoever has one, also all staff, or all. */
export type SecondFactorPolicy = 'off' | 'optional' | 'staff' | 'required'

export interface SecondFactorsOptions {
  readonly database: Database
  readonly apps: Pick<AuthenticatorApps, 'use'>
  readonly codes: Pick<RecoveryCodes, 'use'>
  /** Stops guessing, by user: asked before anything is compared. */
  readonly guard: PasswordGuard
  /** Who has to have one (optional). */
  readonly policy?: SecondFactorPolicy
  /** Tells a user of a code that was used (nobody is told). */
  readonly onRecoveryCodeUsed?: (userId: bigint, by: ActedBy) => Promise<void>
}

/** A code that somebody typed. */
export interface CodeTried {
  readonly user: User
  readonly way: Exclude<Way, 'passkey'>
  readonly code: string
  readonly by: ActedBy
  /** Counts the guess for the sign-in that it is part of: `false` where that one is over (it is part of none). */
  readonly countGuess?: () => Promise<boolean>
}

/** What people have beside a password, whether they need it, and whether a code is theirs. */
export interface SecondFactors {
  readonly policy: SecondFactorPolicy
  /** What a user has, in the order in which it is offered; nothing where they have no second factor. */
  readonly waysOf: (userId: string) => Promise<readonly Way[]>
  /** Whether they have to have one. */
  readonly isRequired: (user: Pick<User, 'isStaff' | 'isSuperuser' | 'organisations'>) => boolean
  /** Whether a password alone does not let them in. */
  readonly isNeeded: (user: User) => Promise<boolean>
  /**
   * Whether a code is right, and uses it up. Throws `Throttled` where too many were wrong, the same whether the code is right,
   * and `not_authenticated` where the sign-in that it is part of is over.
   */
  readonly check: (tried: CodeTried) => Promise<boolean>
  /** What passwords ask before one alone lets somebody in: see `suffices` there. Throws `sign_in_incomplete`. */
  readonly suffices: (user: User, more: MoreThanPassword) => Promise<void>
}

export function createSecondFactors(options: SecondFactorsOptions): SecondFactors {
  const { database, apps, codes, guard, policy = 'optional', onRecoveryCodeUsed } = options

  async function waysOf(id: string): Promise<readonly Way[]> {
    const userId = parseId(id)
    if (userId === null || policy === 'off') return []
    const row = await database.read
      .selectNoFrom((eb) => [
        eb.exists(eb.selectFrom('totp_devices').select('user_id').where('user_id', '=', userId)).as('totp'),
        eb.exists(eb.selectFrom('passkeys').select('id').where('user_id', '=', userId)).as('passkey'),
        eb
          .exists(
            eb.selectFrom('recovery_codes').select('id').where('user_id', '=', userId).where('used_at', 'is', null),
          )
          .as('recovery_code'),
      ])
      .executeTakeFirstOrThrow()
    const has = (way: Way): boolean => Boolean(row[way])
    // Codes for lost factors are none where there is nothing to lose.
    return has('passkey') || has('totp') ? order.filter(has) : []
  }

  /** An organisation may ask for more than the policy, but not where nobody is asked at all. */
  const isRequired: SecondFactors['isRequired'] = ({ isStaff = false, isSuperuser = false, organisations = [] }) =>
    policy === 'required' ||
    (policy === 'staff' && (isStaff || isSuperuser)) ||
    (policy !== 'off' && organisations.some(({ needsSecondFactor }) => needsSecondFactor === true))

  async function check({ user, way, code, by, countGuess }: CodeTried): Promise<boolean> {
    const attempt = await guard.attempt({ account: `second factor ${user.id}`, address: by.address ?? null })
    if (countGuess !== undefined && !(await countGuess())) {
      await attempt.withdrawn()
      throw signInIsOver()
    }
    const isRight = await (way === 'totp' ? apps : codes).use(user.id, code, by)
    if (!isRight) return false
    await attempt.succeeded()
    const userId = parseId(user.id)
    if (way === 'recovery_code' && userId !== null) await onRecoveryCodeUsed?.(userId, by)
    return true
  }

  return {
    policy,
    waysOf,
    isRequired,
    check,
    isNeeded: async (user) => policy !== 'off' && (isRequired(user) || (await waysOf(user.id)).length > 0),

    suffices: async (user, { hasSecondFactor, code, address }) => {
      if (policy === 'off' || (!hasSecondFactor && !isRequired(user))) return
      const ways = hasSecondFactor ? await waysOf(user.id) : []
      if (ways.length > 0 && code !== null) {
        const by = { actor: `user:${user.id}`, address }
        if (await check({ user, way: wayOf(code), code, by })) return
        throw new AuthenticationFailed('authentication_failed', 'The code is not right.')
      }
      throw new AuthenticationFailed('sign_in_incomplete', undefined, {
        body: ways.length > 0 ? { next: secondFactorStep, ways } : { next: addFactorStep, ways: addable },
      })
    },
  }
}

/** What a code is that came without a word on what it is: apps show six digits. */
export function wayOf(code: string): CodeTried['way'] {
  return /^\d{6}$/.test(code.replaceAll(/[\s-]/g, '')) ? 'totp' : 'recovery_code'
}

/** What answers name as next: to show a second factor, or to add one. */
export const secondFactorStep = 'second_factor'
export const addFactorStep = 'add_second_factor'
export const addable: readonly Way[] = ['totp', 'passkey']

/** As they are offered: the strongest first. */
const order: readonly Way[] = ['passkey', 'totp', 'recovery_code']

export function signInIsOver(): AuthenticationFailed {
  return new AuthenticationFailed('not_authenticated', 'This sign-in is over. Begin again.')
}
