export interface OutboxWorkerOptions<Due> {
  /** Takes what is due, so that nobody else has it for a while; nothing where nothing is. */
  readonly take: () => Promise<readonly Due[]>
  /** Delivers one, and writes down how that ended. */
  readonly deliverOne: (due: Due) => Promise<void>
  /** Milliseconds between two looks for what other processes have put in, and for what has to be tried again (10,000). */
  readonly interval?: number | undefined
  /** Hears of what went wrong on our side (nothing). */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** Delivers what stands in an outbox, beside all requests: nobody waits for the servers of others. */
export interface OutboxWorker {
  /** Looks in a moment. */
  readonly soon: () => void
  /** Delivers what is due now. */
  readonly deliver: () => Promise<void>
  /** Stops, and waits for what is under way. What is left is for another process, or the next start. */
  readonly close: () => Promise<void>
}

export function createOutboxWorker<Due>(options: OutboxWorkerOptions<Due>): OutboxWorker {
  const { take, deliverOne, interval = 10_000, onError = () => undefined } = options
  let running: Promise<void> = Promise.resolve()
  let isClosed = false
  let wake: NodeJS.Timeout | undefined
  const timer = setInterval(soon, interval).unref()

  function soon(): void {
    if (isClosed) return
    // After the unit, and only where this process lives on: a command does not wait for it.
    wake ??= setTimeout(() => {
      wake = undefined
      void deliver().catch(onError)
    }, pause).unref()
  }

  async function deliver(): Promise<void> {
    const mine = running.then(deliverAll)
    running = mine.catch(() => undefined)
    await mine
  }

  async function deliverAll(): Promise<void> {
    let due = isClosed ? [] : await take()
    while (due.length > 0) {
      await Promise.all(due.map(deliverOne))
      due = isClosed ? [] : await take()
    }
  }

  return {
    soon,
    deliver,
    close: async () => {
      isClosed = true
      clearInterval(timer)
      clearTimeout(wake)
      await running
    },
  }
}

/** Milliseconds. */
const pause = 50
