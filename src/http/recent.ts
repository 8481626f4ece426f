/** A memory of what was used lately, bounded. */
export interface Recent<Key, Value> {
  readonly get: (key: Key) => Value | undefined
  readonly set: (key: Key, value: Value) => void
}

/**
 * Remembers at most so many values, in two generations: when the young one is half of that, the old one is dropped and the
 * young one takes its place; what is still in use moves over. A `Map` by identity, since a `WeakMap` costs over a
 * microsecond an entry once the garbage collector has to trace it.
 */
export function createRecent<Key, Value>(max: number): Recent<Key, Value> {
  const half = Math.max(1, Math.floor(max / 2))
  let young = new Map<Key, Value>()
  let old = new Map<Key, Value>()

  return { get: (key) => young.get(key) ?? movedOver(key), set }

  function movedOver(key: Key): Value | undefined {
    const value = old.get(key)
    if (value !== undefined) set(key, value)
    return value
  }

  function set(key: Key, value: Value): void {
    if (young.size >= half && !young.has(key)) {
      old = young
      young = new Map()
    }
    young.set(key, value)
  }
}
