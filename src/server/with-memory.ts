import type { ThrottleCounterList } from '../storage/throttle-counter-list.ts'
import type { MemoryCounters } from '../throttling/memory-counters.ts'

/** The buckets of a list, and those in the memory of this process, which come first and say so. */
export function withMemory(
  list: ThrottleCounterList,
  memory: MemoryCounters,
  clock: () => number,
): ThrottleCounterList {
  const here = (prefix: string, limit: number) =>
    memory.list(prefix, clock(), limit).map((counter) => ({ ...counter, isLocal: true }))

  return {
    page: async (filter = {}, page = {}) => {
      const found = await list.page(filter, page)
      if (page.after !== undefined) return found
      return { ...found, items: [...here(filter.prefix ?? '', mostShown), ...found.items] }
    },
    top: async (limit) => {
      const found = await list.top(limit)
      const items = [...here('', limit), ...found.items].toSorted((a, b) => b.fullAt - a.fullAt).slice(0, limit)
      return { ...found, items }
    },
    clear: async (prefix) => {
      const gone = await list.clear(prefix)
      return gone + memory.clearAll(prefix)
    },
  }
}

/** Of those in memory, the ones that are full again last. */
const mostShown = 50
