import { html } from 'hono/html'
import { AuthenticationFailed } from '../core/errors.ts'
import type { Answer, Endpoint, Exchange } from '../http/exchange.ts'
import { requestedBy } from '../http/requested-by.ts'
import type { Site } from '../pages/layout.ts'
import { stepProgress } from '../pages/step-progress.ts'
import { newPasswordPage } from '../pages/new-password.ts'
import { textOf } from './browser-session.ts'
import type { CompleteSignIn } from './complete-sign-in.ts'
import { type Faults, faultsIn, newPasswordIn, problemsOf } from './faults.ts'
import { changePasswordStep } from './forced-steps.ts'
import type { OpenForms } from './open-forms.ts'
import type { PendingSignIn } from './pending-sign-ins.ts'
import type { RequiredPasswords } from './required-passwords.ts'
import { signInAnswer, signInJson } from './sign-in-answer.ts'

export interface RequiredPasswordPagesOptions {
  readonly required: Pick<RequiredPasswords, 'choose'>
  readonly completion: Pick<CompleteSignIn, 'find' | 'stepOf' | 'progress' | 'advance'>
  readonly forms: OpenForms
  readonly site?: Site
  /** The fewest characters of a password (8). */
  readonly minLength?: number
  readonly path?: string
  readonly signInPath?: string
  readonly home?: string
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** The step of a sign-in in which another password has to be chosen. Only a sign-in that waits for it gets here. */
export function createRequiredPasswordPages(options: RequiredPasswordPagesOptions): {
  readonly GET: Endpoint
  readonly POST: Endpoint
} {
  const { required, completion, forms, site, minLength = 8, home = '/', clock = Date.now } = options
  const { path = '/accounts/password/required/', signInPath = '/accounts/login/' } = options

  async function waiting(asked: Exchange): Promise<PendingSignIn | null> {
    const pending = await completion.find(asked)
    const step = pending === null ? null : await completion.stepOf(asked, pending)
    return step?.step === changePasswordStep ? pending : null
  }

  async function page(asked: Exchange, pending: PendingSignIn, faults: Faults = {}): Promise<Answer> {
    const problems = problemsOf(faults)
    const progress = await completion.progress(asked, pending)
    return forms.show(
      asked,
      async (hidden) =>
        newPasswordPage({
          site,
          intro: html`${stepProgress(progress)}
            <p>Before you go on, choose another password: the one that you have is not to be used any more.</p> `,
          action: path,
          hidden,
          username: pending.user.name,
          minLength,
          button: 'Set it and go on',
          problems,
        }),
      { status: problems.length > 0 ? 400 : 200 },
    )
  }

  return forms.endpoint({
    GET: async (asked) => {
      const pending = await waiting(asked)
      return pending === null ? forms.lead(signInPath) : page(asked, pending)
    },
    form: async (asked, fields) => {
      const pending = await waiting(asked)
      if (pending === null) return forms.lead(signInPath)
      try {
        await required.choose(pending.user.id, textOf(fields, 'new_password') ?? '', actorOf(asked, pending))
      } catch (error) {
        return page(asked, pending, faultsIn(error))
      }
      const outcome = await completion.advance(asked, pending)
      return outcome === null ? forms.lead(signInPath) : signInAnswer(outcome, home)
    },
    json: async (asked, fields) => {
      const { password, field } = newPasswordIn(fields)
      const pending = await waiting(asked)
      if (pending === null) throw new AuthenticationFailed('authentication_failed', 'No sign-in is waiting here.')
      await required.choose(pending.user.id, password, actorOf(asked, pending), field)
      const outcome = await completion.advance(asked, pending)
      if (outcome === null) throw new AuthenticationFailed('authentication_failed', 'No sign-in is waiting here.')
      return signInJson(outcome, clock)
    },
  })
}

function actorOf(asked: Exchange, { user }: PendingSignIn) {
  return { actor: `user:${user.id}`, ...requestedBy(asked) }
}
