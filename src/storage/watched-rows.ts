import type { Database } from './database.ts'
import { sqliteVersion } from './revocations.ts'

export interface WatchRowsOptions<Row> {
  readonly read: () => Promise<readonly Row[]>
  /** Hears of all rows, at first and whenever something may have changed. */
  readonly onRead: (rows: readonly Row[]) => void
  /** Milliseconds between two looks (1000). */
  readonly interval?: number
}

export interface WatchedRows {
  /** Looks now: to be called by whoever has changed rows. */
  readonly refresh: () => Promise<void>
  readonly close: () => Promise<void>
}

/**
 * Keeps the few rows of a small table in memory, for what every request asks about: what this process changes it knows at once, and
 * what others change within `interval`. Rejects where the first reading fails; where a later one does, what was known goes on.
 */
export async function watchRows<Row>(
  database: Pick<Database, 'dialect' | 'read'>,
  { read, onRead, interval = 1000 }: WatchRowsOptions<Row>,
): Promise<WatchedRows> {
  let lastVersion: string | null = null
  let reading: Promise<void> | null = null

  async function look(): Promise<void> {
    const version = await sqliteVersion(database)
    if (version !== null && version === lastVersion) return
    onRead(await read())
    lastVersion = version
  }

  /** One look at a time: who asks meanwhile gets the one after it, since this one may have read already. */
  async function refresh(): Promise<void> {
    await reading?.catch(() => undefined)
    reading ??= look().finally(() => {
      reading = null
    })
    return reading
  }

  await refresh()
  const timer = setInterval(() => void refresh().catch(() => undefined), interval)
  timer.unref()
  return {
    refresh,
    close: async () => {
      clearInterval(timer)
      await reading?.catch(() => undefined)
    },
  }
}
