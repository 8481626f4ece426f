import { anonymousTokenOf, checkScript } from '../accounts/anonymous-form.ts'
import { isJson, queryOf, textOf, withFields } from '../accounts/browser-session.ts'
import type { CompleteSignIn, SignInOutcome } from '../accounts/complete-sign-in.ts'
import { createFormAnswer, type FormPagesOptions } from '../accounts/form-answer.ts'
import { createPageRefusal, forPeople } from '../accounts/page-refusal.ts'
import { signInAnswer, signInJson } from '../accounts/sign-in-answer.ts'
import { AuthError, RequestRefused } from '../core/errors.ts'
import { readCookies } from '../http/cookies.ts'
import { type Answer, type Exchange, jsonAnswer } from '../http/exchange.ts'
import { safeNext } from '../http/next.ts'
import { parseBody } from '../http/parse-body.ts'
import { requestedBy } from '../http/requested-by.ts'
import { passkeySignInPage } from '../pages/passkey-sign-in.ts'
import type { FactorRoute } from './factor-route.ts'
import { jsonOrNull } from './passkey-answers.ts'
import type { CeremonyAt, Passkeys } from './passkeys.ts'

export interface PasskeySignInOptions extends FormPagesOptions {
  readonly passkeys: Pick<Passkeys, 'request' | 'prove'>
  readonly completion: Pick<CompleteSignIn, 'complete'>
  /** Where these endpoints are (/accounts/passkey/). */
  readonly path?: string
  /** Where to go after signing in where nothing else is asked for (/). */
  readonly home?: string
}

/** What a browser is asked for a passkey of whomever it is: the same for everybody. `binding` is its anonymous token. */
export function passkeySignInAt(binding: string): CeremonyAt {
  return { ceremony: 'sign in', binding, userId: null }
}

/**
 * Signing in with a passkey and nothing else, not even a name. The page has a button; a script asks `options/`, and sends
 * `{ passkey }`. It is answered as at the sign-in by password.
 */
export function passkeySignInRoutes(options: PasskeySignInOptions): readonly FactorRoute[] {
  const {
    passkeys,
    completion,
    csrf,
    site = {},
    secure = true,
    home = '/',
    nextOrigins = [],
    clock = Date.now,
  } = options
  const { path = '/accounts/passkey/', signInPath = '/accounts/login/' } = options
  const formAnswer = createFormAnswer({ ...options, keepsOpener: true })
  const refusal = createPageRefusal({ site, secure, signIn: signInPath, keepsOpener: true, clock })
  const nextOf = (value: string | null): string => safeNext(value, home, nextOrigins)

  async function show(request: Exchange, next: string, problem: string | null = null): Promise<Answer> {
    const token = anonymousTokenOf(request, csrf)
    const body = await passkeySignInPage({
      site,
      action: path,
      csrf: { name: csrf.fieldName, token },
      next: next === home ? null : next,
      passkey: { options: await passkeys.request(passkeySignInAt(token)), renews: `${path}options/` },
      otherwise: `${signInPath}?${new URLSearchParams({ next, fresh: '1' })}`,
      problem,
    })
    return formAnswer(body, { token, next, status: problem === null ? 200 : 400 })
  }

  async function signIn(
    request: Exchange,
    answer: unknown,
    binding: string,
    next: string | null,
  ): Promise<SignInOutcome> {
    // Before the proof is looked at: what ends the user's access meanwhile ends this sign-in too.
    const authenticatedAt = Math.floor(clock())
    const by = { actor: 'unknown', ...requestedBy(request) }
    const { user, amr } = await passkeys.prove(answer, passkeySignInAt(binding), by)
    return completion.complete(request, { user, amr, authenticatedAt, next })
  }

  async function fromForm(request: Exchange): Promise<Answer> {
    const fields = await parseBody(request.headers.get('content-type'), await request.body())
    await csrf.checkAnonymous(withFields(request, fields))
    const next = nextOf(textOf(fields, 'next'))
    const binding = textOf(fields, csrf.fieldName) ?? ''
    try {
      return signInAnswer(await signIn(request, jsonOrNull(textOf(fields, 'passkey') ?? ''), binding, next), home)
    } catch (error) {
      if (!(error instanceof AuthError) || (error.status !== 400 && error.status !== 401)) throw error
      return show(request, next, 'This passkey was not accepted, or it took more than five minutes. Try again.')
    }
  }

  async function fromJson(request: Exchange): Promise<Answer> {
    checkScript(request, csrf)
    const fields = await parseBody(request.headers.get('content-type'), await request.body())
    const binding = readCookies(request.headers.get('cookie'), csrf.cookieName).find(csrf.isAnonymousToken)
    if (binding === undefined) {
      throw new RequestRefused('invalid_request', `Ask ${path}options/ first, and send the cookie that comes with it.`)
    }
    return signInJson(await signIn(request, fields['passkey'], binding, null), clock)
  }

  const form = forPeople(refusal, fromForm)
  return [
    {
      path,
      methods: {
        GET: async (request) => show(request, nextOf(queryOf(request.url, 'next'))),
        POST: async (request) => {
          if (isJson(request)) return fromJson(request)
          return form(request)
        },
      },
    },
    {
      path: `${path}options/`,
      methods: {
        POST: async (request) => {
          checkScript(request, csrf)
          const token = anonymousTokenOf(request, csrf)
          const asked = await passkeys.request(passkeySignInAt(token))
          return jsonAnswer(asked, 200, [['set-cookie', csrf.cookie(token)]])
        },
      },
    },
  ]
}
