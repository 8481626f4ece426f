import { RequestRefused } from '../../core/errors.ts'
import { type Answer, type Endpoint, type Exchange, jsonAnswer } from '../../http/exchange.ts'
import type { BodyFields } from '../../http/parse-body.ts'
import { withQuery } from '../../http/with-query.ts'
import type { Site } from '../../pages/layout.ts'
import type { SignUpForm } from '../../pages/sign-up-fields.ts'
import { queryOf, textOf } from '../browser-session.ts'
import { type Faults, faultsIn, problemsOf } from '../faults.ts'
import type { OpenForms } from '../open-forms.ts'
import type { NewSignUp, SignUps } from './sign-ups.ts'

export interface SignUpFormsOptions {
  readonly signUps: SignUps
  readonly forms: OpenForms
  readonly site?: Site | undefined
  /** Where the form is. */
  readonly path: string
  readonly signInPath: string
  /** Draws the page of the form. `onTo` is where another page is that knows of the invitation and where one is on the way to. */
  readonly page: (form: SignUpForm, next: string, onTo: (path: string) => string) => Promise<string>
  /** What is answered where nobody may sign up, or nobody without an invitation. */
  readonly closed: (asked: Exchange, next: string) => Promise<Answer>
  /** What those are told who have signed up. */
  readonly says: readonly string[]
  /** What a script has sent; throws `invalid`. */
  readonly sent: (fields: BodyFields) => NewSignUp
  /** Signs somebody up, with what else `fields` say. */
  readonly signUp: (asked: Exchange, values: NewSignUp, fields: BodyFields) => Promise<void>
}

/**
 * What the ways to sign up have in common. What is answered is the same whether an account was made or the address has one: look
 * at your mail.
 */
export function createSignUpForms(options: SignUpFormsOptions): { readonly GET: Endpoint; readonly POST: Endpoint } {
  const { signUps, forms, site, path, signInPath, page, closed, says, sent, signUp } = options

  async function show(asked: Exchange, typed: TypedSignUp, next: string, faults: Faults = {}): Promise<Answer> {
    const { invitation } = typed
    if (!(await signUps.isOpen(invitation))) return closed(asked, next)
    const invited = invitation === null ? null : await signUps.invited(invitation)
    const problems = problemsOf(faults)
    const kept = invitation === null ? {} : { invitation }
    const onTo = (other: string): string => withQuery(other, { ...forms.carry(next), ...kept })
    return forms.show(
      asked,
      async (hidden) => {
        const form: SignUpForm = {
          site,
          action: path,
          hidden: [...hidden, ...Object.entries(kept)],
          email: typed.email === '' ? (invited?.email ?? '') : typed.email,
          username: signUps.usernames ? typed.username : null,
          terms: signUps.terms,
          invited: invited?.sentence ?? null,
          problems,
        }
        return page(form, next, onTo)
      },
      { status: problems.length > 0 ? 400 : 200, next },
    )
  }

  return forms.endpoint({
    GET: async (asked) => {
      const next = forms.nextOf(asked)
      if (queryOf(asked.url, 'done') === null) {
        const [email, invitation] = [queryOf(asked.url, 'email') ?? '', queryOf(asked.url, 'invitation')]
        return show(asked, { email, username: '', invitation }, next)
      }
      const links = [{ href: withQuery(signInPath, forms.carry(next)), text: 'Sign in', id: 'go-on' }]
      return forms.notice(asked, { title: 'Look at your mail', says, links })
    },
    form: async (asked, fields) => {
      const [typed, next] = [typedIn(fields), forms.nextOf(asked, fields)]
      const accepts = textOf(fields, 'terms') !== null
      try {
        await signUp(asked, { ...typed, accepts, next }, fields)
      } catch (error) {
        if (error instanceof RequestRefused && error.code === 'not_found') return closed(asked, next)
        return show(asked, typed, next, faultsIn(error))
      }
      return forms.lead(path, { done: '1', ...forms.carry(next) })
    },
    json: async (asked, fields) => {
      await signUp(asked, { ...sent(fields), next: forms.nextOf(asked, fields) }, fields)
      return jsonAnswer({ detail: 'Look at your mail: it says how to go on.' }, 201)
    },
  })
}

/** What somebody typed who signs up, as it is shown to them again. */
interface TypedSignUp {
  readonly email: string
  readonly username: string
  readonly invitation: string | null
}

export function typedIn(fields: BodyFields): TypedSignUp {
  const text = (name: string): string => textOf(fields, name) ?? ''
  return { email: text('email'), username: text('username'), invitation: textOf(fields, 'invitation') }
}
