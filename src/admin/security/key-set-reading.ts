import type { KeySetReader, KeySetReaders } from '../../tokens/key-set-readers.ts'
import type { Keyring } from '../../tokens/keyring.ts'

export interface KeySetReadingStores {
  readonly signingKeys: Pick<Keyring, 'list'>
  readonly keySetReaders: Pick<KeySetReaders, 'list' | 'flush'>
}

/** Who fetched the public keys, and whether the newest of them was there by then. */
export interface KeySetReading {
  /** When the newest key that signs or will sign was published, `null` where there is none. */
  readonly publishedAt: number | null
  readonly readers: readonly (KeySetReader & { readonly hasNewest: boolean })[]
}

export async function keySetReading({ signingKeys, keySetReaders }: KeySetReadingStores): Promise<KeySetReading> {
  await keySetReaders.flush()
  const [keys, readers] = await Promise.all([signingKeys.list(), keySetReaders.list()])
  const made = keys.filter(({ state }) => state === 'current' || state === 'next').map(({ createdAt }) => createdAt)
  const publishedAt = made.length === 0 ? null : Math.max(...made)
  return {
    publishedAt,
    readers: readers.map((reader) => ({
      ...reader,
      hasNewest: publishedAt !== null && reader.lastAt >= publishedAt + untilAllPublish,
    })),
  }
}

/** Milliseconds until every process publishes a key that one of them made: they look every 30 seconds. */
const untilAllPublish = 30_000
