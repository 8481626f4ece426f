import { formatId } from '../storage/id.ts'
import { createOutboxWorker, type OutboxWorker } from '../storage/outbox-worker.ts'
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
export function createSender(options: SenderOptions): OutboxWorker {
  const { outbox, transport, siteName = 'Doorward', onFailed = () => undefined, interval, onError } = options

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

  return createOutboxWorker({ take: outbox.take, deliverOne, interval, onError })
}
