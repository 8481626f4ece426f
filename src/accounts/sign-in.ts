import { AuthenticationFailed } from '../core/errors.ts'
import type { Answer, Endpoint, Exchange } from '../http/exchange.ts'
import { readCookies } from '../http/cookies.ts'
import { safeNext } from '../http/next.ts'
import { type BodyFields, parseBody } from '../http/parse-body.ts'
import { withQuery } from '../http/with-query.ts'
import { htmlAnswer } from '../pages/html-answer.ts'
import type { ProviderButton } from '../pages/provider-buttons.ts'
import { signInPage, type SignInProblem } from '../pages/sign-in.ts'
import { signedInPage } from '../pages/signed-in.ts'
import { createAccountChooser } from './account-chooser.ts'
import { anonymousTokenOf, checkScript } from './anonymous-form.ts'
import { ordinarySessions } from './emergency-session.ts'
import { browserSession, isJson, queryOf, textOf, withFields } from './browser-session.ts'
import type { CompleteSignIn, SignInOutcome } from './complete-sign-in.ts'
import { createFormAnswer, type FormPagesOptions } from './form-answer.ts'
import { identifierKey } from './identifier.ts'
import { createPageRefusal, forPeople } from './page-refusal.ts'
import type { Passwords } from './passwords.ts'
import type { RememberedAccounts } from './remembered-accounts.ts'
import { signInAnswer, signInJson } from './sign-in-answer.ts'
import type { Sessions } from './sessions.ts'
import { invalid } from './user-values.ts'

export interface SignInOptions extends Omit<FormPagesOptions, 'signInPath'> {
  readonly passwords: Pick<Passwords, 'verifyFirst'>
  readonly sessions: Pick<Sessions, 'cookieName' | 'find'>
  /** What is done once the password was right. */
  readonly completion: Pick<CompleteSignIn, 'complete'>
  /** Other providers that people may sign in with (none). */
  readonly providers?: SignInProviders
  /** Where a code by mail is asked for (nowhere). */
  readonly codePath?: string | null
  /** Where a new password is asked for, and an account is made (nowhere). */
  readonly resetPath?: string | null
  readonly signUpPath?: string | null
  /** Where these endpoints are (/accounts/login/). */
  readonly path?: string
  /** What a browser is asked for a passkey, and where it goes (there are no passkeys). `binding` is the token of the form. */
  readonly passkeys?: {
    readonly request: (binding: string) => Promise<object>
    readonly action: string
    readonly renews: string
  }
  /** The cookie in which a form waits that was sent once the sign-in was over (there is none). */
  readonly keptFormCookie?: string
  /** The names that people have remembered in this browser (nobody can). */
  readonly rememberedAccounts?: RememberedAccounts
  /** Where signing out is (/accounts/logout/). */
  readonly signOutPath?: string
  /** Where to go after signing in where nothing else is asked for (/). */
  readonly home?: string
}

/** Providers beside this site's own passwords. */
export interface SignInProviders {
  readonly buttons: readonly ProviderButton[]
  /** Whether some addresses sign in at a provider and nowhere else, so that they need no password here. */
  readonly hasDomains: boolean
  /** What leads there whoever typed such an address; `null` for every other name. */
  readonly forLogin: (login: string) => ((request: Exchange, next: string) => Promise<Answer>) | null
}

/**
 * Signing in to a browser session. `GET` shows the page, with `fresh` to somebody who is signed in too: so they prove again who they
 * are, or become somebody else. `login_hint` is the name that stands in it. `POST` takes its form, or JSON with `username` (or
 * `email`), `password`, and `remember` (true, or 1 in a form) to have the name remembered in this browser; the one leads to
 * `next`, the other answers `{ user, csrfToken }`, and both set the two cookies. Where more than a password is due, the one leads
 * there, and the other is told `sign_in_incomplete`.
 *
 * The form needs the token of its page, before anybody is signed in too: else a stranger could sign a browser in to an account
 * of theirs. JSON needs none, for browsers send it across sites only where CORS allows it; where they tell where it comes
 * from, that has to be here.
 */
export interface SignIn {
  readonly GET: Endpoint
  readonly POST: Endpoint
}

