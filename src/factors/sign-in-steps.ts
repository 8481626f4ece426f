import type { CompleteSignInOptions, SignInStep } from '../accounts/complete-sign-in.ts'
import { remembered } from '../core/fresh-proof.ts'
import { addable, addFactorStep, type SecondFactors, secondFactorStep } from './second-factors.ts'
import type { TrustedBrowsers } from './trusted-browsers.ts'

export interface SecondFactorStepsOptions {
  readonly factors: Pick<SecondFactors, 'policy' | 'waysOf' | 'isRequired'>
  /** Browsers in which nobody is asked (there are none). */
  readonly trusted?: Pick<TrustedBrowsers, 'isTrusted'> | null
  /** Where the pages are (/accounts/second-factor/ and /accounts/add-second-factor/). */
  readonly path?: string
  readonly addPath?: string
}

/**
 * What a session says of a sign-in in which a browser that is trusted stood in for the second factor: nothing else tells it from one
 * of somebody who has none.
 */
export function trustMark({
  factors,
  trusted = null,
}: SecondFactorStepsOptions): NonNullable<CompleteSignInOptions['marks']> {
  return async ({ user, amr }, request) => {
    if (trusted === null || amr.includes('mfa')) return []
    return (await trusted.isTrusted(request, user.id)) && (await factors.waysOf(user.id)).length > 0 ? [remembered] : []
  }
}

/** The steps of a sign-in that are about second factors: to show one, and to add one where it is missing and has to be there. */
export function secondFactorSteps(options: SecondFactorStepsOptions): readonly SignInStep[] {
  const { factors, trusted = null } = options
  const { path = '/accounts/second-factor/', addPath = '/accounts/add-second-factor/' } = options
  if (factors.policy === 'off') return []
  return [
    {
      name: secondFactorStep,
      path,
      due: async ({ user, amr }, request) => {
        if (amr.includes('mfa')) return null
        const ways = await factors.waysOf(user.id)
        if (ways.length === 0 || ((await trusted?.isTrusted(request, user.id)) ?? false)) return null
        return { ways }
      },
    },
    {
      name: addFactorStep,
      path: addPath,
      isForced: true,
      due: async ({ user, amr }) => {
        if (!factors.isRequired(user) || amr.includes('mfa') || (await factors.waysOf(user.id)).length > 0) return null
        return { ways: addable }
      },
    },
  ]
}
