export interface PasswordQueueOptions {
  /** How many jobs run at once. */
  readonly concurrency: number
  /** How many may wait beyond that. */
  readonly queue: number
  /** Milliseconds that one may wait. */
  readonly patience: number
}

/** Runs jobs that each keep a core busy: so many at once, the others in the order they came. */
export interface PasswordQueue {
  /** Gives what the job gives. Rejects with `PasswordQueueFull` where it was not begun at all. */
  readonly run: <Result>(job: () => Promise<Result>) => Promise<Result>
  readonly waiting: () => number
  readonly running: () => number
  /** Rejects all that wait and all that come. Resolves when nothing runs any more. */
  readonly close: () => Promise<void>
}

const messages = {
  full: 'Too many passwords are waiting to be checked.',
  patience: 'The password waited too long to be checked.',
  closed: 'Passwords are no longer checked: the process is stopping.',
} as const

/** The work was not begun, since the machine has more of it than it can do. It may be tried again shortly. */
export class PasswordQueueFull extends Error {
  /** `full`: there was no place to wait; `patience`: it waited too long; `closed`: the process is stopping. */
  readonly reason: keyof typeof messages

  constructor(reason: keyof typeof messages) {
    super(messages[reason])
    this.name = 'PasswordQueueFull'
    this.reason = reason
  }
}

/** Throws `TypeError` for options that are no whole numbers, or leave nothing to run. */
export function createPasswordQueue({ concurrency, queue, patience }: PasswordQueueOptions): PasswordQueue {
  wholeNumber('concurrency', concurrency, 1)
  wholeNumber('queue', queue, 0)
  wholeNumber('patience', patience, 1)

  /** A `Set` keeps the order, and lets one leave from the middle. */
  const waiting = new Set<Waiting>()
  let running = 0
  let closed = false
  const idle: (() => void)[] = []

  return {
    run: async (job) => {
      await place()
      try {
        return await job()
      } finally {
        next()
      }
    },
    waiting: () => waiting.size,
    running: () => running,
    close: async () => {
      closed = true
      for (const one of waiting) one.leave('closed')
      if (running > 0) await new Promise<void>((resolve) => void idle.push(resolve))
    },
  }

  /** Resolves when it is this one's turn. The place is taken from then on. */
  async function place(): Promise<void> {
    if (closed) throw new PasswordQueueFull('closed')
    if (running < concurrency) {
      running += 1
      return
    }
    if (waiting.size >= queue) throw new PasswordQueueFull('full')
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => one.leave('patience'), patience)
      timer.unref()
      const one: Waiting = {
        begin: () => {
          waiting.delete(one)
          clearTimeout(timer)
          resolve()
        },
        leave: (reason) => {
          waiting.delete(one)
          clearTimeout(timer)
          reject(new PasswordQueueFull(reason))
        },
      }
      waiting.add(one)
    })
  }

  /** Hands the place on to the one that waits longest: it never becomes free in between, so nobody else can take it. */
  function next(): void {
    const [first] = waiting
    if (first !== undefined) return first.begin()
    running -= 1
    if (running === 0) for (const resolve of idle.splice(0)) resolve()
  }
}

interface Waiting {
  readonly begin: () => void
  readonly leave: (reason: 'patience' | 'closed') => void
}

function wholeNumber(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > 2 ** 31 - 1) {
    throw new TypeError(`${name} must be a whole number, ${least} or more.`)
  }
}
