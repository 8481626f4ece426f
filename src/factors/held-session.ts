import type { SessionAuth } from '../accounts/session-finder.ts'
import type { User } from '../core/identity.ts'
import type { Exchange } from '../http/exchange.ts'
import { addable, addFactorStep, type SecondFactors, secondFactorStep, type Way } from './second-factors.ts'
import type { TrustedBrowsers } from './trusted-browsers.ts'

export interface HeldSessionOptions {
  readonly factors: Pick<SecondFactors, 'policy' | 'isRequired' | 'waysOf'>
  /** Browsers in which nobody is asked (there are none). */
  readonly trusted?: Pick<TrustedBrowsers, 'isTrusted'> | null
}

/** What a session has to go through before it is good for anything more, as a sign-in that waits for it is told. */
export interface HeldBy {
  readonly next: typeof secondFactorStep | typeof addFactorStep
  readonly ways: readonly Way[]
}

/** Whether a session is held up: `null` where it is not. */
export type HeldSession = (
  request: Pick<Exchange, 'headers'>,
  signed: { readonly principal: User; readonly auth: Pick<SessionAuth, 'amr'> },
) => Promise<HeldBy | null>

/**
 * Holds up sessions of people who have to have a second factor by now and did not show one when they signed in: the rule may be newer
 * than the session, by a setting, an organisation, or because they have become staff. It asks the database only for those. A sign-in
 * for an emergency is for whoever has nothing else, and not held up.
 */
export function heldSession({ factors, trusted = null }: HeldSessionOptions): HeldSession {
  return async (request, { principal, auth: { amr } }) => {
    if (factors.policy === 'off' || amr.includes('mfa') || amr.includes('break_glass')) return null
    if (!factors.isRequired(principal)) return null
    const ways = (await factors.waysOf(principal.id)).filter((way) => way !== 'recovery_code')
    if (ways.length === 0) return { next: addFactorStep, ways: addable }
    return ((await trusted?.isTrusted(request, principal.id)) ?? false) ? null : { next: secondFactorStep, ways }
  }
}
