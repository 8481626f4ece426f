import type { Authenticator } from './authenticator.ts'
import { AuthError, AuthenticationFailed, RequestRefused } from './errors.ts'
import type { Identity } from './identity.ts'
import type { AuthRequest } from './request.ts'
import type { Quota, Throttle, ThrottleCheck } from './throttle.ts'

/** The one try at authenticating a request. Its outcome is remembered, a failure too: asking twice fails twice. */
export class Attempt {
  readonly #authenticators: readonly Authenticator[]
  /** The authenticator that took the request on. After a failure, its challenge says what was wrong. */
  by: Authenticator | null = null
  /** Settles once: who it is, `null` for a stranger, or a rejection. */
  identity: Promise<Identity | null> | null = null
  /** What its throttles answered, for the RateLimit headers. */
  readonly quotas: Quota[] = []
  #asked: Map<Throttle, Promise<Quota | null>> | null = null

  constructor(authenticators: readonly Authenticator[]) {
    this.#authenticators = authenticators
  }

  /** Asks a throttle, once: of several doors that a request passes, each brings throttles of its own, or the same. */
  take(throttle: Throttle, check: ThrottleCheck): Promise<Quota | null> {
    this.#asked ??= new Map()
    const known = this.#asked.get(throttle)
    if (known !== undefined) return known
    const answer = throttle.take(check).then((quota) => {
      if (quota !== null) this.quotas.push(quota)
      return quota
    })
    this.#asked.set(throttle, answer)
    return answer
  }

  /** The first authenticator that does not say `null` decides; one that throws ends the chain. */
  async ask(request: AuthRequest): Promise<Identity | null> {
    for (const authenticator of this.#authenticators) {
      this.by = authenticator
      const found = await authenticator.authenticate(request)
      if (found !== null) return { via: authenticator.name, principal: found.principal, auth: found.auth }
    }
    this.by = null
    this.#refuseUnclaimed(request)
    return null
  }

  /**
   * A credential under a scheme that is spoken here, which nobody took on, is wrong rather than absent: no list order
   * turns it into "anonymous". A foreign scheme is skipped. So is nothing that hides behind it: `Authorization` is not a
   * list (RFC 9110, section 11.6.2), so a second credential after a comma is a request sent wrongly.
   */
  #refuseUnclaimed(request: AuthRequest): void {
    const header = request.headers.get('authorization')
    if (header === null) return
    const parts = header.split(',').map((part) => schemeOf(part))
    for (const authenticator of this.#authenticators) {
      const schemes = [authenticator.scheme ?? []].flat().map((scheme) => scheme.toLowerCase())
      const scheme = schemes.find((one) => parts.includes(one))
      if (scheme === undefined) continue
      this.by = authenticator
      if (parts[0] !== scheme) throw new RequestRefused('invalid_request', 'The Authorization header was sent twice.')
      throw new AuthenticationFailed('invalid_token', undefined, { challenge: { error: 'invalid_token' } })
    }
  }
}

/** The scheme of a credential, in lower case: schemes have no case (RFC 9110, section 11.1). */
export function schemeOf(credential: string): string {
  return /^[ \t]*([^ \t]*)/.exec(credential)?.[1]?.toLowerCase() ?? ''
}

const memory = Symbol('doorward.attempts')

interface Remembering {
  [memory]?: Map<readonly Authenticator[], Attempt> | Remembered
}

interface Remembered {
  readonly authenticators: readonly Authenticator[]
  readonly attempt: Attempt
}

/**
 * The attempt of a request with a list of authenticators, made at the first call. It is kept on the request itself: a
 * `WeakMap` costs over a microsecond an entry once the garbage collector has to trace it, a property a hundredth of that.
 */
export function attemptOf(request: AuthRequest, authenticators: readonly Authenticator[]): Attempt {
  const holder = request as Remembering
  const kept = holder[memory]
  if (kept === undefined) {
    const attempt = new Attempt(authenticators)
    holder[memory] = { authenticators, attempt }
    return attempt
  }
  if (!(kept instanceof Map)) {
    if (kept.authenticators === authenticators) return kept.attempt
    holder[memory] = new Map([[kept.authenticators, kept.attempt]])
    return attemptOf(request, authenticators)
  }
  const known = kept.get(authenticators)
  if (known !== undefined) return known
  const attempt = new Attempt(authenticators)
  kept.set(authenticators, attempt)
  return attempt
}

/** Whether an error is a refusal of the request rather than a fault of ours. */
export function isRefusal(error: unknown): error is AuthError {
  return error instanceof AuthError
}
