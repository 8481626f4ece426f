import type { ActedBy } from '../accounts/acted-by.ts'
import { anonymousTokenOf, checkScript } from '../accounts/anonymous-form.ts'
import { isJson, textOf, withFields } from '../accounts/browser-session.ts'
import type { CompleteSignIn, SignInOutcome } from '../accounts/complete-sign-in.ts'
import { forPeople } from '../accounts/page-refusal.ts'
import type { PendingSignIn } from '../accounts/pending-sign-ins.ts'
import { signInAnswer, signInJson } from '../accounts/sign-in-answer.ts'
import { invalid } from '../accounts/user-values.ts'
import { AuthError } from '../core/errors.ts'
import type { Csrf } from '../http/csrf.ts'
import { type Answer, type Exchange, jsonAnswer } from '../http/exchange.ts'
import { parseBody } from '../http/parse-body.ts'
import { requestedBy } from '../http/requested-by.ts'
import { seeOther } from '../http/see-other.ts'
import { addAppPage, addFactorPage, factorAddedPage } from '../pages/add-factor.ts'
import { htmlAnswer } from '../pages/html-answer.ts'
import type { Site } from '../pages/layout.ts'
import type { AuthenticatorApps } from './authenticator-apps.ts'
import { createFactorRefusal } from './factor-refusal.ts'
import type { FactorChanges } from './factor-changes.ts'
import type { FactorRoute } from './factor-route.ts'
import { jsonOrNull } from './passkey-answers.ts'
import type { Passkeys } from './passkeys.ts'
import { waitingFor } from './pending-step.ts'
import { addFactorStep, signInIsOver } from './second-factors.ts'

