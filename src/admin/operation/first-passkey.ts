import type { CompleteSignIn } from '../../accounts/complete-sign-in.ts'
import { forPeople, type PageRefusal } from '../../accounts/page-refusal.ts'
import { signInAnswer } from '../../accounts/sign-in-answer.ts'
import { AuthError } from '../../core/errors.ts'
import { jsonOrNull } from '../../factors/passkey-answers.ts'
import type { PasskeySetUp } from '../../factors/passkey-set-up.ts'
import { type Answer, type Endpoint, jsonAnswer } from '../../http/exchange.ts'
import { requestedBy } from '../../http/requested-by.ts'
import { factorAddedPage } from '../../pages/add-factor.ts'
import { htmlAnswer } from '../../pages/html-answer.ts'
import type { Site } from '../../pages/layout.ts'
import { passkeySetUpPage } from '../../pages/passkey-set-up.ts'
import { type Faults, faultsOf } from '../../screens/faults.ts'
import { keyIn, queryOf, type SetUpTyped, typedIn } from './set-up-typed.ts'

export interface FirstPasskeyOptions {
  readonly passkeySetUp: PasskeySetUp
  readonly completion: Pick<CompleteSignIn, 'complete'>
  readonly site?: Site | undefined
  readonly secure: boolean
  readonly path: string
  readonly refusal: PageRefusal
  /** The page before, with what is to be mended. */
  readonly page: (key: string, typed: SetUpTyped, faults: Faults) => Promise<Answer>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** The first administrator makes a passkey in place of a password, and is in. */
export function firstPasskey(options: FirstPasskeyOptions): readonly {
  readonly path: string
  readonly methods: { readonly POST: Endpoint }
}[] {
  const { passkeySetUp, completion, site = {}, secure, path, refusal, clock } = options

  async function make(key: string, typed: SetUpTyped, problem: string | null = null): Promise<Answer> {
    const { username, email, timeZone } = typed
    const query = new URLSearchParams({
      key,
      username,
      ...(email === null ? {} : { email }),
      ...(timeZone === null ? {} : { time_zone: timeZone }),
    })
    const body = await passkeySetUpPage({
      site,
      action: `${path}confirm/`,
      hidden: [...query],
      username,
      options: await passkeySetUp.creation(key, typed),
      renews: `${path}options/?${query}`,
      byPassword: `/admin/setup/?${new URLSearchParams({ key })}`,
      problem,
    })
    return htmlAnswer(body, { status: problem === null ? 200 : 400, secure })
  }

  const begin: Endpoint = async (request) => {
    const { key, text: _, ...typed } = await typedIn(request)
    try {
      return await make(key, typed)
    } catch (error) {
      return options.page(key, typed, faultsOf(error))
    }
  }

  const confirm: Endpoint = async (request) => {
    const { key, text, ...typed } = await typedIn(request)
    const made = { answer: jsonOrNull(text('passkey')), name: text('name') }
    const authenticatedAt = Math.floor(clock())
    try {
      const by = { actor: 'system', ...requestedBy(request) }
      const { user, passkey, recoveryCodes } = await passkeySetUp.complete(key, typed, { ...made, ...by })
      const amr = [passkey.isSynced ? 'swk' : 'hwk', 'mfa']
      const outcome = await completion.complete(request, { user, amr, authenticatedAt, next: home })
      if (recoveryCodes === null) return signInAnswer(outcome, home)
      const onward = outcome.kind === 'signed_in' ? home : outcome.path
      const body = await factorAddedPage({ site, codes: recoveryCodes, name: user.name, onward })
      return htmlAnswer(body, { secure, headers: [...outcome.headers] })
    } catch (error) {
      if (!(error instanceof AuthError) || error.code !== 'invalid') return options.page(key, typed, faultsOf(error))
      if (error.body !== undefined && !('passkey' in error.body)) return options.page(key, typed, faultsOf(error))
      return make(key, typed, 'This passkey was not accepted, or it took more than five minutes. Try again.')
    }
  }

  /** For a page that was open for too long. */
  const renew: Endpoint = async (request) => {
    const query = queryOf(request)
    const typed = { username: query.get('username') ?? '', email: query.get('email'), timeZone: null }
    return jsonAnswer(await passkeySetUp.creation(keyIn(request), typed))
  }

  return [
    { path, methods: { POST: forPeople(refusal, begin) } },
    { path: `${path}confirm/`, methods: { POST: forPeople(refusal, confirm) } },
    { path: `${path}options/`, methods: { POST: renew } },
  ]
}

const home = '/admin/'
