import { schemeOf } from './attempt.ts'
import type { Authenticator } from './authenticator.ts'
import { formatChallenge, type Challenge } from './challenge.ts'
import { AuthError, errorCodes } from './errors.ts'
import type { AuthRequest } from './request.ts'

/** A refusal as plain values: what an adapter writes and `respond` wraps. */
export interface Refusal {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/**
 * Writes an error as an answer. A 401 carries the challenge of every authenticator that has one, in list order, and only
 * the one that refused says why (RFC 9110, section 15.5.2; RFC 6750, section 3). Without any challenge it is a 403. What is
 * not an `AuthError` is ours to mend: a 500 that says nothing.
 */
export function refusalOf(
  request: AuthRequest,
  error: unknown,
  authenticators: readonly Authenticator[],
  by: Authenticator | null,
): Refusal {
  const known = error instanceof AuthError ? error : internalError
  const challenges = challengesFor(request, known, authenticators, by)
  const status = known.status === 401 && challenges.length === 0 ? 403 : known.status
  const headers: [string, string][] = [
    ['content-type', 'application/json; charset=utf-8'],
    ['cache-control', 'no-store'],
    ['x-content-type-options', 'nosniff'],
    ...challenges.map((challenge): [string, string] => ['www-authenticate', challenge]),
    ...Object.entries(known.headers ?? {}),
  ]
  const body = JSON.stringify({ ...known.body, detail: known.message, code: known.code })
  return { status, headers, body }
}

const internalError = new AuthError(errorCodes.internal_error[0], 'internal_error')

/** The schemes whose challenge may say `insufficient_scope`: RFC 6750, section 3.1; RFC 9449, section 7.1. */
const tokenSchemes = new Set(['bearer', 'dpop'])

function challengesFor(
  request: AuthRequest,
  error: AuthError,
  authenticators: readonly Authenticator[],
  by: Authenticator | null,
): string[] {
  if (error.status === 401) return offers(request, error, authenticators, by)
  // A missing scope concerns the token that was shown: its challenge alone, and none for a session (RFC 6750, 3.1).
  const challenge = error.challenge === undefined || by === null ? null : speakerOf(offered(by, request), request)
  if (challenge === null || !tokenSchemes.has(challenge.scheme.toLowerCase())) return []
  return [formatChallenge(extended(challenge, error.challenge ?? {}))]
}

function offers(
  request: AuthRequest,
  error: AuthError,
  authenticators: readonly Authenticator[],
  by: Authenticator | null,
): string[] {
  const byScheme = new Map<string, string>()
  for (const authenticator of authenticators) {
    const challenges = offered(authenticator, request)
    const speaker = authenticator === by && error.challenge !== undefined ? speakerOf(challenges, request) : null
    for (const challenge of challenges) {
      const key = `${challenge.scheme.toLowerCase()} ${challenge.params?.['realm'] ?? ''}`
      // Two authenticators of one scheme make one offer; the one that refused speaks for both.
      if (challenge === speaker) byScheme.set(key, formatChallenge(extended(challenge, error.challenge ?? {})))
      else if (!byScheme.has(key)) byScheme.set(key, formatChallenge(challenge))
    }
  }
  return [...byScheme.values()]
}

function offered(authenticator: Authenticator, request: AuthRequest): readonly Challenge[] {
  return [authenticator.challenge?.(request) ?? []].flat()
}

/** Which of an authenticator's challenges says what was wrong. */
function speakerOf(challenges: readonly Challenge[], request: AuthRequest): Challenge | null {
  const [first, another] = challenges
  if (another === undefined) return first ?? null
  const used = schemeOf(request.headers.get('authorization') ?? '')
  return challenges.find(({ scheme }) => scheme.toLowerCase() === used) ?? first ?? null
}

function extended(challenge: Challenge, params: Readonly<Record<string, string>>): Challenge {
  const { realm, ...rest } = challenge.params ?? {}
  // What was wrong comes before what is always said, and counts more: the scope that is missing, for one.
  return {
    scheme: challenge.scheme,
    params: { ...(realm === undefined ? {} : { realm }), ...params, ...rest, ...params },
  }
}
