import { anonymousTokenOf, checkScript } from '../accounts/anonymous-form.ts'
import { isJson, textOf, withFields } from '../accounts/browser-session.ts'
import type { CompleteSignIn } from '../accounts/complete-sign-in.ts'
import { createFormAnswer, type FormPagesOptions } from '../accounts/form-answer.ts'
import { forPeople } from '../accounts/page-refusal.ts'
import type { PendingSignIn } from '../accounts/pending-sign-ins.ts'
import { signInAnswer, signInJson } from '../accounts/sign-in-answer.ts'
import { invalid } from '../accounts/user-values.ts'
import { AuthenticationFailed, AuthError, Throttled } from '../core/errors.ts'
import { type Answer, type Endpoint, type Exchange, jsonAnswer } from '../http/exchange.ts'
import { type BodyFields, parseBody } from '../http/parse-body.ts'
import { requestedBy } from '../http/requested-by.ts'
import { seeOther } from '../http/see-other.ts'
import { factorPage, otherWaysPage } from '../pages/factor.ts'
import { htmlAnswer } from '../pages/html-answer.ts'
import { createFactorRefusal } from './factor-refusal.ts'
import type { FactorRoute } from './factor-route.ts'
import { jsonOrNull } from './passkey-answers.ts'
import type { CeremonyAt, Passkeys } from './passkeys.ts'
import { waitingFor } from './pending-step.ts'
import { type SecondFactors, secondFactorStep, signInIsOver, type Way, wayOf } from './second-factors.ts'
import type { TrustedBrowsers } from './trusted-browsers.ts'

export interface SecondFactorOptions extends Omit<FormPagesOptions, 'nextOrigins'> {
  readonly completion: Pick<CompleteSignIn, 'find' | 'advance' | 'stepOf' | 'countGuess'>
  readonly factors: Pick<SecondFactors, 'waysOf' | 'check'>
  readonly passkeys: Pick<Passkeys, 'request' | 'prove'>
  /** Browsers in which nobody is asked (there are none). */
  readonly trusted?: Pick<TrustedBrowsers, 'trust' | 'lifetime'> | null
  /** Where these endpoints are (/accounts/second-factor/). */
  readonly path?: string
  /** Where to go after signing in where nothing else is asked for (/). */
  readonly home?: string
}

/**
 * The second factor of a sign-in whose first was right. Each has a page of its own, which leads to the others. A script sends
 * `{ code }` or `{ passkey }` to the first path, and is answered as at the sign-in; `options/` gives it what a passkey is asked.
 */
