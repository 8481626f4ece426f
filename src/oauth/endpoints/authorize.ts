import { browserSession, withFields } from '../../accounts/browser-session.ts'
import type { SessionAuth, Sessions } from '../../accounts/sessions.ts'
import type { Found } from '../../core/authenticator.ts'
import { RequestRefused } from '../../core/errors.ts'
import type { User } from '../../core/identity.ts'
import type { Csrf } from '../../http/csrf.ts'
import type { Answer, Endpoint, Exchange } from '../../http/exchange.ts'
import { seeOther } from '../../http/see-other.ts'
import type { AskingPages } from '../asking-pages.ts'
import { type AnswerClient, refusalOf, returnAddress } from '../answer-client.ts'
import type { Authorize } from '../authorize.ts'
import type { AuthorizationRequest, CheckAuthorizationRequest } from '../checks/authorization-request.ts'
import type { ConsentNeeds } from '../consent-needs.ts'
import type { FindAuthorizationRequest } from '../found-request.ts'
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
  rememberField,
  type SentRequest,
} from '../sent-request.ts'
import type { SignInMarks } from '../sign-in-marks.ts'
import type { FindSignInNeed, SignInNeed } from '../sign-in-needs.ts'

export interface AuthorizeEndpointOptions {
  readonly findRequest: FindAuthorizationRequest
  readonly checkAuthorizationRequest: CheckAuthorizationRequest
  readonly findSignInNeed: FindSignInNeed
  readonly consentNeeds: ConsentNeeds
  readonly organisationNeeds: OrganisationNeeds
  readonly pages: AskingPages
  readonly signInMarks: SignInMarks
  readonly authorize: Authorize
  readonly answerClient: AnswerClient
  readonly refusedRequests: RefusedRequests
  readonly sessions: Pick<Sessions, 'cookieName' | 'find'>
  readonly csrf: Csrf
  /** Where this endpoint is. */
  readonly path: string
  /** Where people sign in (/accounts/login/). */
  readonly signInPath?: string
  /** Where they show a factor more (/accounts/confirm/). */
  readonly confirmPath?: string
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
  const {
    signInMarks,
    authorize,
    answerClient,
    sessions,
    csrf,
    path,
    signInPath = '/accounts/login/',
    confirmPath = '/accounts/confirm/',
  } = options
  const { onPage, leaveToThem } = options.refusedRequests
  const own = { csrf: csrf.fieldName }

  async function answer(exchange: Exchange, sent: SentRequest, decides: boolean): Promise<Answer> {
    const found = await findRequest(sent)
    const to = returnAddress(found.client, found.parameters, sent.doubled)
    let hasSeen = false
    let isSignedIn = false
    try {
      const { found: signedIn } = await browserSession(exchange, sessions)
      isSignedIn = signedIn !== null
      if (decides && signedIn !== null) {
        await pages.check(exchange, sent, signedIn.auth)
        hasSeen = true
      }
      if (found.fault !== null) throw found.fault
      const request = checkAuthorizationRequest(found.client, found.parameters)
      const since = signInMarks.markedAt(sent.fields[markField], sent.text)
      const need = await findSignInNeed(request, signedIn, since)
      if (need !== null || signedIn === null) return toSignIn(sent, request, signedIn, need ?? 'sign_in')
      const decision = decides ? (sent.fields[decisionField] ?? '') : null
      if (decision !== null && !ways.has(decision)) {
        throw new OAuthError('access_denied', 'The person did not allow it.')
      }
      const { principal: user, auth: session } = signedIn
      const { chosen, remembers } = choiceIn(sent, decision)
      const organisation = await organisationNeeds.find(request, user, chosen)
      const asked = { sent, request, signedIn, remembers, otherUser: () => otherUser(sent) }
      if (organisation === 'choose' || (decision === 'choose' && organisationNeeds.isTheirs(request, user))) {
        return await pages.organisation(asked)
      }
      // What is allowed is what was shown: somebody may have joined an organisation, or left one, meanwhile.
      const isAllowed = decision === 'allow' && chosen === (organisation?.id ?? null)
      const isAsked = decision === 'allow' || decision === 'choose'
      if (!isAllowed && (isAsked || (await consentNeeds.isNeeded(request, user, organisation)))) {
        return await pages.consent(asked, organisation)
      }
      const allowed = isAllowed ? consentNeeds.allowed(request, sent.ticked) : request
      const remembered = isAllowed && consentNeeds.isRemembered(request) ? consentNeeds.wantedBy(allowed) : null
      const prefers = remembers === null ? null : remembers && organisationNeeds.isRemembered(request)
      const given = { request: allowed, user, session, organisation, prefers, remembered }
      const said = await authorize({ ...given, pushed: found.pushed, exchange })
      return await answerClient(to, said)
    } catch (error) {
      // A pushed request that is over is told to the person: going back with it would only begin again.
      if (!(error instanceof OAuthError) || error.code === 'invalid_request_uri') throw error
      // Asked in silence, by a frame or of somebody who is here: a link would be followed by nobody, and leads nobody astray.
      const isFramed = exchange.headers.get('sec-fetch-dest') === 'iframe'
      const isQuiet = found.parameters.get('prompt') === 'none' && (isSignedIn || isFramed)
      return hasSeen || isQuiet || isKnownPlace(to)
        ? answerClient(to, refusalOf(error))
        : leaveToThem(exchange, to, error)
    }
  }

  /** Leads to the page to sign in, and from there back to this very request. */
  function toSignIn(
    sent: SentRequest,
    { loginHint }: AuthorizationRequest,
    signedIn: Found<User, SessionAuth> | null,
    need: SignInNeed,
  ): Answer {
    if (need === 'second_factor' || need === 'passkey') {
      const second = need === 'passkey' ? 'passkey' : '1'
      return redirect(`${confirmPath}?${new URLSearchParams({ second, next: withMark(sent) })}`)
    }
    const hint = loginHint ?? (need === 'prove_again' ? (signedIn?.principal.name ?? null) : null)
    const location = `${signInPath}?${new URLSearchParams([
      ['next', withMark(sent)],
      ...(need === 'choose' ? [] : [['fresh', '1'] satisfies [string, string]]),
      ...(hint === null ? [] : [['login_hint', hint] satisfies [string, string]]),
    ])}`
    return redirect(location)
  }

  function withMark({ text }: SentRequest): string {
    if (text.length > longestRequest) {
      throw new OAuthError('invalid_request', 'The request is too long. Push it before (RFC 9126).')
    }
    return `${path}?${text}&${markField}=${signInMarks.mark(text)}`
  }

  function otherUser(sent: SentRequest): string {
    return `${signInPath}?${new URLSearchParams({ next: withMark(sent), fresh: '1' })}`
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
          const { client, parameters } = await findRequest(sent)
          returnAddress(client, parameters)
          // OpenID Connect Core 1.0, section 3.1.2.1. As a GET, since a form of another site comes without our cookie.
          if (sent.text.length > longestRequest) {
            throw new OAuthError('invalid_request', 'The request is too long. Push it before (RFC 9126).')
          }
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

/** Characters: what the page to sign in leads back to, with the mark. */
const longestRequest = 8000

function redirect(location: string): Answer {
  return seeOther(location, [['referrer-policy', 'same-origin']])
}

function isForm({ headers }: Exchange): boolean {
  return /^application\/x-www-form-urlencoded\s*(?:;\s*charset="?utf-?8"?\s*)?$/i.test(
    headers.get('content-type') ?? '',
  )
}
