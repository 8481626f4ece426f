import type { User } from '../core/identity.ts'
import type { Exchange } from '../http/exchange.ts'
import type { SessionAuth } from './session-finder.ts'

/**
 * What somebody who is signed in has to do before their session is good for anything more, since a rule is newer than it: add a
 * second factor, prove one, or accept the terms.
 */
export type HeldUp = 'add' | 'prove' | 'accept'

/** What holds a session up; `null`: nothing. */
export type FindHold = (
  request: Exchange,
  signed: { readonly principal: User; readonly auth: SessionAuth },
) => Promise<HeldUp | null>

export interface HeldUpOptions {
  /** Where they come back to. */
  readonly next: string
  /** What they sign in with. */
  readonly name: string
  /** Where people sign in (/accounts/login/). */
  readonly signInPath?: string | undefined
  /** Where they confirm who they are (/accounts/confirm/). */
  readonly confirmPath?: string | undefined
  /** Where they accept terms (/accounts/terms/). */
  readonly termsPath?: string | undefined
}

/** Where they do it. A factor is added on the way in: by one more sign-in. */
export function addressWhenHeld(held: HeldUp, options: HeldUpOptions): string {
  const { next, name, signInPath = '/accounts/login/' } = options
  const { confirmPath = '/accounts/confirm/', termsPath = '/accounts/terms/' } = options
  if (held === 'accept') return `${termsPath}?${new URLSearchParams({ next })}`
  if (held === 'prove') return `${confirmPath}?${new URLSearchParams({ next, second: '1' })}`
  return `${signInPath}?${new URLSearchParams({ next, fresh: '1', login_hint: name })}`
}
