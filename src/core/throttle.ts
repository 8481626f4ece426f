import type { Identity } from './identity.ts'
import type { AuthRequest } from './request.ts'

/** What a throttle is asked about. `identity` is `null` before authentication and for strangers. */
export interface ThrottleCheck<Who = Identity | null> {
  readonly request: AuthRequest
  readonly identity: Who
  /** The caller's address as `createAuth`'s `address` option finds it. */
  readonly address: string | null
}

/** What a throttle answers. Times are seconds. */
export interface Quota {
  /** Seconds to wait, or `null`: go ahead. */
  readonly wait: number | null
  /** The name in the RateLimit headers. */
  readonly policy: string
  /** How many requests the window allows, and how long it is. */
  readonly limit: number
  readonly window: number
  readonly remaining: number
  /** Seconds until the whole limit is there again. */
  readonly reset: number
}

/** Counts, and answers with what is left and how long to wait, or `null` where it does not apply. */
export interface Throttle<Who = Identity | null> {
  readonly name: string
  /**
   * When it is asked. `before`: before authentication, for each request. `after`: once it is known who it is and that they
   * may. `failure`: it is looked at before authentication, and counts credentials that were refused.
   */
  readonly stage: 'before' | 'after' | 'failure'
  /** Tells without a look at any counter that it is not for somebody, so that they do not wait for it (it is for all). */
  readonly appliesTo?: (identity: Who) => boolean
  /** Takes one from what is left. Atomic: of a hundred at once with ten left, ten go ahead. */
  readonly take: (check: ThrottleCheck<Who>) => Promise<Quota | null>
  /** Tells what is left without taking. */
  readonly peek: (check: ThrottleCheck<Who>) => Promise<Quota | null>
}

/** Header fields for what is left: the IETF draft's two, and the three that older clients know. */
export function rateLimitHeaders(quotas: readonly Quota[]): (readonly [string, string])[] {
  const tightest = quotas.toSorted((a, b) => a.remaining - b.remaining)[0]
  if (tightest === undefined) return []
  return [
    ['ratelimit-policy', quotas.map((q) => `"${q.policy}";q=${q.limit};w=${Math.ceil(q.window)}`).join(', ')],
    ['ratelimit', quotas.map((q) => `"${q.policy}";r=${q.remaining};t=${Math.ceil(q.reset)}`).join(', ')],
    ['ratelimit-limit', String(tightest.limit)],
    ['ratelimit-remaining', String(tightest.remaining)],
    ['ratelimit-reset', String(Math.ceil(tightest.reset))],
  ]
}
