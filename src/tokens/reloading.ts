import { setTimeout as sleep } from 'node:timers/promises'

export interface ReloadingOptions {
  readonly load: () => Promise<void>
  /** The fewest milliseconds between two reloads on demand (1000). */
  readonly pause?: number
}

/** Reads anew what is kept in memory. One reload runs after the other, so that the last one to end is the newest. */
export interface Reloading {
  readonly now: () => Promise<void>
  /**
   * Resolves after a reload that began later than this call: whoever lacks something waits for it. All who call meanwhile
   * share one, so that made-up names cost one reload a second.
   */
  readonly soon: () => Promise<void>
}

export function createReloading({ load, pause = 1000 }: ReloadingOptions): Reloading {
  let began = -Infinity
  let running: Promise<void> = Promise.resolve()
  let upcoming: Promise<void> | undefined

  async function now(): Promise<void> {
    const mine = running.then(async () => {
      began = performance.now()
      await load()
    })
    running = mine.catch(() => undefined)
    await mine
  }

  async function afterPause(): Promise<void> {
    // Also where there is nothing to wait for: those who call in this turn join, and `upcoming` is set by then.
    await sleep(Math.max(0, began + pause - performance.now()))
    upcoming = undefined
    await now()
  }

  return {
    now,
    soon: async () => {
      upcoming ??= afterPause()
      await upcoming
    },
  }
}
