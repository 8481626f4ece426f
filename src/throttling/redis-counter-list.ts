import { RequestRefused } from '../core/errors.ts'

/** What is used of a client of the package `redis`. */
export interface ListedRedis {
  readonly scan: (
    cursor: string,
    options: { readonly MATCH: string; readonly COUNT: number },
  ) => Promise<{ readonly cursor: string | number; readonly keys: readonly string[] }>
  readonly mGet: (keys: string[]) => Promise<readonly (string | null)[]>
  readonly del: (keys: string[]) => Promise<number>
}

export interface RedisCounterListOptions {
  readonly client: ListedRedis
  /** What every key begins with (`doorward:throttle:`). */
  readonly prefix?: string
  /** How many buckets are looked at for those with the longest to wait (20 000). */
  readonly most?: number
}

interface Counter {
  readonly key: string
  /** When it is full again: milliseconds since 1970. */
  readonly fullAt: number
}

/**
 * The buckets that Redis keeps. Counting writes nothing for this: they are found by `SCAN`, some at a time, so that Redis
 * answers others between. So they come in no order, and one that is counted meanwhile may come twice or not at all.
 */
export interface RedisCounterList {
  /** `limit` is about how many come, 50 where it is left out. */
  readonly page: (
    filter: { readonly prefix?: string | undefined },
    page: { readonly after?: string | undefined; readonly limit?: number },
  ) => Promise<{ readonly items: readonly Counter[]; readonly next: string | null }>
  /** Those that are full again last, of as many as are looked at. `isComplete`: of all. */
  readonly top: (limit: number) => Promise<{ readonly items: readonly Counter[]; readonly isComplete: boolean }>
  /** Fills all up whose keys begin so, and tells how many. */
  readonly clear: (prefix: string) => Promise<number>
}

export function createRedisCounterList(options: RedisCounterListOptions): RedisCounterList {
  const { client, prefix: own = 'doorward:throttle:', most = 20_000 } = options

  async function scan(cursor: string, prefix: string, count: number): Promise<{ cursor: string; keys: string[] }> {
    const found = await client.scan(cursor, { MATCH: `${literally(own + prefix)}*`, COUNT: count })
    return { cursor: String(found.cursor), keys: [...found.keys] }
  }

  async function counters(keys: string[]): Promise<readonly Counter[]> {
    if (keys.length === 0) return []
    const arrivals = await client.mGet(keys)
    return keys.flatMap((key, index) => {
      // In whole microseconds: see `gcra` in `core/gcra.ts`.
      const arrival = Number(arrivals[index] ?? Number.NaN)
      return Number.isSafeInteger(arrival) ? [{ key: key.slice(own.length), fullAt: Math.ceil(arrival / 1000) }] : []
    })
  }

  return {
    page: async ({ prefix = '' }, { after = '0', limit = 50 }) => {
      if (!/^\d{1,20}$/.test(after)) {
        throw new RequestRefused('invalid', undefined, {
          body: { after: ['It has to be the next of the page before.'] },
        })
      }
      const found = new Set<string>()
      let cursor = after
      // Keys of others, or that begin otherwise, are looked at as well: not for ever in one request.
      for (let looks = 0; looks < mostLooks; looks += 1) {
        const part = await scan(cursor, prefix, atOnce)
        for (const key of part.keys) found.add(key)
        cursor = part.cursor
        if (cursor === '0' || found.size >= limit) break
      }
      const items = await counters([...found])
      return { items: items.toSorted((a, b) => (a.key < b.key ? -1 : 1)), next: cursor === '0' ? null : cursor }
    },

    top: async (limit) => {
      let items: readonly Counter[] = []
      let [cursor, seen] = ['0', 0]
      do {
        const part = await scan(cursor, '', 1000)
        cursor = part.cursor
        seen += part.keys.length
        // What is remembered for weeks is no limit that anybody is at: see `guessing.ts`.
        const waiting = part.keys.filter((key) => !key.startsWith(`${own}guess.known:`))
        const known = new Map([...items, ...(await counters(waiting))].map((one) => [one.key, one]))
        items = [...known.values()].toSorted((a, b) => b.fullAt - a.fullAt).slice(0, limit)
      } while (cursor !== '0' && seen < most)
      return { items, isComplete: cursor === '0' }
    },

    clear: async (prefix) => {
      if (prefix === '')
        throw new RequestRefused('invalid', 'A prefix is needed: all buckets are never filled up at once.')
      let [cursor, cleared] = ['0', 0]
      do {
        const part = await scan(cursor, prefix, 1000)
        cursor = part.cursor
        if (part.keys.length > 0) cleared += await client.del(part.keys)
      } while (cursor !== '0')
      return cleared
    },
  }
}

const atOnce = 100
const mostLooks = 200

/** `SCAN` takes a glob; a key is meant as it stands. */
function literally(text: string): string {
  return text.replaceAll(/[*?[\]^\\]/g, '\\$&')
}
