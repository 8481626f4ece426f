import type { AccountDeletions } from '../accounts/by-mail/account-deletions.ts'

export interface DueDeletionsOptions {
  readonly deletions: Pick<AccountDeletions, 'carryOut'>
  /** Milliseconds between two looks (a minute). */
  readonly interval?: number
  /** Hears how many accounts went (nothing). */
  readonly onDeleted?: (count: number) => void
  /** Hears of what went wrong (nothing). */
  readonly onError?: (error: unknown) => void
}

/** Deletes the accounts whose time has come while a server runs, at its start and every minute. Every node may: each account goes once. */
export function carryOutDeletions(options: DueDeletionsOptions): { readonly close: () => Promise<void> } {
  const { deletions, interval = 60_000, onDeleted = () => undefined, onError = () => undefined } = options
  let running: Promise<void> = Promise.resolve()
  const carryOut = async (): Promise<void> => {
    const count = await deletions.carryOut()
    if (count > 0) onDeleted(count)
  }
  const look = (): void => void (running = running.then(carryOut).catch(onError))
  const timer = setInterval(look, interval).unref()
  look()
  return {
    close: async () => {
      clearInterval(timer)
      await running
    },
  }
}