export function createSignIn(options: SignInOptions): SignIn {
  const { passwords, completion, csrf, site = {}, secure = true, clock = Date.now } = options
  // In an emergency, people are sent here to sign in by a way of their own.
  const sessions = ordinarySessions(options.sessions)
  const { path = '/accounts/login/', signOutPath = '/accounts/logout/', home = '/', nextOrigins = [] } = options
  const { providers, passkeys, keptFormCookie, rememberedAccounts: remembered } = options
  const { codePath = null, resetPath = null, signUpPath = null } = options
  const formAnswer = createFormAnswer({ ...options, keepsOpener: true })
  const chooser = remembered && createAccountChooser({ remembered, csrf, sessions, formAnswer, site, path, home })
  const ways = [
    ...(passkeys === undefined ? [] : [{ href: passkeys.action, text: 'Sign in with a passkey', id: 'by-passkey' }]),
    ...(codePath === null ? [] : [{ href: codePath, text: 'Sign in by a code in a mail', id: 'by-code' }]),
    ...(resetPath === null ? [] : [{ href: resetPath, text: 'Choose a new password by mail', id: 'new-password' }]),
  ]
  const refusal = createPageRefusal({ site, secure, signIn: path, ways, keepsOpener: true, clock })

  async function show(
    request: Exchange,
    next: string,
    { status = 200, isWanted, ...page }: Shown = {},
  ): Promise<Answer> {
    const token = anonymousTokenOf(request, csrf)
    const form = { name: csrf.fieldName, token }
    const isFresh = queryOf(request.url, 'fresh') !== null
    const body = await signInPage({
      site,
      action: path,
      csrf: form,
      next: next === home ? null : next,
      providers: providers?.buttons ?? [],
      passkey:
        passkeys === undefined
          ? null
          : { action: passkeys.action, renews: passkeys.renews, options: await passkeys.request(token) },
      hasDomains: providers?.hasDomains ?? false,
      isFresh,
      isRemembered: chooser === undefined ? null : (isWanted ?? chooser.has(request, page.identifier ?? '')),
      codePath,
      ways: waysBeside(next, page.identifier ?? ''),
      notYou: withQuery(path, { ...(next === home ? {} : { next }), ...(isFresh ? { fresh: '1' } : {}) }),
      ...page,
    })
    return formAnswer(body, { token, next, status })
  }

  /** Where else to go; what was typed goes along where it is of use. */
  function waysBeside(next: string, identifier: string) {
    const carried = next === home ? {} : { next }
    const address = identifier.includes('@') ? { ...carried, email: identifier } : carried
    return [
      ...(resetPath === null
        ? []
        : [{ href: withQuery(resetPath, address), text: 'Forgotten your password?', id: 'forgotten-password' }]),
      ...(signUpPath === null
        ? []
        : [{ href: withQuery(signUpPath, carried), text: 'Create an account', id: 'sign-up' }]),
    ]
  }

  /** Whose it is, and whether it is still good, is seen once they are signed in. */
  const isFormKept = ({ headers }: Exchange): boolean =>
    keptFormCookie !== undefined && readCookies(headers.get('cookie'), keptFormCookie).length > 0

  const nextOf = (value: string | null): string => safeNext(value, home, nextOrigins)

  async function fromForm(request: Exchange): Promise<Answer> {
    const fields = await parseBody(request.headers.get('content-type'), await request.body())
    const next = nextOf(textOf(fields, 'next') ?? queryOf(request.url, 'next'))
    if (chooser !== undefined && 'forget' in fields) return chooser.forget(request, fields, next)
    await csrf.checkAnonymous(withFields(request, fields))
    const identifier = textOf(fields, 'username') ?? textOf(fields, 'email') ?? ''
    const password = textOf(fields, 'password') ?? ''
    // An address that signs in elsewhere does so whatever was typed as a password, which goes nowhere.
    const elsewhere = providers?.forLogin(identifier) ?? null
    if (elsewhere !== null) return elsewhere(request, next)
    const isWanted = textOf(fields, 'remember') === '1'
    const missing = missingOf(identifier, password)
    if (missing !== null) return show(request, next, { status: 400, identifier, isWanted, problem: missing })

    const outcome = await signIn(request, identifier, password, next)
    if (outcome === null) return show(request, next, { status: 400, identifier, isWanted, problem: 'mismatch' })
    return signInAnswer(chooser?.noted(request, outcome, identifier.trim(), isWanted) ?? outcome, home)
  }

  async function fromJson(request: Exchange): Promise<Answer> {
    const { headers } = request
    checkScript(request, csrf)
    const fields = await parseBody(headers.get('content-type'), await request.body())
    const { identifier, password } = credentialsOf(fields)
    const outcome = await signIn(request, identifier, password, null)
    if (outcome === null) throw new AuthenticationFailed('no_active_account')
    const isWanted = fields['remember'] === true && outcome.kind === 'signed_in'
    return signInJson(
      isWanted ? (chooser?.noted(request, outcome, identifier.trim(), true) ?? outcome) : outcome,
      clock,
    )
  }

  async function signIn(
    request: Exchange,
    login: string,
    password: string,
    next: string | null,
  ): Promise<SignInOutcome | null> {
    // Before the password is looked at: what ends sessions meanwhile ends this one too.
    const authenticatedAt = Math.floor(clock())
    const user = await passwords.verifyFirst(login, password, request)
    return user === null ? null : completion.complete(request, { user, amr: ['pwd'], authenticatedAt, next })
  }

  const form = forPeople(refusal, fromForm)
  return {
    GET: async (request) => {
      const next = nextOf(queryOf(request.url, 'next'))
      const { value, found } = await browserSession(request, sessions)
      if (found === null || queryOf(request.url, 'fresh') !== null) {
        // Who is here by a code for emergencies is signed in, and asked for a way of their own.
        const hasEnded =
          found === null && value !== null && (await browserSession(request, options.sessions)).found === null
        const identifier = hintOf(request)
        const isOpen = found === null && !hasEnded && !isFormKept(request) && identifier === ''
        const chooserPage = isOpen ? await chooser?.page(request, next) : null
        return chooserPage ?? show(request, next, { identifier, hasEnded, isFormKept: isFormKept(request) })
      }
      const form = { name: csrf.fieldName, token: csrf.tokenFor(found.auth.id) }
      const another = `${path}?${new URLSearchParams({ next, fresh: '1' })}`
      const { name, email } = found.principal
      const others = chooser?.others(request, next, form.token, [name, email ?? '']) ?? null
      const page = await signedInPage({ site, name, next, another, signOut: signOutPath, csrf: form, others })
      return htmlAnswer(page, { secure, keepsOpener: true, headers: [['set-cookie', csrf.cookie(form.token)]] })
    },
    POST: async (request) => {
      return isJson(request) ? fromJson(request) : form(request)
    },
  }
}

