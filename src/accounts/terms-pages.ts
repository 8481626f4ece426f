import { html } from 'hono/html'
import type { Found } from '../core/authenticator.ts'
import { AuthenticationFailed } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import type { Csrf } from '../http/csrf.ts'
import { type Answer, type Endpoint, type Exchange, jsonAnswer } from '../http/exchange.ts'
import type { BodyFields } from '../http/parse-body.ts'
import { requestedBy } from '../http/requested-by.ts'
import { withQuery } from '../http/with-query.ts'
import { hiddenField } from '../pages/components.ts'
import type { Site } from '../pages/layout.ts'
import { otherWays } from '../pages/notice.ts'
import { plainFormPage } from '../pages/plain-form.ts'
import { stepProgress } from '../pages/step-progress.ts'
import { termsField } from '../pages/terms-field.ts'
import type { AcceptedTerms, Terms } from './accepted-terms.ts'
import { browserSession, textOf } from './browser-session.ts'
import type { CompleteSignIn } from './complete-sign-in.ts'
import { type Faults, faultsIn, neededText, problemsOf } from './faults.ts'
import { termsStep } from './forced-steps.ts'
import type { OpenForms } from './open-forms.ts'
import type { PendingSignIn } from './pending-sign-ins.ts'
import type { SessionAuth, Sessions } from './sessions.ts'
import { signInAnswer, signInJson } from './sign-in-answer.ts'

export interface TermsPagesOptions {
  readonly terms: Pick<AcceptedTerms, 'current' | 'accept' | 'isDue'>
  readonly completion: Pick<CompleteSignIn, 'find' | 'stepOf' | 'progress' | 'advance'>
  readonly forms: OpenForms
  readonly sessions: Pick<Sessions, 'cookieName' | 'find'>
  readonly csrf: Pick<Csrf, 'tokenFor'>
  readonly site?: Site
  readonly path?: string
  readonly signInPath?: string
  readonly signOutPath?: string
  readonly home?: string
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * The step of a sign-in in which new terms are accepted; and where a session is held up that is older than the terms: whoever
 * accepts them goes on where they were. Nobody else gets here.
 */
export function createTermsPages(options: TermsPagesOptions): { readonly GET: Endpoint; readonly POST: Endpoint } {
  const { terms, completion, forms, sessions, csrf, site, home = '/', clock = Date.now } = options
  const { path = '/accounts/terms/', signInPath = '/accounts/login/', signOutPath = '/accounts/logout/' } = options

  async function waiting(asked: Exchange): Promise<Waiting | null> {
    const pending = await completion.find(asked)
    const step = pending === null ? null : await completion.stepOf(asked, pending)
    const { current } = terms
    if (current === null) return null
    const version = current.version ?? ''
    if (pending !== null && step?.step === termsStep) return { user: pending.user, pending, current, version }
    const { found } = await browserSession(asked, sessions)
    if (found === null || !(await terms.isDue(found.principal.id))) return null
    return { user: found.principal, found, current, version }
  }

  /** Whoever has accepted them already, as in another tab, goes on; who is not signed in does that. */
  async function lead(asked: Exchange, fields: BodyFields = {}): Promise<Answer> {
    const { found } = await browserSession(asked, sessions)
    return forms.lead(found === null ? signInPath : forms.nextOf(asked, fields))
  }

  async function goOn(asked: Exchange, here: Waiting, fields: BodyFields): Promise<Answer> {
    if (here.pending === undefined) return forms.lead(forms.nextOf(asked, fields))
    const outcome = await completion.advance(asked, here.pending)
    return outcome === null ? forms.lead(signInPath) : signInAnswer(outcome, home)
  }

  async function page(asked: Exchange, here: Waiting, fields: BodyFields = {}, faults: Faults = {}): Promise<Answer> {
    const { user, pending, current, version } = here
    const problems = problemsOf(faults)
    const progress = pending === undefined ? null : stepProgress(await completion.progress(asked, pending))
    const next = pending === undefined ? forms.nextOf(asked, fields) : (pending.next ?? home)
    const again = withQuery(signInPath, { ...forms.carry(next), fresh: '1' })
    return forms.show(
      asked,
      async (hidden) =>
        plainFormPage({
          site,
          title: 'New terms',
          intro: html`${progress ?? ''}
            <p>
              Before you go on as <strong id="account"><bdi>${user.name}</bdi></strong
              >, read the terms that hold now (${version}), and accept them.
            </p>`,
          action: path,
          id: 'accept-terms',
          hidden,
          content: html`${hiddenField('version', version)} ${termsField(current, faults['terms']?.[0])}`,
          button: 'Accept and go on',
          below: html`<p class="quiet after">Without that you are not let in; nothing of your account changes.</p>
            ${otherWays([
              { href: again, text: 'Sign in as somebody else', id: 'again' },
              ...(pending === undefined ? [{ href: signOutPath, text: 'Sign out', id: 'sign-out' }] : []),
            ])}`,
          problems,
        }),
      { status: problems.length > 0 ? 400 : 200, ...(pending === undefined ? { next } : {}) },
    )
  }

  return forms.endpoint({
    GET: async (asked) => {
      const here = await waiting(asked)
      return here === null ? lead(asked) : page(asked, here)
    },
    form: async (asked, fields) => {
      const here = await waiting(asked)
      if (here === null) return lead(asked, fields)
      if (textOf(fields, 'terms') !== 'on') return page(asked, here, fields, { terms: ['Accept the terms to go on.'] })
      try {
        await terms.accept(here.user.id, textOf(fields, 'version') ?? '', actorOf(asked, here))
      } catch (error) {
        return page(asked, here, fields, { terms: faultsIn(error)['version'] ?? [] })
      }
      return goOn(asked, here, fields)
    },
    json: async (asked, fields) => {
      const version = neededText(fields, 'version')
      const here = await waiting(asked)
      if (here === null) throw new AuthenticationFailed('authentication_failed', 'No sign-in is waiting here.')
      await terms.accept(here.user.id, version, actorOf(asked, here))
      if (here.pending === undefined) return jsonAnswer({ csrfToken: csrf.tokenFor(here.found.auth.id) })
      const outcome = await completion.advance(asked, here.pending)
      if (outcome === null) throw new AuthenticationFailed('authentication_failed', 'No sign-in is waiting here.')
      return signInJson(outcome, clock)
    },
  })
}

type Waiting = {
  readonly user: User
  readonly current: Terms
  readonly version: string
} & (
  | { readonly pending: PendingSignIn; readonly found?: undefined }
  | { readonly pending?: undefined; readonly found: Found<User, SessionAuth> }
)

function actorOf(asked: Exchange, { user }: Waiting) {
  return { actor: `user:${user.id}`, ...requestedBy(asked) }
}
