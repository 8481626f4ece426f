import type { PostgresPool, PostgresSession } from './postgres-pool.ts'

/**
 * Listens on a channel with a connection of its own. Where that is lost it gets another one, and calls back once more,
 * since nobody knows what was said in between. Resolves with how to stop when the first try is over, come what may:
 * whoever listens also polls.
 */
export async function postgresListener(
  pool: PostgresPool,
  channel: string,
  onNotice: () => void,
): Promise<() => Promise<void>> {
  if (!/^[a-z_]{1,63}$/.test(channel))
    throw new TypeError('listen: a channel is named by small letters and underscores.')
  let session: PostgresSession | null = null
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  async function connect() {
    try {
      const mine = await pool.acquire()
      session = mine
      mine.onNotice(onNotice, () => {
        if (session === mine) again()
      })
      await mine.query(`listen ${channel}`, [])
      if (stopped) await stop()
      else onNotice()
    } catch {
      again()
    }
  }

  function again() {
    discard()
    if (!stopped) timer = setTimeout(() => void connect(), pause).unref()
  }

  function discard() {
    clearTimeout(timer)
    const mine = session
    session = null
    mine?.discard()
  }

  async function stop() {
    stopped = true
    discard()
  }

  await connect()
  return stop
}

/** Milliseconds between two tries to connect. */
const pause = 1000
