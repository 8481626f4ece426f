import type { Csrf } from '../http/csrf.ts'
import type { Answer, Exchange } from '../http/exchange.ts'
import type { BodyFields } from '../http/parse-body.ts'
import { seeOther } from '../http/see-other.ts'
import { withQuery } from '../http/with-query.ts'
import { chooseAccountPage, type RememberedList } from '../pages/choose-account.ts'
import type { Site } from '../pages/layout.ts'
import { anonymousTokenOf } from './anonymous-form.ts'
import { browserSession, queryOf, textOf, withFields } from './browser-session.ts'
import type { SignInOutcome } from './complete-sign-in.ts'
import type { FormAnswer } from './form-answer.ts'
import { isSameIdentifier } from './identifier.ts'
import type { RememberedAccounts } from './remembered-accounts.ts'
import type { Sessions } from './sessions.ts'

export interface AccountChooserOptions {
  readonly remembered: RememberedAccounts
  readonly csrf: Csrf
  readonly sessions: Pick<Sessions, 'cookieName' | 'find'>
  readonly formAnswer: FormAnswer
  readonly site: Site
  /** Where the page to sign in is. */
  readonly path: string
  /** Where signing in leads by itself. */
  readonly home: string
}

/** What the page to sign in does with the names that are remembered in a browser. */
export interface AccountChooser {
  /** The page of all of them; `null` where there are none, or `another` in the query asks for the form. */
  readonly page: (request: Exchange, next: string) => Promise<Answer | null>
  /** Those that are none of `own`, for the page of whoever is signed in. `token` is the one of its form. */
  readonly others: (request: Exchange, next: string, token: string, own: readonly string[]) => RememberedList
  readonly has: (request: Exchange, name: string) => boolean
  /** Takes a name out of this browser, whoever is signed in, and leads back to what is left. */
  readonly forget: (request: Exchange, fields: BodyFields, next: string) => Promise<Answer>
  /** An outcome with what the browser is to remember of them from now on. */
  readonly noted: <Outcome extends SignInOutcome>(
    request: Exchange,
    outcome: Outcome,
    name: string,
    isWanted: boolean,
  ) => Outcome
}

export function createAccountChooser(options: AccountChooserOptions): AccountChooser {
  const { remembered, csrf, sessions, formAnswer, site, path, home } = options

  const carried = (next: string): Readonly<Record<string, string>> => (next === home ? {} : { next })

  const listed = (names: readonly string[], next: string, token: string): RememberedList => ({
    accounts: names.map((name) => ({
      name,
      href: withQuery(path, { ...carried(next), fresh: '1', login_hint: name }),
    })),
    action: path,
    csrf: { name: csrf.fieldName, token },
    next: next === home ? null : next,
  })

  return {
    page: async (request, next) => {
      const names = remembered.namesIn(request)
      if (names.length === 0 || queryOf(request.url, 'another') !== null) return null
      const token = anonymousTokenOf(request, csrf)
      const fresh = queryOf(request.url, 'fresh') === null ? {} : { fresh: '1' }
      const another = withQuery(path, { ...carried(next), ...fresh, another: '1' })
      return formAnswer(await chooseAccountPage({ site, another, ...listed(names, next, token) }), { token, next })
    },
    others: (request, next, token, own) =>
      listed(
        remembered.namesIn(request).filter((name) => !own.some((one) => isSameIdentifier(one, name))),
        next,
        token,
      ),
    has: (request, name) => remembered.has(request, name),
    forget: async (request, fields, next) => {
      const { found } = await browserSession(request, sessions)
      if (found === null) await csrf.checkAnonymous(withFields(request, fields))
      else await csrf.check(withFields(request, fields), found.auth.id)
      const name = textOf(fields, 'forget') ?? ''
      return seeOther(withQuery(path, carried(next)), [remembered.removing(request, name)])
    },
    noted: (request, outcome, name, isWanted) => {
      if (!isWanted && !remembered.has(request, name)) return outcome
      const cookie = isWanted ? remembered.adding(request, name) : remembered.removing(request, name)
      return { ...outcome, headers: [...outcome.headers, cookie] }
    },
  }
}
