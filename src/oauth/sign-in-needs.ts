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
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** What has to happen at the page to sign in: whoever is there signs in, proves again who they are, or says which account they mean. */
export type SignInNeed = 'sign_in' | 'prove_again' | 'choose'

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

export function createFindSignInNeed({ idTokens, subjects, clock = Date.now }: SignInNeedsOptions): FindSignInNeed {
  return async (request, found, since) => {
    const { client, prompts, maxAge, claims } = request
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
    const classes = essentialAcr(claims)
    if (classes !== null && !classes.some((name) => classesOf(amr).includes(name))) {
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

/** Milliseconds after a sign-in for which it counts as made for its request: enough to read the page that follows. */
const freshness = 600_000

function refuse(): never {
  throw new OAuthError('login_required', 'The person has to sign in.')
}
