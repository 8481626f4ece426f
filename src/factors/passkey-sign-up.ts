import { deadLinkPage } from '../accounts/by-mail/dead-link.ts'
import { createLinkCookie } from '../accounts/by-mail/link-cookie.ts'
import { createSignUpForms, typedIn } from '../accounts/by-mail/sign-up-forms.ts'
import type { SignUps } from '../accounts/by-mail/sign-ups.ts'
import { textOf } from '../accounts/browser-session.ts'
import type { CompleteSignIn, SignInOutcome } from '../accounts/complete-sign-in.ts'
import { neededText } from '../accounts/faults.ts'
import type { OpenForms } from '../accounts/open-forms.ts'
import { signInAnswer, signInJson } from '../accounts/sign-in-answer.ts'
import { AuthError, RequestRefused } from '../core/errors.ts'
import { type Answer, type Exchange, jsonAnswer } from '../http/exchange.ts'
import { requestedBy } from '../http/requested-by.ts'
import { withQuery } from '../http/with-query.ts'
import { factorAddedPage } from '../pages/add-factor.ts'
import { htmlAnswer } from '../pages/html-answer.ts'
import type { Site } from '../pages/layout.ts'
import { passkeyFirstPage, passkeySignUpPage } from '../pages/passkey-sign-up.ts'
import type { FactorRoute } from './factor-route.ts'
import { jsonOrNull } from './passkey-answers.ts'
import type { PasskeySignUps } from './passkey-sign-ups.ts'

export interface PasskeySignUpRoutesOptions {
  readonly signUps: SignUps
  readonly passkeySignUps: PasskeySignUps
  readonly completion: Pick<CompleteSignIn, 'complete'>
  readonly forms: OpenForms
  readonly site?: Site
  /** Whether browsers reach this site by https (true). */
  readonly secure?: boolean
  readonly path?: string
  readonly signUpPath?: string
  readonly signInPath?: string
  readonly resetPath?: string
  readonly home?: string
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * Signing up with a passkey in place of a password. What is answered first is the same for every address: look at your mail. The link
 * of that mail leads to the passkey, and in. A script sends `{ email }`, then `{ key }` to `options/`, and `{ key, passkey }`.
 */
export function passkeySignUpRoutes(options: PasskeySignUpRoutesOptions): readonly FactorRoute[] {
  const { signUps, passkeySignUps, completion, forms, site, secure = true, home = '/', clock = Date.now } = options
  const { path = '/accounts/sign-up/passkey/', signUpPath = '/accounts/sign-up/' } = options
  const { signInPath = '/accounts/login/', resetPath = '/accounts/password/reset/' } = options
  const confirmPath = `${path}confirm/`
  const link = createLinkCookie({ name: 'passkeysignup', secure })

  const request = createSignUpForms({
    signUps,
    forms,
    site,
    path,
    signInPath,
    // That page says why nobody may.
    closed: async (_asked, next) => forms.lead(signUpPath, forms.carry(next)),
    page: async (form, _next, onTo) => passkeySignUpPage({ ...form, byPassword: onTo(signUpPath) }),
    says: [
      'A mail is on its way to you. Open its link on the device that you want to sign in with, and make the passkey there.',
      'If you had an account before, the mail says so, and nothing was changed.',
    ],
    sent: (fields) => ({ ...typedIn(fields), email: neededText(fields, 'email'), accepts: fields['terms'] === true }),
    signUp: async (asked, values) => signUps.signUp({ ...values, isByPasskey: true }, requestedBy(asked)),
  })

  async function makePage(asked: Exchange, problem: string | null = null): Promise<Answer> {
    const waiting = await passkeySignUps.find(link.read(asked))
    if (waiting === null) {
      const links = [
        { href: signInPath, text: 'Sign in', id: 'back-to-sign-in' },
        { href: resetPath, text: 'Choose a password by mail', id: 'choose-password' },
      ]
      const says = 'The link was used already, is too old, or is not the whole of it.'
      return deadLinkPage(forms, asked, { says, links, cleared: link.clear() })
    }
    const { email, user } = waiting
    const creation = await passkeySignUps.creation(waiting)
    return forms.show(
      asked,
      async (hidden) =>
        passkeyFirstPage({
          site,
          action: confirmPath,
          renews: `${path}options/`,
          hidden,
          email,
          name: user.name,
          options: creation,
          byPassword: withQuery(resetPath, { email }),
          problem,
        }),
      { status: problem === null ? 200 : 400, next: waiting.next ?? home },
    )
  }

  /** Two proofs stand behind it: mail that was read, and a passkey that was made here. */
  async function complete(asked: Exchange, key: string, made: { answer: unknown; name: string | null }) {
    const authenticatedAt = Math.floor(clock())
    const { user, passkey, recoveryCodes, next } = await passkeySignUps.complete(key, made, requestedBy(asked))
    const amr = ['email', passkey.isSynced ? 'swk' : 'hwk', 'mfa']
    const onward = forms.nextOf(asked, { next: next ?? '' })
    const outcome = await completion.complete(asked, { user, amr, authenticatedAt, next: onward })
    return { outcome, recoveryCodes, name: user.name }
  }

  async function addedPage(outcome: SignInOutcome, codes: readonly string[], name: string): Promise<Answer> {
    const onward = outcome.kind === 'signed_in' ? (outcome.next ?? home) : outcome.path
    const body = await factorAddedPage({ site: site ?? {}, codes, name, onward })
    return htmlAnswer(body, { secure, keepsOpener: true, headers: [...outcome.headers, link.clear()] })
  }

  const confirm = forms.endpoint({
    GET: async (asked) => link.moved(asked) ?? makePage(asked),
    form: async (asked, fields) => {
      const made = { answer: jsonOrNull(textOf(fields, 'passkey') ?? ''), name: textOf(fields, 'name') }
      try {
        const { outcome, recoveryCodes, name } = await complete(asked, link.read(asked), made)
        if (recoveryCodes !== null) return await addedPage(outcome, recoveryCodes, name)
        const answer = signInAnswer(outcome, home)
        return { ...answer, headers: [...answer.headers, link.clear()] }
      } catch (error) {
        if (!(error instanceof AuthError) || (error.code !== 'invalid' && error.code !== 'conflict')) throw error
        return makePage(asked, 'This passkey was not accepted, or it took more than five minutes. Try again.')
      }
    },
    json: async (asked, fields) => {
      const key = neededText(fields, 'key', 'token')
      const made = { answer: fields['passkey'] ?? {}, name: textOf(fields, 'name') }
      const { outcome, recoveryCodes } = await complete(asked, key, made)
      // Though another step may be due, these are shown now or never.
      if (outcome.kind === 'step_due')
        return jsonAnswer({ next: outcome.step, ...outcome.detail, recoveryCodes }, 200, outcome.headers)
      const done = signInJson(outcome, clock)
      return { ...done, body: JSON.stringify({ ...(JSON.parse(done.body) as object), recoveryCodes }) }
    },
  })

  const renewed = forms.endpoint({
    GET: async () => forms.lead(confirmPath),
    form: async () => forms.lead(confirmPath),
    json: async (asked, fields) => {
      // The script of the page has the link in a cookie, others send it.
      const key = textOf(fields, 'key') ?? link.read(asked)
      const waiting = await passkeySignUps.find(key)
      if (waiting === null) throw new RequestRefused('not_found', 'This link does not work any more.')
      return jsonAnswer(await passkeySignUps.creation(waiting))
    },
  })

  return [
    { path, methods: { ...request } },
    { path: confirmPath, methods: { ...confirm } },
    { path: `${path}options/`, methods: { POST: renewed.POST } },
  ]
}
