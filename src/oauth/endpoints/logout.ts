import { browserSession, withFields } from '../../accounts/browser-session.ts'
import type { SessionAuth, Sessions } from '../../accounts/sessions.ts'
import type { Found } from '../../core/authenticator.ts'
import { AuthError } from '../../core/errors.ts'
import type { User } from '../../core/identity.ts'
import { clearCookie } from '../../http/cookies.ts'
import type { Csrf } from '../../http/csrf.ts'
import type { Answer, Endpoint, Exchange } from '../../http/exchange.ts'
import { type FormFields, parseForm } from '../../http/form.ts'
import { seeOther } from '../../http/see-other.ts'
import { errorPage } from '../../pages/error.ts'
import { htmlAnswer } from '../../pages/html-answer.ts'
import type { Site } from '../../pages/layout.ts'
import { signOutPage } from '../../pages/sign-out.ts'
import { signedOutPage } from '../../pages/signed-out.ts'
import type { Database } from '../../storage/database.ts'
import { parseId } from '../../storage/id.ts'
import { createLogoutRequestCheck, type LogoutRequest } from '../checks/logout-request.ts'
import type { ClientFinder } from '../client-finder.ts'
import { formTargets } from '../form-targets.ts'
import { type FrontChannel, originsOf } from '../front-channel.ts'
import type { Grants } from '../grants.ts'
import type { IdTokens } from '../id-tokens.ts'
import { parametersOf } from '../oauth-endpoint.ts'
import { OAuthError } from '../oauth-error.ts'
import type { SignedInApp, SignedInApps } from '../signed-in-apps.ts'
import { queryText } from '../sent-request.ts'
import type { Subjects } from '../subjects.ts'

