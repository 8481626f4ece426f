import { browserSession, isJson, queryOf, textOf, withFields } from '../accounts/browser-session.ts'
import { createFormAnswer, type FormPagesOptions } from '../accounts/form-answer.ts'
import type { Passwords } from '../accounts/passwords.ts'
import type { SessionAuth, Sessions } from '../accounts/sessions.ts'
import { invalid } from '../accounts/user-values.ts'
import type { Found } from '../core/authenticator.ts'
import { AuthenticationFailed, AuthError, NotAuthenticated, Throttled } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import { type Answer, type Endpoint, type Exchange, jsonAnswer } from '../http/exchange.ts'
import { safeNext } from '../http/next.ts'
import { type BodyFields, parseBody } from '../http/parse-body.ts'
import { requestedBy } from '../http/requested-by.ts'
import { seeOther } from '../http/see-other.ts'
import { type FactorAsked, factorPage, otherWaysPage } from '../pages/factor.ts'
import { htmlAnswer } from '../pages/html-answer.ts'
import { createFactorRefusal } from './factor-refusal.ts'
import type { FactorRoute } from './factor-route.ts'
import { jsonOrNull } from './passkey-answers.ts'
import type { CeremonyAt, Passkeys } from './passkeys.ts'
import { wrong } from './second-factor.ts'
import type { SecondFactors } from './second-factors.ts'

export interface ConfirmRoutesOptions extends FormPagesOptions {
  readonly sessions: Pick<Sessions, 'cookieName' | 'find' | 'renew' | 'cookie'>
  readonly passwords: Pick<Passwords, 'confirm'>
  /** Whether a user has a password. */
  readonly hasPassword: (userId: string) => Promise<boolean>
  readonly factors: Pick<SecondFactors, 'waysOf' | 'check'>
  readonly passkeys: Pick<Passkeys, 'request' | 'prove'>
  /** Where these endpoints are (/accounts/confirm/). */
  readonly path?: string
  /** Where to go where nothing else is asked for (/account/). */
  readonly home?: string
}

/**
 * Somebody who is signed in proves again who they are, by one of their factors: before what a session left open must not be able
 * to do. With `second` in the query it has to be a second factor, or a passkey. The session gets a new id, and the page leads back to
 * `next`. A script sends `{ password }`, `{ code }` or `{ passkey }`, and gets `{ csrfToken, authenticatedAt }`.
 */
