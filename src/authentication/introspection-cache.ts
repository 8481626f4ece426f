import { hash } from 'node:crypto'
import { createRecent } from '../http/recent.ts'

export interface IntrospectionCacheOptions {
  readonly cacheFor?: number
  readonly refusedFor?: number
  readonly max?: number
  readonly clock: () => number
}

/** Remembers what was found out about tokens, good or not, by their digest, so that no token stays in memory. */
export interface IntrospectionCache<Value> {
  /** What is remembered, or what `find` finds; many who ask at once share one question. `end`: milliseconds since 1970. */
  readonly get: (
    token: string,
    find: (token: string) => Promise<Value | null>,
    end: (value: Value) => number | null,
  ) => Promise<Value | null>
}

/** Those that are no good are remembered apart: made-up tokens cannot drive out what is in use. */
export function createIntrospectionCache<Value>(options: IntrospectionCacheOptions): IntrospectionCache<Value> {
  const { cacheFor = 30, refusedFor = 5, max = 10_000, clock } = options
  for (const [name, value] of Object.entries({ cacheFor, refusedFor })) {
    if (!Number.isFinite(value) || value < 0) throw new TypeError(`introspection: ${name} must be seconds, 0 or more.`)
  }
  if (!Number.isSafeInteger(max) || max < 1)
    throw new TypeError('introspection: max must be a whole number, 1 or more.')
  const good = createRecent<string, Remembered<Value>>(max)
  const bad = createRecent<string, Remembered<null>>(max)
  const asking = new Map<string, Promise<Value | null>>()

  async function ask(
    name: string,
    find: () => Promise<Value | null>,
    end: (value: Value) => number | null,
  ): Promise<Value | null> {
    const value = await find()
    const now = clock()
    if (value === null) bad.set(name, { value: null, until: now + refusedFor * 1000 })
    else good.set(name, { value, until: Math.min(now + cacheFor * 1000, end(value) ?? Infinity) })
    return value
  }

  return {
    get: async (token, find, end) => {
      const name = hash('sha256', token, 'binary')
      const now = clock()
      const known = [good.get(name), bad.get(name)].find((one) => one !== undefined && now < one.until)
      if (known !== undefined) return known.value
      const running = asking.get(name)
      if (running !== undefined) return running
      const begun = ask(name, async () => find(token), end).finally(() => asking.delete(name))
      asking.set(name, begun)
      return begun
    },
  }
}

interface Remembered<Value> {
  readonly value: Value
  /** Milliseconds since 1970. */
  readonly until: number
}
