import { AuthError, RequestRefused, Unavailable } from '../core/errors.ts'

/** The answer of a provider was no good. The cause, which may hold what it sent, is for the log alone. */
export class ProviderRefused extends RequestRefused {
  /** What was wrong with it, for staff who try the provider out; `null` where that is for the log alone. */
  readonly forStaff: string | null

  constructor(detail?: string, cause?: unknown, forStaff: string | null = null) {
    super('provider_refused', detail, cause === undefined ? {} : { cause })
    this.forStaff = forStaff
  }
}

/** A provider could not be asked, or not in time. */
export class ProviderUnavailable extends AuthError {
  constructor(name: string, cause?: unknown) {
    const detail = `${name} could not be reached. Try again in a moment, or sign in another way.`
    super(503, 'unavailable', detail, { cause, headers: new Unavailable({ retryAfter: 5 }).headers })
  }
}
