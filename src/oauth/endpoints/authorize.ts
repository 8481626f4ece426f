import { browserSession, withFields } from '../../accounts/browser-session.ts'
import type { FindHold } from '../../accounts/held-up.ts'
import type { Sessions } from '../../accounts/sessions.ts'
import { RequestRefused } from '../../core/errors.ts'
import type { User } from '../../core/identity.ts'
import type { Csrf } from '../../http/csrf.ts'
import type { Answer, Endpoint, Exchange } from '../../http/exchange.ts'
import { seeOther } from '../../http/see-other.ts'
import { idOrNone } from '../../storage/id.ts'
import { type MayUseClient, notAmongTesters } from '../app-testers.ts'
import type { AskingPages } from '../asking-pages.ts'
import { type AnswerClient, refusalOf, returnAddress, type ReturnAddress } from '../answer-client.ts'
import type { Authorize } from '../authorize.ts'
import type { ClientUsage } from '../client-usage.ts'
import type { CheckAuthorizationRequest } from '../checks/authorization-request.ts'
import type { ConsentNeeds } from '../consent-needs.ts'
import type { FindAuthorizationRequest, FoundRequest } from '../found-request.ts'
import type { Grants } from '../grants.ts'
import { OAuthError } from '../oauth-error.ts'
import type { OrganisationNeeds } from '../organisation-needs.ts'
import { isKnownPlace, type RefusedRequests } from '../refused-requests.ts'
import {
  choiceField,
  decisionField,
  isDecision,
  markField,
  organisationField,
  queryText,
  readSentRequest,
  rememberConsentField,
  rememberField,
  type SentRequest,
} from '../sent-request.ts'
import type { SignInMarks } from '../sign-in-marks.ts'
import type { FindSignInNeed } from '../sign-in-needs.ts'
import { checkLength, type WaysToSignIn } from '../ways-to-sign-in.ts'

export interface AuthorizeEndpointOptions {
  readonly findRequest: FindAuthorizationRequest
  readonly checkAuthorizationRequest: CheckAuthorizationRequest
  readonly findSignInNeed: FindSignInNeed
  readonly mayUseClient: MayUseClient
  readonly consentNeeds: ConsentNeeds
  readonly organisationNeeds: OrganisationNeeds
  readonly pages: AskingPages
  readonly signInMarks: Pick<SignInMarks, 'markedAt'>
  readonly waysToSignIn: WaysToSignIn
  readonly authorize: Authorize
  readonly answerClient: AnswerClient
  readonly refusedRequests: RefusedRequests
  /** Counts refusals, for those who answer for the client. */
  readonly clientUsage: Pick<ClientUsage, 'refused'>
  readonly sessions: Pick<Sessions, 'cookieName' | 'find'>
  readonly grants: Pick<Grants, 'isAlive'>
  readonly csrf: Csrf
  /** Where this endpoint is. */
  readonly path: string
  /** What somebody who is signed in has to do before they go on, since a rule is newer than their session (nothing). */
  readonly held?: FindHold | undefined
}

/** The authorization endpoint (RFC 6749, section 3.1): `GET` and `POST` of a request, and `POST` of what the person decides. */
export interface AuthorizeEndpoint {
  readonly GET: Endpoint
  /** Refused: whoever only asks for headers allows nothing, and a code that nobody reads is one too many. */
  readonly HEAD: Endpoint
  readonly POST: Endpoint
}

/**
 * A person allows a client, or does not. What is wrong with the client or its redirect URI is told to the person and sent
 * nowhere; everything else goes back to the client (RFC 6749, section 4.1.2.1).
 */
