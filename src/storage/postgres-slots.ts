/** As many as there are connections. Whoever gets none waits for one in the order of asking. */
export interface Slots {
  /** Rejects after `patience` milliseconds, or as soon as `fail` is called. */
  readonly take: () => Promise<void>
  readonly give: () => void
  /** Nobody who waits would get what they wait for. */
  readonly fail: (error: unknown) => void
}

/**
 * The queue before the pool. It is not left to the pool, because there the time for a connection to be made and the time
 * for one to be free are the same limit: a server that is gone has to show within a second, a crowd may take longer.
 */
export function createSlots(size: number, patience: number): Slots {
  const waiting = new Set<{ readonly resolve: () => void; readonly reject: (error: unknown) => void }>()
  let free = size
  return {
    take: async () => {
      if (free > 0) {
        free -= 1
        return
      }
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => waiter.reject(new Error('No database connection was free in time.')), patience)
        const settled = () => {
          clearTimeout(timer)
          waiting.delete(waiter)
        }
        const waiter = {
          resolve: () => {
            settled()
            resolve()
          },
          reject: (error: unknown) => {
            settled()
            reject(error instanceof Error ? error : new Error(String(error)))
          },
        }
        waiting.add(waiter)
      })
    },
    give: () => {
      const [next] = waiting
      if (next === undefined) free += 1
      else next.resolve()
    },
    fail: (error) => {
      for (const waiter of waiting) waiter.reject(error)
    },
  }
}
