/** `'90s'`, `'2h'`, or milliseconds. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

/** A clock that a test moves. */
export interface TestClock {
  /** Milliseconds since 1970. Hand it over where something takes a `clock`. */
  readonly now: () => number
  /** Moves it, and lets the house notice: what is written behind is written before, as it would have been by then. */
  readonly advance: (by: Duration) => Promise<void>
}

export interface TestClockOptions {
  /** Where it stands, in milliseconds since 1970, until it is moved (it goes on from the real time). */
  readonly now?: number | undefined
  /** What has to happen before time jumps, and what after. */
  readonly before: () => Promise<void>
  readonly after: () => Promise<void>
}

/** Makes a clock that goes as the real one does, and jumps when it is told to. */
export function createTestClock({ now, before, after }: TestClockOptions): TestClock {
  let moved = 0
  return {
    now: () => (now ?? Date.now()) + moved,
    advance: async (by) => {
      const milliseconds = millisecondsOf(by)
      await before()
      moved += milliseconds
      await after()
    },
  }
}

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Throws `TypeError` for what is none, and for the past: what was made would come from the future. */
function millisecondsOf(duration: Duration): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(String(duration)) ?? []
  const milliseconds =
    typeof duration === 'number' ? duration : Number(number) * units[(unit ?? 'ms') as keyof typeof units]
  if (Number.isFinite(milliseconds) && milliseconds >= 0) return milliseconds
  throw new TypeError(`clock.advance: ${duration} is no duration, such as '90s', '2h', or milliseconds.`)
}
