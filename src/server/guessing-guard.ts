import type { Counters } from '../throttling/counters.ts'
import { createGuessingGuard, type GuessingGuard } from '../throttling/guessing.ts'
import type { OwnLimits } from './own-limits.ts'
import type { Settings } from './settings.ts'

/** What stops the guessing of passwords, with the rates of the settings. */
export function guessingGuard(
  settings: Settings,
  {
    counters,
    clock,
    ownLimits,
  }: { readonly counters: Counters; readonly clock: () => number; readonly ownLimits: OwnLimits },
): GuessingGuard {
  return createGuessingGuard({
    counters,
    clock,
    ...(settings.guessesPerAccountAndAddress === null
      ? {}
      : { perAccountAndAddress: settings.guessesPerAccountAndAddress }),
    perAddress: settings.guessesPerAddress ?? false,
    ownPerAddress: ownPerAddress(ownLimits, clock),
    perAccount: settings.guessesPerAccount ?? false,
  })
}

/** The rate of wrong passwords that a network has of its own. */
export function ownPerAddress(ownLimits: OwnLimits, clock: () => number): (network: string) => string | null {
  return (network) => {
    const own = ownLimits.find('guessesPerAddress', network)
    return own === null || own.until <= clock() ? null : own.rate
  }
}