export function secondFactorRoutes(options: SecondFactorOptions): readonly FactorRoute[] {
  const { completion, factors, passkeys, trusted = null, csrf, site = {}, secure = true } = options
  const { path = '/accounts/second-factor/', signInPath = '/accounts/login/', home = '/', clock = Date.now } = options
  const formAnswer = createFormAnswer({ ...options, keepsOpener: true })
  const refusal = createFactorRefusal({ site, secure, signIn: signInPath, another: `${path}other/`, clock })
  const pageOf = (way: Way): string => `${path}${way === 'recovery_code' ? 'recovery-code' : way}/`

  /** The sign-in that waits for this step, and what its user has. */
  async function waiting(request: Exchange): Promise<Waiting> {
    const { signIn, elsewhere, isDue } = await waitingFor(secondFactorStep, completion, request)
    return { signIn, elsewhere, ways: isDue ? await factors.waysOf(signIn.user.id) : [] }
  }

  async function show(request: Exchange, way: Way, here: Waiting, problem: string | null = null): Promise<Answer> {
    const { signIn } = here
    const token = anonymousTokenOf(request, csrf)
    const next = signIn.next ?? home
    const body = await factorPage({
      site,
      title: 'Second factor',
      way,
      name: signIn.user.name,
      action: pageOf(way),
      csrf: { name: csrf.fieldName, token },
      another: `${path}other/`,
      until: signIn.expiresAt,
      now: clock(),
      problem,
      ...(trusted === null ? {} : { trustDays: Math.max(1, Math.round(trusted.lifetime / 86_400)) }),
      ...(way === 'passkey'
        ? { passkey: { options: await passkeys.request(ceremonyOf(signIn)), renews: `${path}options/` } }
        : {}),
    })
    return formAnswer(body, { token, next, status: problem === null ? 200 : 400 })
  }

  async function fromForm(request: Exchange, way: Way): Promise<Answer> {
    const fields = await parseBody(request.headers.get('content-type'), await request.body())
    await csrf.checkAnonymous(withFields(request, fields))
    const here = await waiting(request)
    if (here.elsewhere !== null) return seeOther(here.elsewhere)
    if (!here.ways.includes(way)) return seeOther(`${path}other/`)
    const sent = way === 'passkey' ? jsonOrNull(textOf(fields, 'passkey') ?? '') : (textOf(fields, 'code') ?? '')
    const amr = await shown(request, here.signIn, way, sent).catch((error: unknown) => {
      if (!(error instanceof AuthError) || error instanceof Throttled || error.code === 'not_authenticated') throw error
      return null
    })
    if (amr === null) return show(request, way, here, wrong[way])
    return signInAnswer(await advance(request, here.signIn, amr, textOf(fields, 'trust') === 'on'), home)
  }

  async function fromJson(request: Exchange): Promise<Answer> {
    checkScript(request, csrf)
    const fields = await parseBody(request.headers.get('content-type'), await request.body())
    const here = await waiting(request)
    if (here.elsewhere !== null || here.ways.length === 0) return answerNext(request, here.signIn)
    const { way, sent } = scriptSent(fields)
    if (!here.ways.includes(way)) throw wrongFactor()
    const amr = await shown(request, here.signIn, way, sent)
    if (amr === null) throw wrongFactor()
    return signInJson(await advance(request, here.signIn, amr, fields['trust'] === true), clock)
  }

  /** What it proves, `null` where it is wrong. */
  async function shown(
    request: Exchange,
    signIn: PendingSignIn,
    way: Way,
    sent: unknown,
  ): Promise<readonly string[] | null> {
    const { user } = signIn
    const by = { actor: `user:${user.id}`, ...requestedBy(request) }
    const countGuess = async () => completion.countGuess(signIn)
    if (way === 'passkey') {
      if (!(await countGuess())) throw signInIsOver()
      const { amr } = await passkeys.prove(sent, ceremonyOf(signIn), by)
      return [...amr, 'mfa']
    }
    const isRight = await factors.check({ user, way, code: String(sent), by, countGuess })
    return isRight ? ['otp', 'mfa'] : null
  }

  async function advance(request: Exchange, signIn: PendingSignIn, amr: readonly string[], trusts: boolean) {
    const outcome = await completion.advance(request, signIn, amr)
    if (outcome === null) throw signInIsOver()
    if (trusted === null || !trusts) return outcome
    const by = { actor: `user:${signIn.user.id}`, ...requestedBy(request) }
    const cookie = await trusted.trust(request, signIn.user.id, by)
    return { ...outcome, headers: [...outcome.headers, ['set-cookie', cookie] as const] }
  }

  /** Where nothing of this step is due any more, as when the last factor was taken away meanwhile. */
  async function goOn(request: Exchange, signIn: PendingSignIn): Promise<Answer> {
    return signInAnswer(await advance(request, signIn, [], false), home)
  }

  async function answerNext(request: Exchange, signIn: PendingSignIn): Promise<Answer> {
    return signInJson(await advance(request, signIn, [], false), clock)
  }

  const page = (work: (request: Exchange) => Promise<Answer>): Endpoint => forPeople(refusal, work)
  const ways: readonly Way[] = ['passkey', 'totp', 'recovery_code']
  return [
    {
      path,
      methods: {
        GET: page(async (request) => {
          const here = await waiting(request)
          const [first] = here.ways
          if (here.elsewhere !== null) return seeOther(here.elsewhere)
          return first === undefined ? goOn(request, here.signIn) : seeOther(pageOf(first))
        }),
        POST: async (request) => {
          if (isJson(request)) return fromJson(request)
          return page(async () => seeOther(path))(request)
        },
      },
    },
    ...ways.map((way) => ({
      path: pageOf(way),
      methods: {
        GET: page(async (request) => {
          const here = await waiting(request)
          if (here.elsewhere !== null || !here.ways.includes(way)) return seeOther(here.elsewhere ?? path)
          return show(request, way, here)
        }),
        POST: page(async (request) => fromForm(request, way)),
      },
    })),
    {
      path: `${path}other/`,
      methods: {
        GET: page(async (request) => {
          const here = await waiting(request)
          if (here.elsewhere !== null) return seeOther(here.elsewhere)
          const links = here.ways.map((way) => ({ way, href: pageOf(way) }))
          const again = `${signInPath}?${new URLSearchParams({ next: here.signIn.next ?? home })}`
          const body = await otherWaysPage({ site, ways: links, again, againText: 'Sign in as somebody else' })
          return htmlAnswer(body, { secure, keepsOpener: true })
        }),
      },
    },
    {
      path: `${path}options/`,
      methods: {
        POST: async (request) => {
          checkScript(request, csrf)
          const here = await waiting(request)
          if (!here.ways.includes('passkey')) throw wrongFactor()
          return jsonAnswer(await passkeys.request(ceremonyOf(here.signIn)))
        },
      },
    },
  ]
}

interface Waiting {
  readonly signIn: PendingSignIn
  /** Where it waits for another step. */
  readonly elsewhere: string | null
  readonly ways: readonly Way[]
}

function ceremonyOf({ id, user }: PendingSignIn): CeremonyAt {
  return { ceremony: 'second factor', binding: id, userId: user.id }
}

/** `{ passkey }`, or `{ code }` with a word on what it is where its form does not tell. */
function scriptSent(fields: BodyFields): { readonly way: Way; readonly sent: unknown } {
  if (Object.hasOwn(fields, 'passkey')) return { way: 'passkey', sent: fields['passkey'] }
  const code = textOf(fields, 'code') ?? ''
  if (code.trim() === '') throw invalid({ code: ['This field is required.'] })
  const way = textOf(fields, 'way')
  if (way !== null && way !== 'totp' && way !== 'recovery_code') throw invalid({ way: ['Not a valid choice.'] })
  return { way: way ?? wayOf(code), sent: code }
}

export const wrong: Readonly<Record<Way, string>> = {
  passkey: 'This passkey was not accepted. Try again, or try another way.',
  totp: 'This code is not right, or was used already. Wait for the next one; the clock of your phone has to be right.',
  recovery_code: 'This is none of your recovery codes, or it was used already.',
}

function wrongFactor(): AuthenticationFailed {
  return new AuthenticationFailed('authentication_failed', 'The second factor is not right.')
}
