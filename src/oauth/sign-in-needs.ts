import type { Found } from '../core/authenticator.ts'
import type { User } from '../core/identity.ts'
import type { SessionAuth } from '../accounts/session-finder.ts'
import { classesOf } from './acr.ts'
import type { AuthorizationRequest } from './checks/authorization-request.ts'
import { essentialAcr, wantedSubject } from './checks/claims.ts'
import type { IdTokens } from './id-tokens.ts'
import { OAuthError } from './oauth-error.ts'
import type { Subjects } from './subjects.ts'

export interface SignInNeedsOptions {
  readonly idTokens: Pick<IdTokens, 'readHint'>
  readonly subjects: Pick<Subjects, 'subjectOf'>
  /** By what this user, who is signed in, can reach one of these classes; `null` where by nothing (nobody can). */
  readonly stepUp?: (userId: string, classes: readonly string[]) => Promise<StepUp | null>
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** What somebody is asked to show beside what their sign-in rests on: any second factor, or a passkey. */
export type StepUp = 'second_factor' | 'passkey'

/**
 * What has to happen at the page to sign in: whoever is there signs in, proves again who they are, or says which account they
 * mean; or, at the page to confirm who they are, shows a factor more (RFC 9470, section 4).
 */
export type SignInNeed = 'sign_in' | 'prove_again' | 'choose' | StepUp

/**
 * What a request needs of a sign-in that its session has not got (OpenID Connect Core 1.0, section 3.1.2.3); `null`: nothing.
 * `since` is when the request was first sent to sign in, `null` where it was not. Throws `OAuthError` where the person may
 * not be asked, and where asking again would change nothing.
 */
export type FindSignInNeed = (
  request: AuthorizationRequest,
  found: Found<User, SessionAuth> | null,
  since: number | null,
) => Promise<SignInNeed | null>

export function createFindSignInNeed(options: SignInNeedsOptions): FindSignInNeed {
  const { idTokens, subjects, stepUp = async () => null, clock = Date.now } = options
  return async (request, found, since) => {
    const { client, prompts, maxAge, claims, acrValues } = request
    const isQuiet = prompts.includes('none')
    const wanted = await wantedSubjects(request, isQuiet)
    if (found === null) return isQuiet ? refuse() : 'sign_in'
    const { authenticatedAt, amr } = found.auth
    const age = clock() - authenticatedAt
    // The one that this request was sent to; not that of a page which was left open since.
    const isFresh = since !== null && authenticatedAt > since && age <= freshness
    if (!isFresh && (prompts.includes('login') || (maxAge !== null && age > maxAge * 1000))) {
      return isQuiet ? refuse() : 'prove_again'
    }
    const subject = subjects.subjectOf(client, found.principal.id)
    // Section 3.1.2.2: nobody else will do.
    if (wanted.some((one) => one !== subject)) return isQuiet || isFresh ? refuse() : 'prove_again'
    const essential = essentialAcr(claims)
    const classes = essential ?? acrValues
    const isMet = classes.length === 0 || classes.some((name) => classesOf(amr).includes(name))
    const how = isMet || isQuiet ? null : await stepUp(found.principal.id, classes)
    // Once for a request: whoever came back from there has shown what they have.
    if (how !== null && !(isFresh && amr.some((method) => shownAtStepUp.has(method)))) return how
    if (essential !== null && !isMet) {
      throw new OAuthError('unmet_authentication_requirements', 'The sign-in is not of the class that is needed.')
    }
    return prompts.includes('select_account') && since === null ? 'choose' : null
  }

  async function wantedSubjects(
    { client, idTokenHint, claims }: AuthorizationRequest,
    isQuiet: boolean,
  ): Promise<readonly string[]> {
    const named = wantedSubject(claims)
    const hint = idTokenHint === null ? null : await idTokens.readHint(idTokenHint)
    const isTheirs = hint !== null && hint.client.key === client.key
    // One that cannot be read may be of a key that is gone. Where nobody can be asked, there is no telling who was meant.
    if (idTokenHint !== null && !isTheirs && isQuiet) {
      throw new OAuthError('login_required', 'The id_token_hint is not an ID token that this client was given here.')
    }
    return [...(isTheirs ? [hint.subject] : []), ...(named === null ? [] : [named])]
  }
}

const shownAtStepUp: ReadonlySet<string> = new Set(['otp', 'hwk', 'swk'])

/** Milliseconds after a sign-in for which it counts as made for its request: enough to read the page that follows. */
const freshness = 600_000

function refuse(): never {
  throw new OAuthError('login_required', 'The person has to sign in.')
}
