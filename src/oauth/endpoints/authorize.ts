import { browserSession, withFields } from '../../accounts/browser-session.ts'
import type { SessionAuth, Sessions } from '../../accounts/sessions.ts'
import type { Found } from '../../core/authenticator.ts'
import { PermissionDenied, RequestRefused } from '../../core/errors.ts'
import type { User } from '../../core/identity.ts'
import type { Csrf } from '../../http/csrf.ts'
import type { Answer, Endpoint, Exchange } from '../../http/exchange.ts'
import { htmlAnswer } from '../../pages/html-answer.ts'
import type { Site } from '../../pages/layout.ts'
import { type AnswerClient, refusalOf, returnAddress } from '../answer-client.ts'
import type { Authorize } from '../authorize.ts'
import type { AuthorizationRequest, CheckAuthorizationRequest } from '../checks/authorization-request.ts'
import type { ConsentForms } from '../consent-forms.ts'
import type { ConsentNeeds } from '../consent-needs.ts'
import type { FindAuthorizationRequest } from '../found-request.ts'
import { OAuthError } from '../oauth-error.ts'
import { isKnownPlace, type RefusedRequests } from '../refused-requests.ts'
import {
  consentField,
  decisionField,
  isDecision,
  markField,
  queryText,
  readSentRequest,
  type SentRequest,
} from '../sent-request.ts'
import type { SignInMarks } from '../sign-in-marks.ts'
import type { FindSignInNeed, SignInNeed } from '../sign-in-needs.ts'

export interface AuthorizeEndpointOptions {
  readonly findRequest: FindAuthorizationRequest
  readonly checkAuthorizationRequest: CheckAuthorizationRequest
  readonly findSignInNeed: FindSignInNeed
  readonly consentNeeds: ConsentNeeds
  readonly consentForms: ConsentForms
  readonly signInMarks: SignInMarks
  readonly authorize: Authorize
  readonly answerClient: AnswerClient
  readonly refusedRequests: RefusedRequests
  readonly sessions: Pick<Sessions, 'cookieName' | 'find'>
  readonly csrf: Csrf
  readonly site?: Site
  readonly secure?: boolean
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
  const { findRequest, checkAuthorizationRequest, findSignInNeed, consentNeeds, consentForms, signInMarks } = options
  const {
    authorize,
    answerClient,
    sessions,
    csrf,
    site = {},
    secure = true,
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
        await checkForm(exchange, sent, signedIn.auth)
        hasSeen = true
      }
      if (found.fault !== null) throw found.fault
      const request = checkAuthorizationRequest(found.client, found.parameters)
      const since = signInMarks.markedAt(sent.fields[markField], sent.text)
      const need = await findSignInNeed(request, signedIn, since)
      if (need !== null || signedIn === null) return toSignIn(sent, request, signedIn, need ?? 'sign_in')
      if (decides) {
        if (sent.fields[decisionField] !== 'allow')
          throw new OAuthError('access_denied', 'The person did not allow it.')
      } else if (await consentNeeds.isNeeded(request, signedIn.principal)) {
        return await askConsent(sent, request, signedIn)
      }
      const allowed = decides ? consentNeeds.allowed(request, sent.ticked) : request
      const remembered = decides && consentNeeds.isRemembered(request) ? consentNeeds.wantedBy(allowed) : null
      const { principal: user, auth: session } = signedIn
      const said = await authorize({ request: allowed, user, session, pushed: found.pushed, remembered, exchange })
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

  /** The form has to be the one that this person was shown in this session, for this very request (RFC 6749, section 10.12). */
  async function checkForm(exchange: Exchange, sent: SentRequest, session: SessionAuth): Promise<void> {
    await csrf.check(withFields(exchange, sent.fields), session.id)
    if (!consentForms.isGood(sent.fields[consentField] ?? '', session.id, sent.text)) {
      throw new PermissionDenied('csrf_failed', 'The form is not the one that was shown for this request.')
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

  async function askConsent(
    sent: SentRequest,
    request: AuthorizationRequest,
    { principal, auth }: Found<User, SessionAuth>,
  ): Promise<Answer> {
    if (request.prompts.includes('none')) {
      throw new OAuthError('consent_required', 'The person has to be asked.')
    }
    const mark = sent.fields[markField]
    const token = csrf.tokenFor(auth.id)
    const otherUser = `${signInPath}?${new URLSearchParams({ next: withMark(sent), fresh: '1' })}`
    const page = await consentNeeds.page(request, {
      site,
      action: path,
      decision: decisionField,
      fields: [
        ...sent.entries,
        ...(mark === undefined ? [] : [[markField, mark] as const]),
        [csrf.fieldName, token],
        [consentField, consentForms.tokenFor(auth.id, sent.text)],
      ],
      user: principal.name,
      otherUser,
    })
    return htmlAnswer(page.body, {
      secure,
      keepsOpener: true,
      formAction: page.formAction,
      headers: [['set-cookie', csrf.cookie(token)]],
    })
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

/** Characters: what the page to sign in leads back to, with the mark. */
const longestRequest = 8000

function redirect(location: string): Answer {
  return {
    status: 303,
    headers: [
      ['location', location],
      ['cache-control', 'no-store'],
      ['referrer-policy', 'same-origin'],
    ],
    body: '',
  }
}

function isForm({ headers }: Exchange): boolean {
  return /^application\/x-www-form-urlencoded\s*(?:;\s*charset="?utf-?8"?\s*)?$/i.test(
    headers.get('content-type') ?? '',
  )
}