interface Shown {
  readonly status?: number
  readonly identifier?: string
  readonly problem?: SignInProblem
  /** Whether the box to remember the name is ticked (where the name is remembered). */
  readonly isWanted?: boolean
  readonly hasEnded?: boolean
  readonly isFormKept?: boolean
}

/** The name that whoever led here believes it is (OpenID Connect Core 1.0, section 3.1.2.1). */
function hintOf({ url }: Exchange): string {
  const hint = queryOf(url, 'login_hint') ?? ''
  return identifierKey(hint) === null ? '' : hint
}

function missingOf(identifier: string, password: string): SignInProblem | null {
  if (identifier.trim() === '') return password === '' ? 'missing_both' : 'missing_identifier'
  return password === '' ? 'missing_password' : null
}

/** Throws `invalid` (400) that names what is missing or no text, as clients of Django REST framework read it. */
function credentialsOf(fields: BodyFields): { readonly identifier: string; readonly password: string } {
  const name = 'email' in fields && !('username' in fields) ? 'email' : 'username'
  const faults: Record<string, readonly string[]> = {}
  for (const field of [name, 'password']) {
    const value = fields[field]
    if (value === undefined || value === null) faults[field] = ['This field is required.']
    else if (typeof value !== 'string') faults[field] = ['Not a valid string.']
    else if (value === '') faults[field] = ['This field may not be blank.']
  }
  if (Object.keys(faults).length > 0) throw invalid(faults)
  return { identifier: textOf(fields, name) ?? '', password: textOf(fields, 'password') ?? '' }
}
