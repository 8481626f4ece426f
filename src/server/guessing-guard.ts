import type { Counters } from '../throttling/counters.ts'
import { createGuessingGuard, type GuessingGuard } from '../throttling/guessing.ts'
import type { Settings } from './settings.ts'

/** What stops the guessing of passwords, with the rates of the settings. */
export function guessingGuard(settings: Settings, counters: Counters, clock: () => number): GuessingGuard {
  return createGuessingGuard({
    counters,
    clock,
    ...(settings.guessesPerAccountAndAddress === null
      ? {}
      : { perAccountAndAddress: settings.guessesPerAccountAndAddress }),
    perAddress: settings.guessesPerAddress ?? false,
    perAccount: settings.guessesPerAccount ?? false,
  })
}
