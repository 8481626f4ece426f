export interface PairLifetimeOptions {
  /** Seconds that an access token lives (1800). */
  readonly accessLifetime?: number
  /** Seconds that a refresh token may lie unused (7 days). */
  readonly refreshLifetime?: number
  /** Seconds from a sign-in that no token of it outlives, however often it is refreshed (30 days). */
  readonly familyLifetime?: number
  /** Seconds for which a client that shows a spent refresh token again gets the same answer, up to 10; 0: never (10). */
  readonly grace?: number
  /** Seconds that a sliding token lives, and from a sign-in on for which it may be refreshed (300 and a day). */
  readonly sliding?: { readonly lifetime?: number; readonly refreshLifetime?: number }
  /** Seconds by which clocks may differ (0). */
  readonly leeway?: number
}

export type PairLifetimes = Readonly<
  Record<'access' | 'refresh' | 'family' | 'sliding' | 'slidingRefresh' | 'grace', number>
>

/** The lifetimes in milliseconds. Throws `TypeError` for what is out of range. */
export function pairLifetimes(options: PairLifetimeOptions): PairLifetimes {
  const {
    accessLifetime = 1800,
    refreshLifetime = 7 * day,
    familyLifetime = 30 * day,
    sliding = {},
    leeway = 0,
  } = options
  const { grace = 10 } = options
  if (!(grace >= 0 && grace <= 10)) throw new TypeError('createTokenPairs: grace must be from 0 to 10 seconds.')
  if (!(leeway >= 0 && leeway <= 300)) throw new TypeError('createTokenPairs: leeway must be from 0 to 300 seconds.')
  const lifetimes = {
    access: accessLifetime,
    refresh: refreshLifetime,
    family: familyLifetime,
    sliding: sliding.lifetime ?? 300,
    slidingRefresh: sliding.refreshLifetime ?? day,
  }
  for (const [name, value] of Object.entries(lifetimes)) {
    if (!(Number.isFinite(value) && value >= 1)) {
      throw new TypeError(`createTokenPairs: the lifetime of ${name} must be a second or more.`)
    }
  }
  return {
    access: Math.floor(lifetimes.access * 1000),
    refresh: Math.floor(lifetimes.refresh * 1000),
    family: Math.floor(lifetimes.family * 1000),
    sliding: Math.floor(lifetimes.sliding * 1000),
    slidingRefresh: Math.floor(lifetimes.slidingRefresh * 1000),
    grace: Math.floor(grace * 1000),
  }
}

/** Seconds. */
const day = 86_400