export interface AddSecondFactorOptions {
  readonly completion: Pick<CompleteSignIn, 'find' | 'advance' | 'stepOf' | 'countGuess' | 'progress'>
  readonly apps: Pick<AuthenticatorApps, 'begin'>
  readonly passkeys: Pick<Passkeys, 'creation'>
  readonly changes: Pick<FactorChanges, 'addApp' | 'addPasskey'>
  readonly csrf: Csrf
  /** What pages are called, and whether they warn of development mode (Doorward, no). */
  readonly site?: Site
  /** Whether browsers reach this site by https (true). */
  readonly secure?: boolean
  /** Where this is (/accounts/add-second-factor/). */
  readonly path?: string
  /** Where to sign in (/accounts/login/). */
  readonly signInPath?: string
  /** Where to go after signing in where nothing else is asked for (/). */
  readonly home?: string
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * The step of a sign-in for whoever has to have a second factor and has none: they add one, and are in. A script sends
 * `{ way: 'totp' }` or `{ way: 'passkey' }` for what the app or the browser is told, then `{ code }` or `{ passkey }`; the
 * answer is that of the sign-in, with `recoveryCodes`.
 */
export function addSecondFactorRoutes(options: AddSecondFactorOptions): readonly FactorRoute[] {
  const { completion, apps, passkeys, changes, csrf, site = {}, secure = true, clock = Date.now } = options
  const { path = '/accounts/add-second-factor/', signInPath = '/accounts/login/', home = '/' } = options
  const refusal = createFactorRefusal({ site, secure, signIn: signInPath, another: path, clock })

  async function page(request: Exchange, signIn: PendingSignIn, problem: string | null = null): Promise<Answer> {
    const token = anonymousTokenOf(request, csrf)
    const body = await addFactorPage({
      ...partsOf(signIn, token),
      progress: await completion.progress(request, signIn),
      problem,
      passkey: { options: await passkeys.creation(signIn.user, signIn.id), renews: `${path}options/` },
    })
    return shown(body, token, problem)
  }

  async function appPage(
    request: Exchange,
    signIn: PendingSignIn,
    app: { readonly uri: string; readonly secret: string } | null,
    problem: string | null = null,
  ): Promise<Answer> {
    const token = anonymousTokenOf(request, csrf)
    return shown(
      await addAppPage({
        ...partsOf(signIn, token),
        progress: await completion.progress(request, signIn),
        app,
        problem,
      }),
      token,
      problem,
    )
  }

  const partsOf = (signIn: PendingSignIn, token: string) => ({
    site,
    action: path,
    csrf: { name: csrf.fieldName, token },
    until: signIn.expiresAt,
    now: clock(),
    again: path,
  })

  function shown(body: string, token: string, problem: string | null): Answer {
    const headers = [['set-cookie', csrf.cookie(token)]] as const
    return htmlAnswer(body, { status: problem === null ? 200 : 400, secure, keepsOpener: true, headers })
  }

  async function fromForm(request: Exchange): Promise<Answer> {
    const fields = await parseBody(request.headers.get('content-type'), await request.body())
    await csrf.checkAnonymous(withFields(request, fields))
    const { signIn, elsewhere, isDue } = await waitingFor(addFactorStep, completion, request)
    if (elsewhere !== null) return seeOther(elsewhere)
    if (!isDue) return signInAnswer(await advance(request, signIn, []), home)
    const action = textOf(fields, 'action')
    if (action === 'begin') return appPage(request, signIn, await apps.begin(signIn.user))
    if (action !== 'confirm' && action !== 'passkey') return seeOther(path)
    try {
      const answer = action === 'confirm' ? null : jsonOrNull(textOf(fields, 'passkey') ?? '')
      const added = await add(request, signIn, textOf(fields, 'code') ?? '', answer, textOf(fields, 'name'))
      return await addedPage(added, signIn)
    } catch (error) {
      const isTheirs = error instanceof AuthError && (error.code === 'invalid' || error.code === 'conflict')
      if (!isTheirs) throw error
      return action === 'confirm' && error.code === 'invalid'
        ? await appPage(request, signIn, null, error.message)
        : await page(request, signIn, error.message)
    }
  }

  /** A passkey where there is an answer of a browser, else the app that was begun. */
  async function add(request: Exchange, signIn: PendingSignIn, code: string, answer: unknown, name: string | null) {
    const { user } = signIn
    const by = byOf(request, signIn)
    if (answer === null) {
      if (!(await completion.countGuess(signIn))) throw signInIsOver()
      const { recoveryCodes } = await changes.addApp(user, code, by, { isForced: true })
      return { recoveryCodes, outcome: await advance(request, signIn, ['otp', 'mfa']) }
    }
    const { passkey, recoveryCodes } = await changes.addPasskey(
      { user, binding: signIn.id, answer, name, by },
      { isForced: true },
    )
    const amr = [passkey.isSynced ? 'swk' : 'hwk', 'mfa']
    return { recoveryCodes, outcome: await advance(request, signIn, amr) }
  }

  async function advance(request: Exchange, signIn: PendingSignIn, amr: readonly string[]): Promise<SignInOutcome> {
    const outcome = await completion.advance(request, signIn, amr)
    if (outcome === null) throw signInIsOver()
    return outcome
  }

  /** The codes come with the cookies of the session, before anything else is looked at. */
  async function addedPage(
    { recoveryCodes, outcome }: { readonly recoveryCodes: readonly string[] | null; readonly outcome: SignInOutcome },
    signIn: PendingSignIn,
  ): Promise<Answer> {
    if (recoveryCodes === null) return signInAnswer(outcome, home)
    const onward = outcome.kind === 'signed_in' ? (outcome.next ?? home) : outcome.path
    const body = await factorAddedPage({ site, codes: recoveryCodes, name: signIn.user.name, onward })
    return htmlAnswer(body, { secure, keepsOpener: true, headers: outcome.headers })
  }

  async function fromJson(request: Exchange): Promise<Answer> {
    checkScript(request, csrf)
    const fields = await parseBody(request.headers.get('content-type'), await request.body())
    const { signIn, isDue } = await waitingFor(addFactorStep, completion, request)
    if (!isDue) return signInJson(await advance(request, signIn, []), clock)
    const way = textOf(fields, 'way')
    if (way === 'totp') {
      const { expiresAt, ...app } = await apps.begin(signIn.user)
      return jsonAnswer({ ...app, expiresAt: new Date(expiresAt).toISOString() })
    }
    if (way === 'passkey') return jsonAnswer(await passkeys.creation(signIn.user, signIn.id))
    const isPasskey = Object.hasOwn(fields, 'passkey')
    if (way !== null || (!isPasskey && !Object.hasOwn(fields, 'code'))) {
      throw invalid({ way: ['Send totp or passkey as way, or a code, or a passkey.'] })
    }
    const answer = isPasskey ? (fields['passkey'] ?? {}) : null
    const added = await add(request, signIn, textOf(fields, 'code') ?? '', answer, textOf(fields, 'name'))
    const { recoveryCodes, outcome } = added
    // Though another step may be due, these are shown now or never.
    if (outcome.kind === 'step_due')
      return jsonAnswer({ next: outcome.step, ...outcome.detail, recoveryCodes }, 200, outcome.headers)
    const done = signInJson(outcome, clock)
    return { ...done, body: JSON.stringify({ ...(JSON.parse(done.body) as object), recoveryCodes }) }
  }

  return [
    {
      path,
      methods: {
        GET: forPeople(refusal, async (request) => {
          const { signIn, elsewhere, isDue } = await waitingFor(addFactorStep, completion, request)
          if (elsewhere !== null) return seeOther(elsewhere)
          return isDue ? page(request, signIn) : signInAnswer(await advance(request, signIn, []), home)
        }),
        POST: async (request) => (isJson(request) ? fromJson(request) : forPeople(refusal, fromForm)(request)),
      },
    },
    {
      path: `${path}options/`,
      methods: {
        POST: async (request) => {
          checkScript(request, csrf)
          const { signIn, isDue } = await waitingFor(addFactorStep, completion, request)
          if (!isDue) throw signInIsOver()
          return jsonAnswer(await passkeys.creation(signIn.user, signIn.id))
        },
      },
    },
  ]
}

function byOf(request: Exchange, { user }: PendingSignIn): ActedBy {
  return { actor: `user:${user.id}`, ...requestedBy(request) }
}
