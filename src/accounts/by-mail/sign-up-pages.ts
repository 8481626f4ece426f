import type { Answer, Endpoint, Exchange } from '../../http/exchange.ts'
import type { BodyFields } from '../../http/parse-body.ts'
import { requestedBy } from '../../http/requested-by.ts'
import { withQuery } from '../../http/with-query.ts'
import type { Site } from '../../pages/layout.ts'
import { signUpPage } from '../../pages/sign-up.ts'
import { textOf } from '../browser-session.ts'
import type { OpenForms } from '../open-forms.ts'
import { invalid } from '../user-values.ts'
import { createSignUpForms } from './sign-up-forms.ts'
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

/** Signing up, with a password where one is asked for. A program that fills in the field that nobody sees is answered as anybody is. */
export function createSignUpPages(options: SignUpPagesOptions): { readonly GET: Endpoint; readonly POST: Endpoint } {
  const { signUps, forms, mustVerify = false, site, minLength = 8 } = options
  const { path = '/accounts/sign-up/', signInPath = '/accounts/login/', passkeyPath = null } = options

  const signIn = (next: string): string => withQuery(signInPath, forms.carry(next))

  async function closed(asked: Exchange, next: string): Promise<Answer> {
    const says = [
      signUps.mode === 'invitation'
        ? 'Who was invited can sign up here. Open the link of your invitation, or ask for a new one.'
        : 'Nobody can sign up here. Ask whoever runs this site for an account.',
    ]
    const links = [{ href: signIn(next), text: 'Sign in', id: 'back-to-sign-in' }]
    const title = signUps.mode === 'invitation' ? 'Sign-up is by invitation' : 'Sign-up is closed'
    return forms.notice(asked, { title, says, links }, { status: 404 })
  }

  return createSignUpForms({
    signUps,
    forms,
    site,
    path,
    signInPath,
    closed,
    page: async (form, next, onTo) =>
      signUpPage({
        ...form,
        isPasswordOptional: signUps.passwordless,
        minLength,
        trap,
        signIn: signIn(next),
        byPasskey: passkeyPath === null ? null : onTo(passkeyPath),
      }),
    says: [
      'A mail is on its way to you. Open the link in it to confirm your address.',
      mustVerify
        ? 'Then you can sign in.'
        : 'You can sign in already. If you had an account before, the mail says so, and nothing was changed.',
    ],
    sent: (fields) => valuesIn(fields, signUps),
    signUp: async (asked, values, fields) => {
      // Somebody who fills in what cannot be seen is a program: it hears that all went well.
      const caught = fields[trap]
      if (caught !== undefined && caught !== '') return
      await signUps.signUp({ password: textOf(fields, 'password') ?? '', ...values }, requestedBy(asked))
    },
  })
}

/** The field that people do not see and programs fill in. */
const trap = 'website'

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
