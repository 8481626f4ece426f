import { formatId } from '../storage/id.ts'
import type { DueMessage, Outbox } from './outbox.ts'
import { render } from './render.ts'
import { DeliveryFailed, type Transport } from './smtp.ts'

export interface SenderOptions {
  readonly outbox: Pick<Outbox, 'take' | 'done' | 'failed'>
  readonly transport: Transport
  /** What the installation is called (Doorward). */
  readonly siteName?: string | undefined
  /** Milliseconds between two looks for messages of other processes, and for those that have to be tried again (10,000). */
  readonly interval?: number
  /** Hears of each attempt that failed (nothing). */
  readonly onFailed?: (failure: FailedDelivery) => void
  /** Hears of what went wrong on our side (nothing). */
  readonly onError?: (error: unknown) => void
}

/** Whom it was for is nobody's business who reads a log. */
export interface FailedDelivery {
  readonly id: string
  readonly kind: string
  readonly attempts: number
  readonly gaveUp: boolean
  readonly error: Error
}

/** Sends what is in the outbox, beside all requests: nobody waits for a mail server. */
export interface Sender {
  /** Looks in a moment. */
  readonly soon: () => void
  /** Sends what is due now. */
  readonly deliver: () => Promise<void>
  /** Stops, and waits for what is under way. What is left is for another process, or the next start. */
  readonly close: () => Promise<void>
}

export function createSender(options: SenderOptions): Sender {
  const { outbox, transport, siteName = 'Doorward', interval = 10_000 } = options
  const { onFailed = () => undefined, onError = () => undefined } = options
  let running: Promise<void> = Promise.resolve()
  let isClosed = false
  let wake: NodeJS.Timeout | undefined
  const timer = setInterval(soon, interval).unref()

  function soon(): void {
    if (isClosed) return
    // Only where this process lives on: a command is not to wait for a mail server.
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
    let due = isClosed ? [] : await outbox.take()
    while (due.length > 0) {
      await Promise.all(due.map(deliverOne))
      due = isClosed ? [] : await outbox.take()
    }
  }

  async function deliverOne(due: DueMessage): Promise<void> {
    const failure = await send(due)
    if (failure === null) return outbox.done(due)
    const gaveUp = await outbox.failed(due, failure.message, failure.isFinal)
    onFailed({ id: formatId(due.id), kind: due.kind, attempts: due.attempts, gaveUp, error: failure })
  }

  async function send({ id, message }: DueMessage): Promise<DeliveryFailed | null> {
    if (message === null) return new DeliveryFailed('The message was sealed under a secret that is not known.', true)
    try {
      await transport({ to: message.to, id: formatId(id), ...(await render(message, siteName)) })
      return null
    } catch (error) {
      if (error instanceof DeliveryFailed) return error
      return new DeliveryFailed('The message could not be handed over.', false, { cause: error })
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
