import { html } from 'hono/html'
import { AuthenticationFailed } from '../core/errors.ts'
import type { Answer, Endpoint, Exchange } from '../http/exchange.ts'
import { hiddenField } from '../pages/components.ts'
import type { Site } from '../pages/layout.ts'
import { otherWays } from '../pages/notice.ts'
import { plainFormPage } from '../pages/plain-form.ts'
import { stepProgress } from '../pages/step-progress.ts'
import { termsField } from '../pages/terms-field.ts'
import type { AcceptedTerms, Terms } from './accepted-terms.ts'
import { byOf, textOf } from './browser-session.ts'
import type { CompleteSignIn } from './complete-sign-in.ts'
import { type Faults, faultsIn, neededText, problemsOf } from './faults.ts'
import { termsStep } from './forced-steps.ts'
import type { OpenForms } from './open-forms.ts'
import type { PendingSignIn } from './pending-sign-ins.ts'
import { signInAnswer, signInJson } from './sign-in-answer.ts'

export interface TermsPagesOptions {
  readonly terms: Pick<AcceptedTerms, 'current' | 'accept'>
  readonly completion: Pick<CompleteSignIn, 'find' | 'stepOf' | 'progress' | 'advance'>
  readonly forms: OpenForms
  readonly site?: Site
  readonly path?: string
  readonly signInPath?: string
  readonly home?: string
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** The step of a sign-in in which new terms are accepted. Only a sign-in that waits for it gets here. */
export function createTermsPages(options: TermsPagesOptions): { readonly GET: Endpoint; readonly POST: Endpoint } {
  const { terms, completion, forms, site, home = '/', clock = Date.now } = options
  const { path = '/accounts/terms/', signInPath = '/accounts/login/' } = options

  async function waiting(asked: Exchange): Promise<Waiting | null> {
    const pending = await completion.find(asked)
    const step = pending === null ? null : await completion.stepOf(asked, pending)
    const { current } = terms
    if (pending === null || current === null || step?.step !== termsStep) return null
    return { pending, current, version: current.version ?? '' }
  }

  async function page(asked: Exchange, { pending, current, version }: Waiting, faults: Faults = {}): Promise<Answer> {
    const problems = problemsOf(faults)
    const progress = await completion.progress(asked, pending)
    const again = forms.withQuery(signInPath, { ...forms.carry(pending.next ?? home), fresh: '1' })
    return forms.show(
      asked,
      async (hidden) =>
        plainFormPage({
          site,
          title: 'New terms',
          intro: html`${stepProgress(progress)}
            <p>
              Before you go on as <strong id="account"><bdi>${pending.user.name}</bdi></strong
              >, read the terms that hold now (${version}), and accept them.
            </p>`,
          action: path,
          id: 'accept-terms',
          hidden,
          content: html`${hiddenField('version', version)} ${termsField(current, faults['terms']?.[0])}`,
          button: 'Accept and go on',
          below: html`<p class="quiet after">Without that you are not let in; nothing of your account changes.</p>
            ${otherWays([{ href: again, text: 'Sign in as somebody else', id: 'again' }])}`,
          problems,
        }),
      { status: problems.length > 0 ? 400 : 200 },
    )
  }

  return forms.endpoint({
    GET: async (asked) => {
      const here = await waiting(asked)
      return here === null ? forms.lead(signInPath) : page(asked, here)
    },
    form: async (asked, fields) => {
      const here = await waiting(asked)
      if (here === null) return forms.lead(signInPath)
      if (textOf(fields, 'terms') !== 'on') return page(asked, here, { terms: ['Accept the terms to go on.'] })
      try {
        await terms.accept(here.pending.user.id, textOf(fields, 'version') ?? '', actorOf(asked, here))
      } catch (error) {
        return page(asked, here, { terms: faultsIn(error)['version'] ?? [] })
      }
      const outcome = await completion.advance(asked, here.pending)
      return outcome === null ? forms.lead(signInPath) : signInAnswer(outcome, home)
    },
    json: async (asked, fields) => {
      const version = neededText(fields, 'version')
      const here = await waiting(asked)
      if (here === null) throw new AuthenticationFailed('authentication_failed', 'No sign-in is waiting here.')
      await terms.accept(here.pending.user.id, version, actorOf(asked, here))
      const outcome = await completion.advance(asked, here.pending)
      if (outcome === null) throw new AuthenticationFailed('authentication_failed', 'No sign-in is waiting here.')
      return signInJson(outcome, clock)
    },
  })
}

interface Waiting {
  readonly pending: PendingSignIn
  readonly current: Terms
  readonly version: string
}

function actorOf(asked: Exchange, { pending: { user } }: Waiting) {
  return { actor: `user:${user.id}`, ...byOf(asked) }
}