export function authorizeEndpoint(options: AuthorizeEndpointOptions): AuthorizeEndpoint {
  const { findRequest, checkAuthorizationRequest, findSignInNeed, consentNeeds, organisationNeeds, pages } = options
  const { mayUseClient, clientUsage } = options
  const {
    signInMarks,
    waysToSignIn,
    authorize,
    answerClient,
    sessions,
    grants,
    csrf,
    path,
    held: findHold = async () => null,
  } = options
  const { onPage, leaveToThem } = options.refusedRequests
  const own = { csrf: csrf.fieldName }

  async function answer(exchange: Exchange, sent: SentRequest, decides: boolean): Promise<Answer> {
    const found = await findRequest(sent)
    const to = addressIn(found, sent.doubled)
    let hasSeen = false
    let user: User | null = null
    try {
      const { found: signedIn } = await browserSession(exchange, sessions)
      user = signedIn?.principal ?? null
      if (decides && signedIn !== null) {
        await pages.check(exchange, sent, signedIn.auth)
        hasSeen = true
      }
      if (found.fault !== null) throw found.fault
      const request = checkAuthorizationRequest(found.client, found.parameters)
      const since = signInMarks.markedAt(sent.fields[markField], sent.text)
      const need = await findSignInNeed(request, signedIn, since)
      if (need !== null || signedIn === null) {
        const username = signedIn?.principal.name ?? null
        return redirect(waysToSignIn.forNeed(sent, need ?? 'sign_in', { loginHint: request.loginHint, username }))
      }
      const held = await findHold(exchange, signedIn)
      if (held !== null) {
        return redirect(
          waysToSignIn.forHold(sent, held, { prompts: request.prompts, username: signedIn.principal.name }),
        )
      }
      if (!(await mayUseClient(request.client, signedIn.principal))) throw notAmongTesters()
      const decision = decides ? (sent.fields[decisionField] ?? '') : null
      if (decision !== null && !ways.has(decision)) {
        throw new OAuthError('access_denied', 'The person did not allow it.')
      }
      const { principal, auth: session } = signedIn
      const { chosen, remembers } = choiceIn(sent, decision)
      const organisation = await organisationNeeds.find(request, principal, chosen)
      const asked = { sent, request, signedIn, remembers, otherUser: () => waysToSignIn.forOtherUser(sent) }
      if (organisation === 'choose' || (decision === 'choose' && organisationNeeds.isTheirs(request, principal))) {
        return await pages.organisation(asked)
      }
      // What is allowed is what was shown: somebody may have joined an organisation, or left one, meanwhile.
      const isAllowed = decision === 'allow' && chosen === (organisation?.id ?? null)
      const isAsked = decision === 'allow' || decision === 'choose'
      if (!isAllowed && (isAsked || (await consentNeeds.isNeeded(request, principal, organisation)))) {
        return await pages.consent(asked, organisation)
      }
      const allowed = isAllowed ? consentNeeds.allowed(request, sent.ticked) : request
      const isToRemember = sent.fields[rememberConsentField] === '1'
      const remembered =
        isAllowed && consentNeeds.isRemembered(request)
          ? isToRemember
            ? consentNeeds.wantedBy(allowed)
            : ('once' as const)
          : null
      const prefers = remembers === null ? null : remembers && organisationNeeds.isRemembered(request)
      const given = { request: allowed, user: principal, session, organisation, prefers, remembered }
      const said = await authorize({ ...given, pushed: found.pushed, exchange })
      return await answerClient(to, said)
    } catch (error) {
      clientUsage.refused(found.client.id, error)
      // A pushed request that is over is told to the person: going back with it would only begin again.
      if (!(error instanceof OAuthError) || error.code === 'invalid_request_uri') throw error
      return hasSeen || isKnownPlace(to) || (await isQuiet(exchange, found, user))
        ? answerClient(to, refusalOf(error))
        : leaveToThem(exchange, to, error)
    }
  }

  function addressIn({ client, parameters }: FoundRequest, doubled: readonly string[] = []): ReturnAddress {
    try {
      return returnAddress(client, parameters, doubled)
    } catch (error) {
      clientUsage.refused(client.id, error)
      throw error
    }
  }

  /**
   * Whether it is asked in silence, by a frame, which leads nobody away, or of somebody who has allowed the client before and
   * so has seen where their answers go. A link in a mail can ask in silence too.
   */
  async function isQuiet(
    exchange: Exchange,
    { client, parameters }: FoundRequest,
    user: User | null,
  ): Promise<boolean> {
    if (parameters.get('prompt') !== 'none') return false
    if (exchange.headers.get('sec-fetch-dest') === 'iframe') return true
    return user !== null && grants.isAlive({ userId: idOrNone(user.id), clientKey: client.key })
  }

  async function fromQuery({ url }: Exchange): Promise<SentRequest> {
    return readSentRequest(queryText(url), own)
  }

  async function fromForm(exchange: Exchange): Promise<SentRequest> {
    if (!isForm(exchange)) throw new OAuthError('invalid_request', 'The body has to be a form.', { status: 415 })
    return readSentRequest(await exchange.body(), own)
  }

  return {
    GET: async (exchange) =>
      onPage(
        exchange,
        async () => fromQuery(exchange),
        async (sent) => answer(exchange, sent, false),
      ),

    HEAD: async () => {
      throw new RequestRefused('method_not_allowed', undefined, { headers: { allow: 'GET, POST, OPTIONS' } })
    },

    POST: async (exchange) =>
      onPage(
        exchange,
        async () => fromForm(exchange),
        async (sent) => {
          if (isDecision(sent, own)) {
            csrf.checkOrigin(withFields(exchange, sent.fields))
            return answer(exchange, sent, true)
          }
          addressIn(await findRequest(sent))
          // OpenID Connect Core 1.0, section 3.1.2.1. As a GET, since a form of another site comes without our cookie.
          checkLength(sent.text)
          return redirect(`${path}?${sent.text}`)
        },
      ),
  }
}

/** The buttons that go on: those of the consent page, to another organisation from there, and back with one. */
const ways: ReadonlySet<string> = new Set(['allow', 'choose', 'chosen'])

/**
 * The organisation that was chosen or shown, and whether whoever chose it wants it to be remembered; `null`: nobody did. Both
 * stand on the page that comes next, too.
 */
function choiceIn(
  { fields }: SentRequest,
  decision: string | null,
): { readonly chosen: string | null; readonly remembers: boolean | null } {
  if (decision === null) return { chosen: null, remembers: null }
  const remember = fields[rememberField]
  if (decision === 'chosen') return { chosen: fields[choiceField] ?? '', remembers: remember === '1' }
  const remembers = remember === undefined ? null : remember === '1'
  return { chosen: fields[organisationField] ?? null, remembers }
}

function redirect(location: string): Answer {
  return seeOther(location, [['referrer-policy', 'same-origin']])
}

function isForm({ headers }: Exchange): boolean {
  return /^application\/x-www-form-urlencoded\s*(?:;\s*charset="?utf-?8"?\s*)?$/i.test(
    headers.get('content-type') ?? '',
  )
}
