import { type AnswerClientOptions, createAnswerClient } from './answer-client.ts'
import type { MayUseClient } from './app-testers.ts'
import { type AskingPagesOptions, createAskingPages } from './asking-pages.ts'
import { type AuthorizeOptions, createAuthorize } from './authorize.ts'
import {
  type AuthorizationRequestCheckOptions,
  type CheckAuthorizationRequest,
  createAuthorizationRequestCheck,
} from './checks/authorization-request.ts'
import { createReadRequestObject, type RequestObjectOptions } from './checks/request-object.ts'
import { createRequestSource, type RequestSource } from './checks/request-source.ts'
import type { Grants } from './grants.ts'
import type { ClientFinder } from './client-finder.ts'
import { type Codes, type CodesOptions, createCodes } from './codes.ts'
import { type ConsentForms, createConsentForms } from './consent-forms.ts'
import { createConsentNeeds } from './consent-needs.ts'
import { type Consents, type ConsentsOptions, createConsents } from './consents.ts'
import { type AuthorizeEndpoint, authorizeEndpoint, type AuthorizeEndpointOptions } from './endpoints/authorize.ts'
import { createSignInTargets } from './form-targets.ts'
import { createFindAuthorizationRequest } from './found-request.ts'
import type { FindShownLogo } from './logos/client-logos.ts'
import { createOrganisationChoices, type OrganisationChoices } from './organisation-choices.ts'
import { createOrganisationNeeds } from './organisation-needs.ts'
import { createPushedRequests, type PushedRequests, type PushedRequestsOptions } from './pushed-requests.ts'
import { createRefusedRequests, type RefusedRequestsOptions } from './refused-requests.ts'
import { createSignInMarks, type SignInMarksOptions } from './sign-in-marks.ts'
import { createFindSignInNeed, type SignInNeedsOptions } from './sign-in-needs.ts'
import type { Publishers } from './publishers.ts'
import type { UserClaims } from './user-claims.ts'
import { createWaysToSignIn, type WaysToSignInOptions } from './ways-to-sign-in.ts'

export type AuthorizationOptions = AnswerClientOptions &
  AuthorizationRequestCheckOptions &
  CodesOptions &
  ConsentsOptions &
  PushedRequestsOptions &
  RequestObjectOptions &
  SignInMarksOptions &
  SignInNeedsOptions &
  Omit<RefusedRequestsOptions, 'answerClient'> &
  Pick<AuthorizeOptions, 'issuing' | 'idTokens'> &
  Pick<AuthorizeEndpointOptions, 'sessions' | 'csrf' | 'path' | 'held' | 'clientUsage'> &
  Pick<WaysToSignInOptions, 'signInPath'> &
  Pick<AskingPagesOptions, 'site' | 'secure'> & {
    readonly findClient: ClientFinder
    readonly grants: Pick<Grants, 'make' | 'isAlive'>
    readonly claims: Pick<UserClaims, 'table'>
    readonly mayUseClient: MayUseClient
    readonly findShownLogo: FindShownLogo
    readonly publishers: Publishers
    /** Whether every authorization request has to be pushed before (false). */
    readonly requirePushedRequests?: boolean
    /** Whether people may allow some of the scopes, and leave others out (false). */
    readonly scopeChoice?: boolean
  }

/** The authorization endpoint with all that stands behind it, which its neighbours need too. */
export interface Authorization {
  readonly endpoint: AuthorizeEndpoint
  readonly codes: Codes
  readonly consents: Consents
  readonly consentForms: ConsentForms
  readonly organisationChoices: OrganisationChoices
  readonly pushedRequests: PushedRequests
  readonly requestSource: RequestSource
  readonly checkAuthorizationRequest: CheckAuthorizationRequest
  /** Where the form of the page to sign in may lead, when it leads on to `next`: for the policy of that page. */
  readonly signInTargets: (next: string) => Promise<readonly string[]>
}

export function createAuthorization(options: AuthorizationOptions): Authorization {
  const codes = createCodes(options)
  const consents = createConsents(options)
  const consentForms = createConsentForms(options)
  const pushedRequests = createPushedRequests(options)
  const checkAuthorizationRequest = createAuthorizationRequestCheck(options)
  const readRequestObject = createReadRequestObject(options)
  const requestSource = createRequestSource({ ...options, pushedRequests, readRequestObject })
  const answerClient = createAnswerClient(options)
  const organisationChoices = createOrganisationChoices(options)
  const organisationNeeds = createOrganisationNeeds({ choices: organisationChoices })
  const consentNeeds = createConsentNeeds({ ...options, consents, userClaims: options.claims })
  const signInMarks = createSignInMarks(options)
  const asking = { ...options, consentNeeds, consentForms, organisationNeeds, organisationChoices }
  const endpoint = authorizeEndpoint({
    ...options,
    checkAuthorizationRequest,
    organisationNeeds,
    pages: createAskingPages(asking),
    findRequest: createFindAuthorizationRequest({ ...options, requestSource }),
    findSignInNeed: createFindSignInNeed(options),
    consentNeeds,
    signInMarks,
    waysToSignIn: createWaysToSignIn({ ...options, signInMarks }),
    authorize: createAuthorize({ ...options, codes, consents, organisationChoices, pushedRequests }),
    answerClient,
    refusedRequests: createRefusedRequests({ ...options, answerClient }),
  })
  const signInTargets = createSignInTargets(options)
  return {
    endpoint,
    codes,
    consents,
    consentForms,
    organisationChoices,
    pushedRequests,
    requestSource,
    checkAuthorizationRequest,
    signInTargets,
  }
}
