import { anonymousTokenOf, checkScript } from '../../accounts/anonymous-form.ts'
import { browserSession, isJson, queryOf, textOf, withFields } from '../../accounts/browser-session.ts'
import { forPeople } from '../../accounts/page-refusal.ts'
import { AuthenticationFailed, NotAuthenticated, PermissionDenied, RequestRefused } from '../../core/errors.ts'
import { isFreshProof } from '../../core/fresh-proof.ts'
import { type Answer, type Endpoint, type Exchange, jsonAnswer } from '../../http/exchange.ts'
import { safeNext } from '../../http/next.ts'
import { type BodyFields, parseBody } from '../../http/parse-body.ts'
import { seeOther } from '../../http/see-other.ts'
import { htmlAnswer } from '../../pages/html-answer.ts'
import { providerStartPage } from '../../pages/provider-start.ts'
import { readAppWish } from '../app-wish.ts'
import type { Provider } from '../provider.ts'
import type { SignInPurpose } from '../provider-sign-ins.ts'
import { begin, type Beginning, onward } from './begin.ts'
import { refusalAt, type SocialTools, startPath } from './social-tools.ts'

/**
 * Where a sign-in with a provider begins. `GET` shows a page with one button, for links of applications and of other pages.
 * `POST` takes its form, or one of the buttons elsewhere, and leads to the provider; JSON is answered with `{ location }`.
 * `redirect_uri`, `code_challenge` and `state` are of an application that wants to be told by a code.
 */
export function startEndpoint(tools: SocialTools, provider: Provider): Readonly<Record<'GET' | 'POST', Endpoint>> {
  const { csrf, sessions, paths, site, secure, nextOrigins, redirectUris, clock } = tools
  const { id, name } = provider.settings
  const path = startPath(paths, id)
  const refusal = refusalAt(tools, id)

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
    const token = anonymousTokenOf(request, csrf)
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
    return seeOther(`${paths.signIn}?${new URLSearchParams({ next, fresh: '1' })}`)
  }

  async function fromJson(request: Exchange): Promise<Answer> {
    const fields = await parseBody(request.headers.get('content-type'), await request.body())
    const purpose = purposeOf(fields)
    const signed = purpose === 'sign_in' ? null : await signedIn(request, fields, purpose)
    if (signed !== null && !signed.isFresh) throw new AuthenticationFailed('insufficient_user_authentication')
    if (signed === null) checkScript(request, csrf)
    const wish = wishOf((field) => textOf(fields, field))
    const userId = signed?.userId ?? null
    const { location, cookie } = await begin(tools, provider, request, { ...wish, purpose, userId })
    return jsonAnswer({ location }, 200, [['set-cookie', cookie]])
  }

  const form = forPeople(refusal, fromForm)
  return {
    GET: forPeople(refusal, show),
    POST: async (request) => (isJson(request) ? fromJson(request) : form(request)),
  }
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
