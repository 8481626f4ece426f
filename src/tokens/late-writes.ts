/** Writes what was gathered some time after the first of it came, so that no read path waits for a write. */
export interface LateWrites {
  /** Writes before long, where that is not to be done already. */
  readonly soon: () => void
  /** Writes now, after what is being written. */
  readonly flush: () => Promise<void>
  /** Writes and stops. Call it before the database is closed. */
  readonly close: () => Promise<void>
}

/** `write` must not throw; it may ask for another one `soon`. `interval`: milliseconds. */
export function createLateWrites(write: () => Promise<void>, interval: number): LateWrites {
  let timer: NodeJS.Timeout | undefined
  let written: Promise<void> = Promise.resolve()

  function soon(): void {
    timer ??= setTimeout(() => void flush(), interval).unref()
  }

  async function flush(): Promise<void> {
    written = written.then(async () => {
      clearTimeout(timer)
      timer = undefined
      await write()
    })
    await written
  }

  return {
    soon,
    flush,
    close: async () => {
      await flush()
      clearTimeout(timer)
    },
  }
}
