import { AuthenticationFailed } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import { type Answer, jsonAnswer } from '../http/exchange.ts'
import { seeOther } from '../http/see-other.ts'
import type { SignInOutcome } from './complete-sign-in.ts'

/** Leads the browser on: to where it wanted to go, or to the page of the step that is due. */
export function signInAnswer(outcome: SignInOutcome, home: string): Answer {
  return seeOther(outcome.kind === 'signed_in' ? (outcome.next ?? home) : outcome.path, outcome.headers)
}

/**
 * Tells a script: `{ user, csrfToken }`, or throws `sign_in_incomplete` (401), whose body names in `next` what is due, with
 * what it takes (`ways`), and in `expiresIn` the seconds that are left for it. The cookie that comes along carries it on.
 */
export function signInJson(outcome: SignInOutcome, clock: () => number = Date.now): Answer {
  if (outcome.kind === 'signed_in') {
    return jsonAnswer({ user: shown(outcome.user), csrfToken: outcome.session.csrfToken }, 200, outcome.headers)
  }
  const { step: next, detail, expiresAt } = outcome
  const expiresIn = Math.max(0, Math.floor((expiresAt - clock()) / 1000))
  throw new AuthenticationFailed('sign_in_incomplete', undefined, {
    body: { next, ...detail, expiresIn },
    headers: Object.fromEntries(outcome.headers),
  })
}

function shown({
  id,
  name,
  email = null,
  isStaff = false,
  isSuperuser = false,
}: User): Readonly<Record<string, unknown>> {
  return { id, name, email, isStaff, isSuperuser }
}
