import type { Exchange } from '../http/exchange.ts'
import { callerOf, createLimit, type LimitCounters } from './limit.ts'

export interface UserCodeGuessesOptions {
  readonly counters: LimitCounters
  /** Seconds that a device waits for its user (600). */
  readonly deviceCodeLifetime?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Stops the guessing of user codes, which are short (RFC 8628, section 5.1). */
export interface UserCodeGuesses {
  /**
   * Looks a code up, which counts as a wrong guess until it is found. Throws `Throttled` where there were too many, and looks
   * nothing up then: the right code is refused like a wrong one.
   */
  readonly counted: <Found>(
    exchange: Pick<Exchange, 'address'>,
    userId: string,
    find: () => Promise<Found | null>,
  ) => Promise<Found | null>
}

/**
 * Five wrong codes an account, whatever its sessions, and twenty a network. A bucket fills up over six lives of a code, so
 * that no account has more than five guesses while a code lives: 5 in 20^8 is a chance below 2^-32 to hit it, as section
 * 5.1 counts.
 */
export function createUserCodeGuesses(options: UserCodeGuessesOptions): UserCodeGuesses {
  const window = 6 * (options.deviceCodeLifetime ?? 600)
  const limit = (name: string, count: number): ReturnType<typeof createLimit> =>
    createLimit({
      ...options,
      name,
      rate: { limit: count, window, text: `${count}/${window}s` },
      code: 'too_many_attempts',
    })
  const perAccount = limit('user-code.account', 5)
  const perNetwork = limit('user-code.network', 20)

  return {
    counted: async (exchange, userId, find) => {
      const network = callerOf(exchange)
      await perAccount.take(userId)
      try {
        await perNetwork.take(network)
      } catch (error) {
        await perAccount.giveBack(userId)
        throw error
      }
      const found = await find()
      if (found !== null) await Promise.all([perAccount.giveBack(userId), perNetwork.giveBack(network)])
      return found
    },
  }
}
