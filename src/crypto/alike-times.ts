/** What a comparison came to, and the milliseconds that it took. */
export interface TimedComparison {
  readonly isRight: boolean
  readonly took: number
}

export interface AlikeTimesOptions {
  /** Milliseconds since any moment, which never go back. */
  readonly now: () => number
  readonly pause: (milliseconds: number) => Promise<void>
}

/**
 * Hashes of other systems take other times than ours: a refusal would tell by its time alone who has one, and so who has an
 * account. Once one was computed, all that is not right takes as long as the slowest kind of late. It waits for that, and
 * computes nothing: whoever guesses keeps no core busy.
 */
export interface AlikeTimes {
  readonly timed: (isForeign: boolean, compare: () => Promise<boolean>) => Promise<TimedComparison>
  /** Waits as long as the others would have taken, unless it was right. */
  readonly settled: (comparison: TimedComparison) => Promise<boolean>
}

export function createAlikeTimes({ now, pause }: AlikeTimesOptions): AlikeTimes {
  const [own, foreign]: readonly [number[], number[]] = [[], []]
  return {
    timed: async (isForeign, compare) => {
      const begun = now()
      const isRight = await compare()
      const took = now() - begun
      const times = isForeign ? foreign : own
      times.push(Math.min(took, longest))
      if (times.length > remembered) times.shift()
      return { isRight, took }
    },
    settled: async ({ isRight, took }) => {
      const rest = foreign.length === 0 ? 0 : Math.max(...own, ...foreign) - took
      if (!isRight && rest > 0) await pause(rest)
      return isRight
    },
  }
}

/** Of each kind: one that took long by chance is soon forgotten. */
const remembered = 8

/** In milliseconds. */
const longest = 2000
