import { browserSession, isJson, queryOf, textOf, withFields } from '../../accounts/browser-session.ts'
import {
  AuthenticationFailed,
  AuthError,
  NotAuthenticated,
  PermissionDenied,
  RequestRefused,
} from '../../core/errors.ts'
import { isFreshProof } from '../../core/fresh-proof.ts'
import { readCookies } from '../../http/cookies.ts'
import { type Answer, type Endpoint, type Exchange, jsonAnswer } from '../../http/exchange.ts'
import { safeNext } from '../../http/next.ts'
import { type BodyFields, parseBody } from '../../http/parse-body.ts'
import { htmlAnswer } from '../../pages/html-answer.ts'
import { providerStartPage } from '../../pages/provider-start.ts'
import { readAppWish } from '../app-wish.ts'
import type { Provider } from '../provider.ts'
import type { SignInPurpose } from '../provider-sign-ins.ts'
import { begin, type Beginning, onward } from './begin.ts'
import { type SocialTools, startPath } from './social-tools.ts'

/**
 * Where a sign-in with a provider begins. `GET` shows a page with one button, for links of applications and of other pages.
 * `POST` takes its form, or one of the buttons elsewhere, and leads to the provider; JSON is answered with `{ location }`.
 * `redirect_uri`, `code_challenge` and `state` are of an application that wants to be told by a code.
 */
export function startEndpoint(tools: SocialTools, provider: Provider): Readonly<Record<'GET' | 'POST', Endpoint>> {
  const { csrf, sessions, paths, site, secure, refusal, onRefused, nextOrigins, redirectUris, clock } = tools
  const { id, name } = provider.settings
  const path = startPath(paths, id)

  function wishOf(get: (name: string) => string | null): Omit<Beginning, 'purpose'> {
    const hint = get('login_hint') ?? ''
    const next = safeNext(get('next'), '', nextOrigins)
    return {
      next: next === '' ? null : next,
      isFresh: get('fresh') !== null,
      loginHint: hint === '' || hint.length > 254 || /\p{C}/u.test(hint) ? null : hint,
      app: readAppWish(
        {
          redirectUri: get('redirect_uri'),
          codeChallenge: get('code_challenge'),
          codeChallengeMethod: get('code_challenge_method'),
          state: get('state'),
        },
        redirectUris,
      ),
    }
  }

  async function show(request: Exchange): Promise<Answer> {
    const { next, isFresh, loginHint = null, app } = wishOf((field) => queryOf(request.url, field))
    const token = anonymousToken(request)
    const fields: [string, string | null][] = [
      [csrf.fieldName, token],
      ['next', next],
      ['login_hint', loginHint],
      ['fresh', isFresh ? '1' : null],
      ['redirect_uri', app?.redirectUri ?? null],
      ['code_challenge', app?.codeChallenge ?? null],
      ['state', app === null || app.state === '' ? null : app.state],
    ]
    const body = await providerStartPage({
      site,
      button: { id, name, action: path },
      fields: fields.filter((one): one is [string, string] => one[1] !== null),
      signIn: next === null ? paths.signIn : `${paths.signIn}?${new URLSearchParams({ next })}`,
    })
    return htmlAnswer(body, { secure, keepsOpener: true, headers: [['set-cookie', csrf.cookie(token)]] })
  }

  /** The one that the browser has already, so that a form in another tab stays good. */
  function anonymousToken(request: Exchange): string {
    const cookies = readCookies(request.headers.get('cookie'), csrf.cookieName)
    return cookies.find(csrf.isAnonymousToken) ?? csrf.anonymousToken()
  }

  async function fromForm(request: Exchange): Promise<Answer> {
    const fields = await parseBody(request.headers.get('content-type'), await request.body())
    const purpose = purposeOf(fields)
    const asked = withFields(request, fields)
    const signed = purpose === 'sign_in' ? null : await signedIn(request, fields, purpose)
    if (signed === null) await csrf.checkAnonymous(asked)
    else if (!signed.isFresh) return proveAgain(purpose)
    const userId = signed?.userId ?? null
    const wish = wishOf((field) => textOf(fields, field))
    const { location, cookie } = await begin(tools, provider, request, { ...wish, purpose, userId })
    return onward(tools, name, location, [cookie])
  }

  /** Whoever links an account, or tries a provider out, is signed in, and is it themselves who asks for it. */
  async function signedIn(request: Exchange, fields: BodyFields, purpose: SignInPurpose): Promise<Signed> {
    const { found } = await browserSession(request, sessions)
    if (found === null) throw new NotAuthenticated()
    await csrf.check(withFields(request, fields), found.auth.id)
    if (purpose === 'test' && found.principal.isStaff !== true) throw new PermissionDenied()
    const isFresh = isFreshProof(found.auth, { now: clock(), within: tools.freshFor })
    return { userId: found.principal.id, isFresh }
  }

  /** Whoever sits down at somebody's open screen is not to link an account of their own. */
  function proveAgain(purpose: SignInPurpose): Answer {
    const next = purpose === 'test' ? `${paths.providers}${id}/` : paths.linked
    const location = `${paths.signIn}?${new URLSearchParams({ next, fresh: '1' })}`
    return {
      status: 303,
      headers: [
        ['location', location],
        ['cache-control', 'no-store'],
      ],
      body: '',
    }
  }

  async function fromJson(request: Exchange): Promise<Answer> {
    const { headers } = request
    const fields = await parseBody(headers.get('content-type'), await request.body())
    const purpose = purposeOf(fields)
    const signed = purpose === 'sign_in' ? null : await signedIn(request, fields, purpose)
    if (signed !== null && !signed.isFresh) throw new AuthenticationFailed('insufficient_user_authentication')
    // As at the sign-in itself: browsers send JSON across sites only where CORS allows it.
    const isFromBrowser = headers.get('origin') !== null || headers.get('sec-fetch-site') !== null
    if (signed === null && isFromBrowser) csrf.checkOrigin(request)
    const wish = wishOf((field) => textOf(fields, field))
    const userId = signed?.userId ?? null
    const { location, cookie } = await begin(tools, provider, request, { ...wish, purpose, userId })
    return jsonAnswer({ location }, 200, [['set-cookie', cookie]])
  }

  const guarded =
    (endpoint: Endpoint): Endpoint =>
    async (request) => {
      try {
        return await endpoint(request)
      } catch (error) {
        if (!(error instanceof AuthError)) throw error
        onRefused({ provider: id, error })
        return refusal(request, error)
      }
    }

  const form = guarded(fromForm)
  return { GET: guarded(show), POST: async (request) => (isJson(request) ? fromJson(request) : form(request)) }
}

interface Signed {
  readonly userId: string
  /** Whether they proved who they are a short while ago. */
  readonly isFresh: boolean
}

function purposeOf(fields: BodyFields): SignInPurpose {
  const purpose = textOf(fields, 'purpose') ?? 'sign_in'
  if (purpose !== 'sign_in' && purpose !== 'link' && purpose !== 'test') throw new RequestRefused('invalid_request')
  return purpose
}
