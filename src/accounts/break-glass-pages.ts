import { html } from 'hono/html'
import { AuthenticationFailed, Throttled } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import type { Answer, Endpoint, Exchange } from '../http/exchange.ts'
import { requestedBy } from '../http/requested-by.ts'
import { field } from '../pages/components.ts'
import type { Site } from '../pages/layout.ts'
import { otherWays } from '../pages/notice.ts'
import { plainFormPage } from '../pages/plain-form.ts'
import { textOf } from './browser-session.ts'
import type { BreakGlass } from './break-glass.ts'
import type { CompleteSignIn, SignInOutcome } from './complete-sign-in.ts'
import { neededText } from './faults.ts'
import type { OpenForms } from './open-forms.ts'
import { signInAnswer, signInJson } from './sign-in-answer.ts'

/** What slows guessing. Where nobody can count, codes are tried all the same: they are too long to be guessed. */
export interface BreakGlassGuard {
  readonly attempt: (guess: {
    readonly account: string
    readonly address: string | null
  }) => Promise<{ readonly succeeded: () => Promise<void> }>
}

export interface BreakGlassPagesOptions {
  readonly breakGlass: Pick<BreakGlass, 'use'>
  readonly completion: Pick<CompleteSignIn, 'complete'>
  readonly guard: BreakGlassGuard
  readonly forms: OpenForms
  readonly site?: Site
  /** For how many seconds somebody is signed in by it (1800). */
  readonly lifetime?: number
  readonly path?: string
  readonly signInPath?: string
  /** Where it leads (/admin/). */
  readonly home?: string
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Signing in by a code for emergencies: by page and by JSON. */
export function createBreakGlassPages(options: BreakGlassPagesOptions): {
  readonly GET: Endpoint
  readonly POST: Endpoint
} {
  const { breakGlass, completion, guard, forms, site, lifetime = 1800, home = '/admin/', clock = Date.now } = options
  const { path = '/accounts/break-glass/', signInPath = '/accounts/login/' } = options

  async function page(request: Exchange, username = '', problem: string | null = null): Promise<Answer> {
    return forms.show(
      request,
      async (hidden) =>
        plainFormPage({
          site,
          title: 'Sign in by a code for emergencies',
          intro: html`<p>
            For administrators who have lost every other way. The code is used up, you are signed in for
            ${lifetime / 60} minutes, and all administrators are told.
          </p>`,
          action: path,
          id: 'break-glass',
          hidden,
          content: html`${field({
            id: 'id_username',
            name: 'username',
            label: 'Username or e-mail address',
            type: 'text',
            autocomplete: 'username',
            maxLength: 254,
            value: username,
            autofocus: problem === null,
          })}
          ${field({
            id: 'id_code',
            name: 'code',
            label: 'Code',
            type: 'text',
            autocomplete: 'off',
            maxLength: 100,
            hint: 'Six groups of five characters. Capitals and blanks do not matter.',
            wrong: problem ?? undefined,
          })}`,
          button: 'Sign in',
          below: otherWays([{ href: signInPath, text: 'Sign in another way', id: 'back-to-sign-in' }]),
          problems: problem === null ? [] : [{ message: problem, field: 'id_code' }],
        }),
      { status: problem === null ? 200 : 400 },
    )
  }

  async function attempt(request: Exchange, username: string, code: string): Promise<SignInOutcome | null> {
    const { address } = request
    const counted = await counting(guard, { account: `break_glass:${username.trim().toLowerCase()}`, address })
    // Before the code is looked at: what ends sessions meanwhile ends this one too.
    const authenticatedAt = Math.floor(clock())
    const user: User | null = await breakGlass.use(username, code, requestedBy(request))
    if (user === null) return null
    await counted?.succeeded()
    return completion.complete(request, { user, amr: ['break_glass'], authenticatedAt, emergency: { lifetime } })
  }

  return forms.endpoint({
    GET: async (request) => page(request),
    form: async (request, fields) => {
      const [username, code] = [textOf(fields, 'username') ?? '', textOf(fields, 'code') ?? '']
      if (username.trim() === '' || code.trim() === '') {
        return page(request, username, 'Type in the username and a code.')
      }
      const outcome = await attempt(request, username, code)
      return outcome === null ? page(request, username, wrong) : signInAnswer(outcome, home)
    },
    json: async (request, fields) => {
      const outcome = await attempt(request, neededText(fields, 'username'), neededText(fields, 'code'))
      if (outcome === null) throw new AuthenticationFailed('authentication_failed', wrong)
      return signInJson(outcome, clock)
    },
  })
}

/** Alike for a code that is wrong or used, for a name that is nobody's, and for an account that is disabled or no superuser's. */
const wrong = 'That is no code of this account that can be used. Each works once.'

/** An emergency must not fail because the counters are gone. Without them, 150 bits are as good as with. */
async function counting(
  guard: BreakGlassGuard,
  guess: { readonly account: string; readonly address: string | null },
): Promise<{ readonly succeeded: () => Promise<void> } | null> {
  try {
    return await guard.attempt(guess)
  } catch (error) {
    if (error instanceof Throttled) throw error
    return null
  }
}
