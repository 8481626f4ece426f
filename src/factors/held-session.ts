import type { AcceptedTerms } from '../accounts/accepted-terms.ts'
import { termsStep } from '../accounts/forced-steps.ts'
import type { SessionAuth } from '../accounts/session-finder.ts'
import type { User } from '../core/identity.ts'
import type { Exchange } from '../http/exchange.ts'
import { addable, addFactorStep, type SecondFactors, secondFactorStep, type Way } from './second-factors.ts'
import type { TrustedBrowsers } from './trusted-browsers.ts'

export interface HeldSessionOptions {
  readonly factors: Pick<SecondFactors, 'policy' | 'isRequired' | 'waysOf'>
  /** Browsers in which nobody is asked (there are none). */
  readonly trusted?: Pick<TrustedBrowsers, 'isTrusted'> | null
  /** What has to be accepted (nothing). */
  readonly terms?: Pick<AcceptedTerms, 'current' | 'isDue'>
}

/** What a session has to go through before it is good for anything more, as a sign-in that waits for it is told. */
export type HeldBy =
  | { readonly next: typeof secondFactorStep | typeof addFactorStep; readonly ways: readonly Way[] }
  | { readonly next: typeof termsStep; readonly version: string | null; readonly url: string | null }

/** Whether a session is held up: `null` where it is not. */
export type HeldSession = (
  request: Pick<Exchange, 'headers'>,
  signed: { readonly principal: User; readonly auth: Pick<SessionAuth, 'amr'> },
) => Promise<HeldBy | null>

/**
 * Holds up sessions of people who have to have a second factor by now and did not show one when they signed in: the rule may be newer
 * than the session, by a setting, an organisation, or because they have become staff; and of those who have not accepted the terms
 * that hold by now. It asks the database only where there is such a rule. A sign-in for an emergency is for whoever has nothing else,
 * and not held up.
 */
export function heldSession({ factors, trusted = null, terms }: HeldSessionOptions): HeldSession {
  const byFactor: HeldSession = async (request, { principal, auth: { amr } }) => {
    if (factors.policy === 'off' || amr.includes('mfa') || !factors.isRequired(principal)) return null
    const ways = (await factors.waysOf(principal.id)).filter((way) => way !== 'recovery_code')
    if (ways.length === 0) return { next: addFactorStep, ways: addable }
    return ((await trusted?.isTrusted(request, principal.id)) ?? false) ? null : { next: secondFactorStep, ways }
  }

  return async (request, signed) => {
    if (signed.auth.amr.includes('break_glass')) return null
    const held = await byFactor(request, signed)
    const current = terms?.current ?? null
    if (held !== null || current === null || current.version === null) return held
    if ((await terms?.isDue(signed.principal.id)) !== true) return null
    return { next: termsStep, version: current.version, url: current.url }
  }
}