export interface LogoutEndpointOptions {
  readonly database: Pick<Database, 'write'>
  readonly findClient: ClientFinder
  readonly idTokens: Pick<IdTokens, 'readHint'>
  readonly subjects: Pick<Subjects, 'subjectOf'>
  readonly grants: Pick<Grants, 'endOfSignIn'>
  readonly sessions: Pick<Sessions, 'cookieName' | 'find' | 'end' | 'clearedCookie'>
  readonly csrf: Csrf
  readonly frontChannel: FrontChannel
  readonly appsOf: SignedInApps
  /** Where this endpoint is. */
  readonly path: string
  /** Whether people are asked each time, even where an application shows whom it signed in (false). */
  readonly logoutAsks?: boolean
  readonly site?: Site
  /** Whether browsers reach this site by https (true). */
  readonly secure?: boolean
  /** Where people sign in (/accounts/login/). */
  readonly signInPath?: string
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * `GET` and `POST /o/logout/` (OpenID Connect RP-Initiated Logout 1.0): an application signs a person out here. Where it does not
 * show by an ID token that this is the person it signed in, they are asked, since any page could hold the link.
 */
export function logoutEndpoint(options: LogoutEndpointOptions): { readonly GET: Endpoint; readonly POST: Endpoint } {
  const { database, subjects, grants, sessions, csrf, frontChannel, appsOf, path, logoutAsks = false } = options
  const { site = {}, secure = true, signInPath = '/accounts/login/', clock = Date.now } = options
  const check = createLogoutRequestCheck(options)

  async function answer(exchange: Exchange, fields: FormFields, isConfirmed: boolean): Promise<Answer> {
    const request = await check(parametersOf({ fields, repeated: {} }))
    const { found } = await browserSession(exchange, sessions)
    if (found === null) {
      await endHinted(request, exchange)
      // Anyone can register a place by themselves, only to lead people there from here (RFC 9700, section 4.11.2).
      return goOn(request, { frames: [], apps: null }, [], request.client?.source === 'manual')
    }
    if (isConfirmed) await csrf.check(withFields(exchange, fields), found.auth.id)
    else if (logoutAsks || !isTheirs(request, found.principal) || exchange.method === 'HEAD') {
      return ask(fields, request, found)
    }
    const { signInId } = found.auth
    const heard = { frames: await frontChannel(signInId), apps: await appsOf(signInId) }
    const { address, requestId = null } = exchange
    await sessions.end(found.auth.id, found.principal.id, { address, requestId })
    return goOn(request, heard, [
      ['set-cookie', sessions.clearedCookie()],
      ['set-cookie', clearCookie(csrf.cookieName, { secure, httpOnly: false })],
    ])
  }

  /** Section 2: whether the application knows that it is the person who is here. */
  function isTheirs({ hint }: LogoutRequest, user: User): boolean {
    return hint !== null && subjects.subjectOf(hint.client, user.id) === hint.subject
  }

  /** The session is over already, or of another browser: what its application was given ends all the same. */
  async function endHinted({ hint }: LogoutRequest, exchange: Exchange): Promise<void> {
    const { address, requestId = null, method } = exchange
    const signInId = parseId(hint?.sid ?? '')
    if (hint === null || signInId === null || method === 'HEAD') return
    const by = { actor: `client:${hint.client.id}`, address, requestId }
    await database.write(async (unit) => grants.endOfSignIn(unit, signInId, by, hint.client.key))
  }

  async function ask(
    fields: FormFields,
    { client }: LogoutRequest,
    { principal, auth }: Found<User, SessionAuth>,
  ): Promise<Answer> {
    const form = { name: csrf.fieldName, token: csrf.tokenFor(auth.id) }
    const sent = Object.entries(fields).filter(([name]) => known.has(name))
    const page = { site, action: path, csrf: form, name: principal.name, fields: sent }
    const body = await signOutPage({ ...page, application: client?.name ?? null })
    return htmlAnswer(body, {
      secure,
      headers: [['set-cookie', csrf.cookie(form.token)]],
      formAction: client === null ? [] : formTargets(client),
    })
  }

  /** Back to the application; by way of a page of ours where others have to be signed out by the browser, or nobody is to go. */
  async function goOn(
    { client, returnTo }: LogoutRequest,
    { frames, apps }: { readonly frames: readonly string[]; readonly apps: readonly SignedInApp[] | null },
    headers: Answer['headers'],
    /** Whether the browser may be led there unasked. */
    mayLead = true,
  ): Promise<Answer> {
    if (returnTo !== null && frames.length === 0 && mayLead) {
      return seeOther(returnTo, headers)
    }
    const href = returnTo ?? client?.metadata.clientUri ?? null
    const onward =
      href === null ? null : { href, application: client?.name ?? null, isFollowed: returnTo !== null && mayLead }
    const body = await signedOutPage({ site, signIn: signInPath, frames, apps, onward })
    return htmlAnswer(body, { secure, headers, frames: originsOf(frames) })
  }

  /** What is wrong with a request is told to the person, and they are sent nowhere. */
  async function onPage(exchange: Exchange, act: () => Promise<Answer>): Promise<Answer> {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof AuthError) || error.status >= 500) throw error
      const { status, code, message: detail } = error
      const page = await errorPage({ site, status, code, detail, requestId: exchange.requestId ?? null, time: clock() })
      return htmlAnswer(page, { status, secure })
    }
  }

  return {
    GET: async (exchange) => onPage(exchange, async () => answer(exchange, parseForm(queryText(exchange.url)), false)),

    POST: async (exchange) =>
      onPage(exchange, async () => {
        const type = exchange.headers.get('content-type') ?? ''
        if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type)) {
          throw new OAuthError('invalid_request', 'The body has to be a form.', { status: 415 })
        }
        const fields = parseForm(await exchange.body())
        if (csrf.fieldName in fields) return answer(exchange, fields, true)
        // As a GET, since a form of another site comes without our cookie.
        const query = new URLSearchParams(Object.entries(fields).filter(([name]) => known.has(name))).toString()
        if (query.length > longestQuery) throw new OAuthError('invalid_request', 'The request is too long.')
        return seeOther(`${path}?${query}`)
      }),
  }
}

/** Section 2. What else was sent is ignored. */
const known: ReadonlySet<string> = new Set([
  'id_token_hint',
  'logout_hint',
  'client_id',
  'post_logout_redirect_uri',
  'state',
  'ui_locales',
])

/** Characters: servers and proxies take no longer addresses. */
const longestQuery = 8000