export function confirmRoutes(options: ConfirmRoutesOptions): readonly FactorRoute[] {
  const { sessions, passwords, hasPassword, factors, passkeys, csrf, site = {}, secure = true } = options
  const { path = '/accounts/confirm/', signInPath = '/accounts/login/', home = '/account/', nextOrigins = [] } = options
  const { clock = Date.now } = options
  const formAnswer = createFormAnswer({ ...options, keepsOpener: true })

  async function visitOf(request: Exchange, fields: BodyFields = {}): Promise<Confirming> {
    const { found } = await browserSession(request, sessions)
    if (found === null) throw new NotAuthenticated()
    const next = safeNext(textOf(fields, 'next') ?? queryOf(request.url, 'next'), home, nextOrigins)
    const asked = textOf(fields, 'second') ?? queryOf(request.url, 'second')
    const needed = asked === null ? null : asked === 'passkey' ? 'passkey' : '1'
    const { id } = found.principal
    const has = await factors.waysOf(id)
    const ways = all
      .filter((way) => (needed === 'passkey' ? way === 'passkey' : true))
      .filter((way) => has.some((one) => one === way))
    // Whoever has a second factor shows it: the sign-in may have gone without, where the browser was remembered (RFC 9470, section 5).
    const mayByPassword = ways.length === 0 || found.auth.amr.includes('break_glass')
    if (needed === null && mayByPassword && (await hasPassword(id))) ways.push('password')
    const query = new URLSearchParams({ next, ...(needed === null ? {} : { second: needed }) })
    return { found, next, needed, ways, href: (part) => `${path}${part}?${query}` }
  }

  async function show(here: Confirming, way: Asked, problem: string | null = null): Promise<Answer> {
    const { found, next, needed, href } = here
    const token = csrf.tokenFor(found.auth.id)
    const body = await factorPage({
      site,
      title: 'Confirm that it is you',
      way,
      name: found.principal.name,
      action: `${path}${way}/`,
      csrf: { name: csrf.fieldName, token },
      fields: { next, ...(needed === null ? {} : { second: needed }) },
      another: href('other/'),
      problem,
      ...(way === 'passkey'
        ? { passkey: { options: await passkeys.request(ceremonyOf(found)), renews: `${path}options/` } }
        : {}),
    })
    return formAnswer(body, { token, next, status: problem === null ? 200 : 400 })
  }

  /** What it proves, `null` where it is wrong. */
  async function shown(
    request: Exchange,
    here: Confirming,
    way: Asked,
    sent: unknown,
  ): Promise<readonly string[] | null> {
    const { found } = here
    const user = found.principal
    const by = { actor: `user:${user.id}`, ...requestedBy(request) }
    if (way === 'password')
      return (await passwords.confirm(user.id, String(sent), { address: request.address })) ? ['pwd'] : null
    // Beside what the session rests on already, it is another factor.
    const both = found.auth.amr.some((method) => method !== 'otp') ? ['mfa'] : []
    if (way === 'passkey') return [...(await passkeys.prove(sent, ceremonyOf(found), by)).amr, ...both]
    return (await factors.check({ user, way, code: String(sent), by })) ? ['otp', ...both] : null
  }

  /** A password alone says no more of now than that: a factor from before is not shown by it (RFC 9470, section 5). */
  async function renewed(here: Confirming, way: Asked, amr: readonly string[]) {
    const given = await sessions.renew(
      here.found.auth.id,
      amr,
      way === 'password' ? { forgets: secondFactorMethods } : {},
    )
    if (given === null) throw new NotAuthenticated()
    const cookies = [
      ['set-cookie', sessions.cookie(given.value)],
      ['set-cookie', csrf.cookie(given.csrfToken)],
    ] as const
    return { given, cookies }
  }

  async function fromForm(request: Exchange, way: Asked): Promise<Answer> {
    const fields = await parseBody(request.headers.get('content-type'), await request.body())
    const here = await visitOf(request, fields)
    await csrf.check(withFields(request, fields), here.found.auth.id)
    if (!here.ways.includes(way)) return seeOther(here.href('other/'))
    const sent = way === 'passkey' ? jsonOrNull(textOf(fields, 'passkey') ?? '') : (textOf(fields, fieldOf[way]) ?? '')
    const amr = await shown(request, here, way, sent).catch((error: unknown) => {
      const isOurs = error instanceof AuthError && !(error instanceof Throttled)
      if (isOurs && (error.code === 'invalid' || error.code === 'authentication_failed')) return null
      throw error
    })
    if (amr === null) return show(here, way, way === 'password' ? 'This is not your password.' : wrong[way])
    return seeOther(here.next, (await renewed(here, way, amr)).cookies)
  }

  async function fromJson(request: Exchange): Promise<Answer> {
    const fields = await parseBody(request.headers.get('content-type'), await request.body())
    const here = await visitOf(request)
    await csrf.check(request, here.found.auth.id)
    const way = wayIn(fields)
    const sent = way === 'passkey' ? fields['passkey'] : (textOf(fields, fieldOf[way]) ?? '')
    const amr = here.ways.includes(way) ? await shown(request, here, way, sent) : null
    if (amr === null) {
      const body = { ways: here.ways }
      throw new AuthenticationFailed('authentication_failed', 'This does not prove who you are.', { body })
    }
    const authenticatedAt = new Date(clock()).toISOString()
    const { given, cookies } = await renewed(here, way, amr)
    return jsonAnswer({ csrfToken: given.csrfToken, authenticatedAt }, 200, cookies)
  }

  /** Who is not signed in goes there and comes back; what else is refused is a page. */
  function page(work: (request: Exchange) => Promise<Answer>): Endpoint {
    return async (request) => {
      try {
        return await work(request)
      } catch (error) {
        if (!(error instanceof AuthError)) throw error
        const next = safeNext(queryOf(request.url, 'next'), home, nextOrigins)
        if (error instanceof NotAuthenticated) return seeOther(`${signInPath}?${new URLSearchParams({ next })}`)
        const another = `${path}other/?${new URLSearchParams({ next })}`
        return createFactorRefusal({ site, secure, clock, another, back: { href: next, text: 'Back' } })(request, error)
      }
    }
  }

  return [
    {
      path,
      methods: {
        GET: page(async (request) => {
          const here = await visitOf(request)
          return seeOther(here.href(here.ways[0] === undefined ? 'other/' : `${here.ways[0]}/`))
        }),
        POST: async (request) => {
          if (isJson(request)) return fromJson(request)
          return page(async () => seeOther(path))(request)
        },
      },
    },
    ...all.map((way) => ({
      path: `${path}${way}/`,
      methods: {
        GET: page(async (request) => {
          const here = await visitOf(request)
          return here.ways.includes(way) ? show(here, way) : seeOther(here.href(''))
        }),
        POST: page(async (request) => fromForm(request, way)),
      },
    })),
    {
      path: `${path}other/`,
      methods: {
        GET: page(async (request) => {
          const here = await visitOf(request)
          const body = await otherWaysPage({
            site,
            ways: here.ways.map((way) => ({ way, href: here.href(`${way}/`) })),
            again: `${signInPath}?${new URLSearchParams({ next: here.next, fresh: '1' })}`,
            againText: 'Sign in anew',
            ...(here.needed !== null && here.ways.length === 0 ? { add: '/account/authenticator/' } : {}),
          })
          return htmlAnswer(body, { secure, keepsOpener: true })
        }),
      },
    },
    {
      path: `${path}options/`,
      methods: {
        POST: async (request) => {
          const { found, ways } = await visitOf(request)
          await csrf.check(request, found.auth.id)
          if (!ways.includes('passkey')) throw new AuthenticationFailed('authentication_failed', 'You have no passkey.')
          return jsonAnswer(await passkeys.request(ceremonyOf(found)))
        },
      },
    },
  ]
}

interface Confirming {
  readonly found: Found<User, SessionAuth>
  readonly next: string
  /** What kind of second factor it has to be, `null` where a password will do. */
  readonly needed: '1' | 'passkey' | null
  readonly ways: readonly Asked[]
  /** A page below, with where it leads in the end. */
  readonly href: (part: string) => string
}

/** How `amr` tells of a second factor (RFC 8176). */
const secondFactorMethods: readonly string[] = ['otp', 'hwk', 'swk', 'mfa']

/** A recovery code is for whoever is not in yet. */
type Asked = Exclude<FactorAsked, 'recovery_code'>

const all: readonly Asked[] = ['passkey', 'totp', 'password']
const fieldOf = { totp: 'code', password: 'password' } as const

function wayIn(fields: BodyFields): Asked {
  if (Object.hasOwn(fields, 'passkey')) return 'passkey'
  if (Object.hasOwn(fields, 'password')) return 'password'
  if (Object.hasOwn(fields, 'code')) return 'totp'
  throw invalid({ code: ['Send a code, a password or a passkey.'] })
}

function ceremonyOf({ principal, auth }: Found<User, SessionAuth>): CeremonyAt {
  return { ceremony: 'confirmation', binding: auth.id, userId: principal.id }
}
