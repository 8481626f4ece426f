import { RequestRefused } from '../../core/errors.ts'
import { type Answer, type Endpoint, type Exchange, jsonAnswer } from '../../http/exchange.ts'
import type { BodyFields } from '../../http/parse-body.ts'
import type { Site } from '../../pages/layout.ts'
import { noticePage } from '../../pages/notice.ts'
import { signUpPage } from '../../pages/sign-up.ts'
import { byOf, queryOf, textOf } from '../browser-session.ts'
import { type Faults, faultsIn, problemsOf } from '../faults.ts'
import type { OpenForms } from '../open-forms.ts'
import { invalid } from '../user-values.ts'
import type { NewSignUp, SignUps } from './sign-ups.ts'

export interface SignUpPagesOptions {
  readonly signUps: SignUps
  readonly forms: OpenForms
  /** Whether the address has to be verified before anybody is let in (false). */
  readonly mustVerify?: boolean
  readonly site?: Site
  /** The fewest characters of a password (8). */
  readonly minLength?: number
  readonly path?: string
  readonly signInPath?: string
  /** Where one signs up with a passkey (nowhere). */
  readonly passkeyPath?: string | null
}

/**
 * Signing up. What is answered is the same whether an account was made, the address has one, or a program filled in the field
 * that nobody sees: look at your mail.
 */
export function createSignUpPages(options: SignUpPagesOptions): { readonly GET: Endpoint; readonly POST: Endpoint } {
  const { signUps, forms, mustVerify = false, site, minLength = 8 } = options
  const { path = '/accounts/sign-up/', signInPath = '/accounts/login/', passkeyPath = null } = options

  const signIn = (next: string): string => forms.withQuery(signInPath, forms.carry(next))

  async function closedPage(asked: Exchange, next: string): Promise<Answer> {
    const says = [
      signUps.mode === 'invitation'
        ? 'Who was invited can sign up here. Open the link of your invitation, or ask for a new one.'
        : 'Nobody can sign up here. Ask whoever runs this site for an account.',
    ]
    const links = [{ href: signIn(next), text: 'Sign in', id: 'back-to-sign-in' }]
    const title = signUps.mode === 'invitation' ? 'Sign-up is by invitation' : 'Sign-up is closed'
    return forms.show(asked, async () => noticePage({ site, title, says, links }), { status: 404 })
  }

  async function page(asked: Exchange, typed: Typed, next: string, faults: Faults = {}): Promise<Answer> {
    const { invitation } = typed
    if (!(await signUps.isOpen(invitation))) return closedPage(asked, next)
    const invited = invitation === null ? null : await signUps.invited(invitation)
    const problems = problemsOf(faults)
    return forms.show(
      asked,
      async (hidden) =>
        signUpPage({
          site,
          action: path,
          hidden: [...hidden, ...(invitation === null ? [] : [['invitation', invitation] as const])],
          email: typed.email === '' ? (invited?.email ?? '') : typed.email,
          username: signUps.usernames ? typed.username : null,
          isPasswordOptional: signUps.passwordless,
          minLength,
          terms: signUps.terms,
          invited: invited?.sentence ?? null,
          trap,
          signIn: signIn(next),
          byPasskey:
            passkeyPath === null
              ? null
              : forms.withQuery(passkeyPath, { ...forms.carry(next), ...(invitation === null ? {} : { invitation }) }),
          problems,
        }),
      { status: problems.length > 0 ? 400 : 200, next },
    )
  }

  /** Somebody who fills in what cannot be seen is a program: it hears that all went well. */
  async function signUp(asked: Exchange, values: NewSignUp, fields: BodyFields): Promise<void> {
    const caught = fields[trap]
    if (caught !== undefined && caught !== '') return
    await signUps.signUp(values, byOf(asked))
  }

  return forms.endpoint({
    GET: async (asked) => {
      const next = forms.nextOf(asked)
      if (queryOf(asked.url, 'done') === null) {
        const [email, invitation] = [queryOf(asked.url, 'email') ?? '', queryOf(asked.url, 'invitation')]
        return page(asked, { email, username: '', invitation }, next)
      }
      const says = [
        'A mail is on its way to you. Open the link in it to confirm your address.',
        mustVerify
          ? 'Then you can sign in.'
          : 'You can sign in already. If you had an account before, the mail says so, and nothing was changed.',
      ]
      const links = [{ href: signIn(next), text: 'Sign in', id: 'go-on' }]
      return forms.show(asked, async () => noticePage({ site, title: 'Look at your mail', says, links }))
    },
    form: async (asked, fields) => {
      const next = forms.nextOf(asked, fields)
      const typed = typedIn(fields)
      const values = {
        email: typed.email,
        username: typed.username,
        password: textOf(fields, 'password') ?? '',
        accepts: textOf(fields, 'terms') !== null,
        invitation: typed.invitation,
        next,
      }
      try {
        await signUp(asked, values, fields)
      } catch (error) {
        if (error instanceof RequestRefused && error.code === 'not_found') return closedPage(asked, next)
        return page(asked, typed, next, faultsIn(error))
      }
      return forms.lead(path, { done: '1', ...forms.carry(next) })
    },
    json: async (asked, fields) => {
      await signUp(asked, { ...valuesIn(fields, signUps), next: forms.nextOf(asked, fields) }, fields)
      return jsonAnswer({ detail: 'Look at your mail: it says how to go on.' }, 201)
    },
  })
}

/** The field that people do not see and programs fill in. */
const trap = 'website'

interface Typed {
  readonly email: string
  readonly username: string
  readonly invitation: string | null
}

function typedIn(fields: BodyFields): Typed {
  const text = (name: string): string => textOf(fields, name) ?? ''
  return { email: text('email'), username: text('username'), invitation: textOf(fields, 'invitation') }
}

/** As clients of dj-rest-auth (`password1`, `password2`) and djoser (`password`, `re_password`) send it. */
function valuesIn(fields: BodyFields, { passwordless }: Pick<SignUps, 'passwordless'>): NewSignUp {
  const faults: Record<string, readonly string[]> = {}
  const text = (name: string, isNeeded: boolean): string => {
    const value = fields[name]
    if (value === undefined || value === null) {
      if (isNeeded) faults[name] = ['This field is required.']
      return ''
    }
    if (typeof value !== 'string') faults[name] = ['Not a valid string.']
    return typeof value === 'string' ? value : ''
  }
  const name = 'password1' in fields && !('password' in fields) ? 'password1' : 'password'
  const values = {
    email: text('email', true),
    username: text('username', false),
    password: text(name, !passwordless),
    accepts: fields['terms'] === true,
    invitation: text('invitation', false) || null,
  }
  for (const repeated of ['password2', 're_password']) {
    const again = fields[repeated]
    if (again !== undefined && again !== values.password) faults[repeated] = ['The two passwords are not the same.']
  }
  if (Object.keys(faults).length > 0) throw invalid(faults)
  return values
}
