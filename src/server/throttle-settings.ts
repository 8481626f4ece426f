import { rate, type Setting } from './setting.ts'

/** Settings of how often something may be tried or asked: see `settings.ts`. */
export interface ThrottleSettings {
  readonly guessesPerAccountAndAddress: string | null
  readonly guessesPerAddress: string | null
  readonly guessesPerAccount: string | null
  readonly failuresPerAddress: string | null
  readonly requestsPerAddress: string | null
  readonly requestsPerPrincipal: string | null
}

const group = 'Throttles'

export const throttleSettings: { readonly [Name in keyof ThrottleSettings]: Setting<ThrottleSettings[Name]> } = {
  guessesPerAccountAndAddress: {
    group,
    default: '10/15m',
    parse: rate,
    meaning: 'Wrong passwords for one account from one address before 429.',
  },
  guessesPerAddress: {
    group,
    default: '100/hour',
    parse: rate,
    meaning: 'Wrong passwords from one address, whatever the account.',
  },
  guessesPerAccount: {
    group,
    default: '200/hour',
    parse: rate,
    meaning: 'Wrong passwords for one account from everywhere but the networks it has signed in from.',
  },
  failuresPerAddress: {
    group,
    default: '300/min',
    parse: rate,
    meaning: 'Credentials of any kind that may be refused from one address.',
  },
  requestsPerAddress: {
    group,
    default: null,
    parse: rate,
    meaning: 'Requests from one address, such as 1000/min.',
  },
  requestsPerPrincipal: {
    group,
    default: null,
    parse: rate,
    meaning: 'Requests of one user, service account or client.',
  },
}
