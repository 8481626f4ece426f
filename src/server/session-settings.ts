import { cookieName, count, duration, type Setting } from './setting.ts'

/** Settings of sessions and passwords: see `settings.ts`. Durations are seconds. */
export interface SessionSettings {
  readonly sessionIdle: number
  readonly sessionLifetime: number
  readonly sessionCookieName: string
  readonly csrfCookieName: string
  readonly passwordMinLength: number
  readonly passwordConcurrency: number | null
  readonly passwordQueue: number
}

const group = 'Sessions and passwords'

export const sessionSettings: { readonly [Name in keyof SessionSettings]: Setting<SessionSettings[Name]> } = {
  sessionIdle: {
    group,
    default: 1209600,
    parse: duration,
    meaning: 'A session that is not used for so long is over.',
  },
  sessionLifetime: {
    group,
    default: 2592000,
    parse: duration,
    meaning: 'A session is over after so long, used or not.',
  },
  sessionCookieName: {
    group,
    default: 'sessionid',
    parse: cookieName,
    meaning:
      'The name of the session cookie; over https it is behind `__Host-`. For an application with a cookie of that name.',
  },
  csrfCookieName: {
    group,
    default: 'csrftoken',
    parse: cookieName,
    meaning: 'The name of the cookie with the CSRF token.',
  },
  passwordMinLength: {
    group,
    default: 8,
    parse: count.min(8).max(128),
    meaning: 'The fewest characters of a password.',
  },
  passwordConcurrency: {
    group,
    default: null,
    parse: count.min(1).nullable(),
    meaning: 'How many passwords are hashed at once. Without it, one less than there are cores.',
  },
  passwordQueue: {
    group,
    default: 256,
    parse: count.min(1),
    meaning: 'How many sign-ins may wait for that; one more is answered 503 with Retry-After.',
  },
}
