import { html } from 'hono/html'
import { AuthenticationFailed } from '../../core/errors.ts'
import { type Answer, type Endpoint, type Exchange, jsonAnswer } from '../../http/exchange.ts'
import { requestedBy } from '../../http/requested-by.ts'
import { withQuery } from '../../http/with-query.ts'
import type { Site } from '../../pages/layout.ts'
import { stepProgress } from '../../pages/step-progress.ts'
import { emailField } from '../../pages/new-password.ts'
import { otherWays } from '../../pages/notice.ts'
import { plainFormPage } from '../../pages/plain-form.ts'
import { queryOf, textOf } from '../browser-session.ts'
import type { CompleteSignIn } from '../complete-sign-in.ts'
import { type Faults, faultsIn, neededText, problemsOf } from '../faults.ts'
import { verifyEmailStep } from '../forced-steps.ts'
import type { OpenForms } from '../open-forms.ts'
import { signInAnswer, signInJson } from '../sign-in-answer.ts'
import { deadLinkPage } from './dead-link.ts'
import type { EmailVerifications } from './email-verifications.ts'
import { createLinkCookie } from './link-cookie.ts'

export interface EmailVerificationPagesOptions {
  readonly verifications: EmailVerifications
  readonly forms: OpenForms
  readonly completion: Pick<CompleteSignIn, 'find' | 'stepOf' | 'progress' | 'advance'>
  readonly site?: Site
  /** Whether browsers reach this site by https (true). */
  readonly secure?: boolean
  readonly path?: string
  readonly resendPath?: string
  readonly pendingPath?: string
  readonly signInPath?: string
  readonly home?: string
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

interface Endpoints {
  readonly GET: Endpoint
  readonly POST: Endpoint
}

/**
 * Where the link of a mail leads, where another is asked for, and what a sign-in shows that waits for it. Opening a link does
 * nothing: programs that look into mail open links too. It takes a click.
 */
export function createEmailVerificationPages(options: EmailVerificationPagesOptions): {
  readonly confirm: Endpoints
  readonly resend: Endpoints
  readonly pending: Endpoints
} {
  const { verifications, forms, completion, site, secure = true, home = '/', clock = Date.now } = options
  const { path = '/accounts/verify-email/', resendPath = '/accounts/verify-email/resend/' } = options
  const { pendingPath = '/accounts/verify-email/pending/', signInPath = '/accounts/login/' } = options
  const link = createLinkCookie({ name: 'verify', secure, lifetime: 3600 })
  const signIn = { href: signInPath, text: 'Sign in', id: 'back-to-sign-in' }

  /** Whether the browser has a sign-in that waits for this. */
  async function waiting(asked: Exchange) {
    const pending = await completion.find(asked)
    return pending === null ? null : { pending, step: await completion.stepOf(asked, pending) }
  }

  async function askPage(asked: Exchange): Promise<Answer> {
    const found = await verifications.find(link.read(asked))
    if (found === null) {
      const says =
        'The link was used already, is too old, or is not the whole of it. Once is enough: the address may be confirmed.'
      const links = [signIn, { href: resendPath, text: 'Ask for a new link', id: 'ask-again' }]
      return deadLinkPage(forms, asked, { says, links, cleared: link.clear() })
    }
    return forms.show(asked, async (hidden) =>
      plainFormPage({
        site,
        title: 'Confirm your e-mail address',
        intro: html`<p>
          Confirm that you read mail at <strong id="address"><bdi>${found.email}</bdi></strong
          >.
        </p>`,
        action: path,
        id: 'verify',
        hidden,
        button: 'Confirm',
      }),
    )
  }

  const confirm: Endpoints = forms.endpoint({
    GET: async (asked) => {
      const moved = link.moved(asked)
      if (moved !== null) return moved
      if (queryOf(asked.url, 'done') === null) return askPage(asked)
      const isWaiting = (await waiting(asked)) !== null
      const onward = withQuery(signInPath, forms.carry(forms.nextOf(asked)))
      const links = [
        isWaiting ? { href: pendingPath, text: 'Go on', id: 'go-on' } : { href: onward, text: 'Sign in', id: 'go-on' },
      ]
      const says = ['Your e-mail address is confirmed.']
      return forms.notice(asked, { title: 'Thank you', says, links })
    },
    form: async (asked) => {
      try {
        const { next } = await verifications.confirm(link.read(asked), requestedBy(asked))
        const onward = forms.carry(forms.nextOf(asked, { next: next ?? '' }))
        return forms.lead(path, { done: '1', ...onward }, [link.clear()])
      } catch (error) {
        faultsIn(error)
        return askPage(asked)
      }
    },
    json: async (asked, fields) => {
      const { email, next } = await verifications.confirm(neededText(fields, 'key', 'token'), requestedBy(asked))
      return jsonAnswer({ detail: 'The e-mail address is confirmed.', email, next })
    },
  })

  async function resendPage(asked: Exchange, email: string, next: string, faults: Faults = {}): Promise<Answer> {
    const problems = problemsOf(faults)
    const back = { href: withQuery(signInPath, forms.carry(next)), text: 'Back to sign in', id: signIn.id }
    return forms.show(
      asked,
      async (hidden) =>
        plainFormPage({
          site,
          title: 'Confirm your e-mail address',
          intro: html`<p>Enter the address that you signed up with. Another link is mailed there.</p>`,
          action: resendPath,
          id: 'resend',
          hidden,
          content: emailField(email, problems),
          button: 'Mail me a link',
          below: otherWays([back]),
          problems,
        }),
      { status: problems.length > 0 ? 400 : 200, next },
    )
  }

  const resend: Endpoints = forms.endpoint({
    GET: async (asked) => {
      const next = forms.nextOf(asked)
      if (queryOf(asked.url, 'done') === null) return resendPage(asked, '', next)
      const says = ['If there is an account with that address which is not confirmed, a link is on its way.']
      const links = [{ ...signIn, href: withQuery(signInPath, forms.carry(next)) }]
      return forms.notice(asked, { title: 'Look at your mail', says, links })
    },
    form: async (asked, fields) => {
      const [email, next] = [textOf(fields, 'email') ?? '', forms.nextOf(asked, fields)]
      try {
        await verifications.request(email, requestedBy(asked), next)
      } catch (error) {
        return resendPage(asked, email, next, faultsIn(error))
      }
      return forms.lead(resendPath, { done: '1', ...forms.carry(next) })
    },
    json: async (asked, fields) => {
      await verifications.request(neededText(fields, 'email'), requestedBy(asked), forms.nextOf(asked, fields))
      return jsonAnswer({
        detail: 'If there is an account with this address that is not confirmed, a link was mailed to it.',
      })
    },
  })

  const pending: Endpoints = forms.endpoint({
    GET: async (asked) => {
      const found = await waiting(asked)
      if (found === null) return forms.lead(signInPath)
      const { step } = found
      const isDone = step?.step !== verifyEmailStep
      const email = typeof step?.detail['email'] === 'string' ? step.detail['email'] : ''
      const isSent = queryOf(asked.url, 'sent') !== null
      const progress = await completion.progress(asked, found.pending)
      return forms.show(asked, async (hidden) =>
        plainFormPage({
          site,
          title: isDone ? 'Your address is confirmed' : 'Confirm your e-mail address first',
          intro: isDone
            ? ''
            : html`${stepProgress(progress)}
                <p id="notice" role="status">
                  ${isSent ? 'Another link was mailed' : 'A link was mailed'} to
                  <strong id="address"><bdi>${email}</bdi></strong
                  >. Open it, and confirm the address; then go on here.
                </p>
                <p>If nothing comes, look among unwanted mail, or ask for another link.</p> `,
          action: pendingPath,
          id: 'go-on',
          hidden: [...hidden, ['action', 'go-on']],
          button: 'Go on',
          below: isDone
            ? ''
            : html`<form method="post" action="${pendingPath}" id="again" class="below">
                ${hidden.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
                <input type="hidden" name="action" value="again" />
                <button class="button second" type="submit" id="again-submit">Mail me another link</button>
              </form>`,
        }),
      )
    },
    form: async (asked, fields) => {
      const found = await waiting(asked)
      if (found === null) return forms.lead(signInPath)
      if (textOf(fields, 'action') === 'again') {
        await verifications.send(found.pending.user.id, requestedBy(asked), found.pending.next)
        return forms.lead(pendingPath, { sent: '1' })
      }
      if (found.step?.step === verifyEmailStep) return forms.lead(pendingPath)
      const outcome = await completion.advance(asked, found.pending)
      return outcome === null ? forms.lead(signInPath) : signInAnswer(outcome, home)
    },
    json: async (asked) => {
      const found = await waiting(asked)
      const outcome = found === null ? null : await goOn(asked, found)
      if (outcome === null) throw new AuthenticationFailed('authentication_failed', 'No sign-in is waiting here.')
      return signInJson(outcome, clock)
    },
  })

  async function goOn(asked: Exchange, { pending: one, step }: NonNullable<Awaited<ReturnType<typeof waiting>>>) {
    if (step?.step !== verifyEmailStep) return completion.advance(asked, one)
    throw new AuthenticationFailed('sign_in_incomplete', undefined, { body: { next: step.step, ...step.detail } })
  }

  return { confirm, resend, pending }
}
