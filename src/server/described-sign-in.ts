import { z } from 'zod'
import { described } from '../api/described.ts'
import type { Described } from '../api/operation.ts'
import { allOf } from '../permissions/all-of.ts'
import { isUser } from '../permissions/is-user.ts'
import { isVia } from '../permissions/is-via.ts'

/** What is told about signing in and proving who one is, for scripts of the same site: pages take forms at the same addresses. */
export function describedSignIn(): readonly Described[] {
  return [...signIn, ...steps, ...proofs]
}

const tag = 'Sign in a browser'
const password = z.string().meta({ format: 'password' })
const code = z.string().meta({ description: 'Of the authenticator app, or a recovery code.' })
const passkey = z
  .looseObject({})
  .meta({ description: 'What the browser answered: `AuthenticationResponseJSON` of WebAuthn.' })
const madePasskey = z
  .looseObject({})
  .meta({ description: 'What the browser made: `RegistrationResponseJSON` of WebAuthn.' })
const options = z
  .looseObject({ challenge: z.string() })
  .meta({ description: 'What the browser is asked, as WebAuthn has it. It is good once, for five minutes.' })

const signedIn = z
  .looseObject({
    user: z.object({
      id: z.string(),
      name: z.string(),
      email: z.string().nullable(),
      isStaff: z.boolean(),
      isSuperuser: z.boolean(),
    }),
    csrfToken: z.string(),
  })
  .meta({ id: 'SignedIn', description: 'Who is signed in. The cookies of the session come along.' })

const incomplete =
  'Where more is due, 401 `sign_in_incomplete` names it in `next`: `second_factor` and `add_second_factor` (with `ways`), `email_verification`, `password_change`, `terms` (with `version` and `url`). `expiresIn` is the seconds that are left for it, and the cookie of the answer carries the sign-in on.'

const signIn: readonly Described[] = [
  described({
    method: 'POST',
    path: '/accounts/login/',
    tag,
    summary: 'Sign a browser in by a password',
    description: `The answer sets the cookie of the session. ${incomplete}`,
    body: z.looseObject({
      username: z
        .string()
        .meta({ description: 'The username or the e-mail address. The member may be called email as well.' }),
      password,
      remember: z.boolean().optional().meta({
        description:
          'Whether the page to sign in offers this name in this browser from now on, where the password is enough (false).',
      }),
    }),
    answers: signedIn,
    refuses: ['invalid', 'no_active_account', 'sign_in_incomplete', 'too_many_attempts', 'csrf_failed'],
  }),
  described({
    method: 'POST',
    path: '/accounts/logout/',
    tag,
    summary: 'Sign this browser out',
    security: ['session'],
    policy: 'a session',
    answers: z.object({
      applications: z
        .array(z.object({ name: z.string(), told: z.boolean() }))
        .optional()
        .meta({
          description:
            'What the sign-in was used for, and whether each hears that it is over. Left out where there are none.',
        }),
      signOutUrl: z.string().optional().meta({ description: 'Where signing out goes on at another site.' }),
    }),
  }),
  described({
    method: 'POST',
    path: '/accounts/passkey/options/',
    tag,
    summary: 'What a browser is asked, to sign in with a passkey',
    description: 'The same for everybody. Send the cookie that comes with it along with the answer.',
    body: z.object({}),
    answers: options,
    refuses: ['csrf_failed'],
  }),
  described({
    method: 'POST',
    path: '/accounts/passkey/',
    tag,
    summary: 'Sign a browser in by a passkey',
    description: `No name is given. ${incomplete}`,
    body: z.object({ passkey }),
    answers: signedIn,
    refuses: ['invalid', 'authentication_failed', 'sign_in_incomplete', 'csrf_failed'],
  }),
]

const steps: readonly Described[] = [
  described({
    method: 'POST',
    path: '/accounts/second-factor/',
    tag,
    summary: 'Go on with a sign-in by a second factor',
    description: `With the cookie of the sign-in that waits for it. ${incomplete}`,
    body: z.object({
      code: code.optional(),
      way: z.enum(['totp', 'recovery_code']).optional().meta({ description: 'What the code is of (as it looks).' }),
      passkey: passkey.optional(),
      trust: z.boolean().optional().meta({ description: 'Whether this browser is remembered (false).' }),
    }),
    answers: signedIn,
    refuses: [
      'invalid',
      'authentication_failed',
      'not_authenticated',
      'sign_in_incomplete',
      'too_many_attempts',
      'csrf_failed',
    ],
  }),
  described({
    method: 'POST',
    path: '/accounts/second-factor/options/',
    tag,
    summary: 'What a browser is asked for a passkey as second factor',
    body: z.object({}),
    answers: options,
    refuses: ['authentication_failed', 'not_authenticated', 'csrf_failed'],
  }),
  described({
    method: 'POST',
    path: '/accounts/add-second-factor/',
    tag,
    summary: 'Add the second factor that a sign-in waits for',
    description:
      'First `way`, which answers what the app or the browser is told; then the code of the app, or the passkey. `recoveryCodes` are shown this one time.',
    body: z.object({
      way: z.enum(['totp', 'passkey']).optional(),
      code: z.string().optional().meta({ description: 'That the new app shows.' }),
      passkey: madePasskey.optional(),
      name: z.string().optional().meta({ description: 'What the passkey is called.' }),
    }),
    answers: z.looseObject({ recoveryCodes: z.array(z.string()).nullable().optional() }),
    refuses: ['invalid', 'conflict', 'not_authenticated', 'sign_in_incomplete', 'csrf_failed'],
  }),
  described({
    method: 'POST',
    path: '/accounts/add-second-factor/options/',
    tag,
    summary: 'What a browser is asked to make a passkey that a sign-in waits for',
    body: z.object({}),
    answers: options,
    refuses: ['not_authenticated', 'csrf_failed'],
  }),
]

const ownSession = allOf(isUser, isVia('session'))

const proofs: readonly Described[] = [
  described({
    method: 'POST',
    path: '/accounts/confirm/',
    tag,
    summary: 'Prove again who one is',
    description:
      'By a second factor; by the password, for whoever has none. The session gets a new id and a new CSRF token. A wrong answer tells the `ways` that there are. With `second=1` in the query it has to be a second factor, with `second=passkey` a passkey.',
    permission: ownSession,
    security: ['session'],
    query: { second: z.enum(['1', 'passkey']).optional() },
    body: z.object({ code: code.optional(), password: password.optional(), passkey: passkey.optional() }),
    answers: z.object({ csrfToken: z.string(), authenticatedAt: z.iso.datetime() }),
    refuses: ['invalid', 'authentication_failed', 'too_many_attempts', 'csrf_failed'],
  }),
  described({
    method: 'POST',
    path: '/accounts/confirm/options/',
    tag,
    summary: 'What a browser is asked for a passkey, to prove again who one is',
    permission: ownSession,
    security: ['session'],
    body: z.object({}),
    answers: options,
    refuses: ['authentication_failed', 'csrf_failed'],
  }),
]
