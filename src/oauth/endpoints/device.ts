import { browserSession, isJson, queryOf, textOf, withFields } from '../../accounts/browser-session.ts'
import { addressWhenHeld, type FindHold } from '../../accounts/held-up.ts'
import type { SessionAuth, Sessions } from '../../accounts/sessions.ts'
import type { Found } from '../../core/authenticator.ts'
import { AuthError, RequestRefused, Throttled } from '../../core/errors.ts'
import type { User } from '../../core/identity.ts'
import type { Csrf } from '../../http/csrf.ts'
import type { Answer, Endpoint, Exchange } from '../../http/exchange.ts'
import { type BodyFields, parseBody } from '../../http/parse-body.ts'
import { seeOther } from '../../http/see-other.ts'
import { deviceCodePage, type DeviceCodePage } from '../../pages/device-code.ts'
import { deviceDonePage } from '../../pages/device-done.ts'
import { errorPage } from '../../pages/error.ts'
import { htmlAnswer } from '../../pages/html-answer.ts'
import type { Site } from '../../pages/layout.ts'
import { tooManyPage } from '../../pages/too-many.ts'
import { type DeviceDecisions, deviceField } from '../device-decisions.ts'
import { decisionField, scopeField } from '../sent-request.ts'
import type { UserCodeGuesses } from '../user-code-guesses.ts'
import { formatUserCode, readUserCode } from '../user-code.ts'

export interface DeviceEndpointsOptions {
  readonly decisions: DeviceDecisions
  readonly guesses: UserCodeGuesses
  readonly sessions: Pick<Sessions, 'cookieName' | 'find'>
  readonly csrf: Csrf
  readonly site?: Site
  readonly secure?: boolean
  /** Where these endpoints are, such as `/o/device/`. */
  readonly path: string
  /** Where people sign in (/accounts/login/). */
  readonly signInPath?: string
  /** What somebody has to do before they decide anything here, since a rule is newer than their session (nothing). */
  readonly held?: FindHold | undefined
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** The pages where people tell which device is theirs, and whether it may (RFC 8628, section 3.3). They need a session. */
export interface DeviceEndpoints {
  readonly GET: Endpoint
  /** Takes the code, and then the decision. */
  readonly POST: Endpoint
  readonly done: Endpoint
  readonly denied: Endpoint
}

export function deviceEndpoints(options: DeviceEndpointsOptions): DeviceEndpoints {
  const { decisions, guesses, sessions, csrf, site = {}, secure = true, path, clock = Date.now } = options
  const { signInPath = '/accounts/login/', held: findHold = async () => null } = options

  async function askForCode(
    { auth }: Found<User, SessionAuth>,
    page: Pick<DeviceCodePage, 'userCode' | 'problem'> = {},
    status = 200,
  ): Promise<Answer> {
    const token = csrf.tokenFor(auth.id)
    const body = await deviceCodePage({ site, action: path, csrf: { name: csrf.fieldName, token }, ...page })
    return htmlAnswer(body, { status, secure, headers: [['set-cookie', csrf.cookie(token)]] })
  }

  /** The only place where a code is looked up: each time counts, unless a device waits with it. */
  async function enter(exchange: Exchange, signedIn: Found<User, SessionAuth>, typed: string): Promise<Answer> {
    const code = readUserCode(typed)
    // What cannot be a code is no guess at one.
    if (code === null) {
      const problem = typed.trim() === '' ? 'missing' : 'unknown'
      return askForCode(signedIn, { userCode: typed.slice(0, 64), problem }, 400)
    }
    const device = await guesses.counted(exchange, signedIn.principal.id, async () => decisions.find(code))
    const userCode = formatUserCode(code)
    if (device === null) return askForCode(signedIn, { userCode, problem: 'unknown' }, 400)
    const otherUser = toSignIn({ userCode, fresh: true })
    return htmlAnswer(await decisions.page(device, { ...signedIn, userCode, otherUser }), { secure })
  }

  async function decide(exchange: Exchange, signedIn: Found<User, SessionAuth>, fields: BodyFields): Promise<Answer> {
    const decision = textOf(fields, decisionField)
    if (decision !== 'allow' && decision !== 'deny') {
      throw new RequestRefused('invalid_request', 'The decision has to be one of the two buttons.')
    }
    const decided = await decisions.decide(exchange, signedIn, fields, decision)
    return seeOther(`${path}${decided === 'allow' ? 'done' : 'denied'}/`)
  }

  /** Where somebody goes on with a code, after they did what a newer rule wants of them; `null`: it wants nothing. */
  async function release(
    exchange: Exchange,
    signedIn: Found<User, SessionAuth>,
    userCode: string | null,
  ): Promise<Answer | null> {
    const held = await findHold(exchange, signedIn)
    const { name } = signedIn.principal
    return held === null ? null : seeOther(addressWhenHeld(held, { next: withCode(userCode), name, signInPath }))
  }

  function withCode(userCode: string | null | undefined): string {
    return userCode ? `${path}?${new URLSearchParams({ user_code: userCode })}` : path
  }

  function toSignIn({ userCode, fresh = false }: { userCode?: string | null; fresh?: boolean }): string {
    const next = withCode(userCode)
    return `${signInPath}?${new URLSearchParams({ next, ...(fresh ? { fresh: '1' } : {}) })}`
  }

  /** Refusals are pages here, with a way back to the code. */
  async function onPage(exchange: Exchange, act: () => Promise<Answer>): Promise<Answer> {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof AuthError) || error.status >= 500) throw error
      const { status, code, message: detail, headers = {} } = error
      const quoted = { site, code, requestId: exchange.requestId ?? null, time: clock() }
      const link = { href: path, text: 'Back to the code' }
      const page =
        error instanceof Throttled
          ? await tooManyPage({ ...quoted, wait: error.wait, again: path, guessed: 'device code' })
          : await errorPage({ ...quoted, status, detail, link })
      return htmlAnswer(page, { status, secure, headers: Object.entries(headers) })
    }
  }

  return {
    GET: async (exchange) => {
      const userCode = shownCode(queryOf(exchange.url, 'user_code') ?? '')
      const { found } = await browserSession(exchange, sessions)
      // A code that comes with the address is only filled in, so that nobody decides by following a link (section 3.3.1).
      if (found === null) return seeOther(toSignIn({ userCode }))
      return (await release(exchange, found, userCode)) ?? askForCode(found, userCode === null ? {} : { userCode })
    },

    POST: async (exchange) =>
      onPage(exchange, async () => {
        if (isJson(exchange)) throw new RequestRefused('unsupported_media_type')
        const lists = [scopeField]
        const fields = await parseBody(exchange.headers.get('content-type'), await exchange.body(), { lists })
        const { found } = await browserSession(exchange, sessions)
        const typed = textOf(fields, 'user_code') ?? ''
        if (found === null) return seeOther(toSignIn({ userCode: shownCode(typed) }))
        await csrf.check(withFields(exchange, fields), found.auth.id)
        const released = await release(exchange, found, shownCode(typed))
        if (released !== null) return released
        const isDecision = decisionField in fields || deviceField in fields
        return isDecision ? decide(exchange, found, fields) : enter(exchange, found, typed)
      }),

    done: async () => htmlAnswer(await deviceDonePage({ site, decision: 'allow' }), { secure }),
    denied: async () => htmlAnswer(await deviceDonePage({ site, decision: 'deny' }), { secure }),
  }
}

/** As it is shown, `null` for what is none. */
function shownCode(typed: string): string | null {
  const code = readUserCode(typed)
  return code === null ? null : formatUserCode(code)
}
