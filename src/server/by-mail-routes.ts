import { z } from 'zod'
import { createAccountDeletionPages } from '../accounts/by-mail/account-deletion-pages.ts'
import { createCodeSignInPages } from '../accounts/by-mail/code-sign-in-pages.ts'
import { createEmailChangePages } from '../accounts/by-mail/email-change-pages.ts'
import { createEmailVerificationPages } from '../accounts/by-mail/email-verification-pages.ts'
import { createPasswordResetPages } from '../accounts/by-mail/password-reset-pages.ts'
import { createSignUpPages } from '../accounts/by-mail/sign-up-pages.ts'
import { createOpenForms } from '../accounts/open-forms.ts'
import { createRequiredPasswordPages } from '../accounts/required-password-pages.ts'
import { createTermsPages } from '../accounts/terms-pages.ts'
import { described } from '../api/described.ts'
import type { Described } from '../api/operation.ts'
import { isSecure } from './addresses.ts'
import type { Instance } from './instance.ts'
import { nextOrigins } from './next-origins.ts'
import { outboxRoutes } from './outbox-route.ts'
import { canSignUpByPasskey, passkeySignUpRoutesOf } from './passkey-sign-up-routes.ts'
import type { Route } from './route.ts'
import { siteOf } from './site.ts'

/** Signing up, verifying an address, new passwords, and codes: by page and by JSON. */
export function byMailRoutes(instance: Instance): readonly Route[] {
  const { settings, byMail, completion, csrf, clock, oauth, mail, sealer, database, requiredPasswords } = instance
  const secure = isSecure(settings)
  const site = siteOf(settings)
  const forSignIn = {
    csrf,
    site,
    secure,
    clock,
    nextOrigins: nextOrigins(settings),
    formTargets: oauth.signInTargets,
    keepsOpener: true,
  }
  const forms = createOpenForms({ ...forSignIn, keepsOpener: false })
  const formsOfSignIn = createOpenForms(forSignIn)
  const common = { forms, site, secure, minLength: settings.passwordMinLength, clock }
  const mustVerify = settings.emailVerification === 'mandatory'

  const resets = createPasswordResetPages({ ...common, resets: byMail.resets, isMailOpen: mail.outbox.isOpen })
  const verifications = createEmailVerificationPages({
    ...common,
    forms: formsOfSignIn,
    verifications: byMail.verifications,
    completion,
  })
  const changes = createEmailChangePages({ ...common, changes: byMail.emailChanges })
  const keep = createAccountDeletionPages({ ...common, deletions: instance.deletions })
  const signUp = createSignUpPages({
    ...common,
    signUps: byMail.signUps,
    mustVerify,
    passkeyPath: canSignUpByPasskey(instance) ? '/accounts/sign-up/passkey/' : null,
  })
  const required = createRequiredPasswordPages({
    ...common,
    forms: formsOfSignIn,
    required: requiredPasswords,
    completion,
  })
  const terms = createTermsPages({
    ...common,
    forms: formsOfSignIn,
    terms: byMail.terms,
    completion,
    sessions: instance.sessions,
    csrf,
  })
  const { codeSignIns } = byMail
  const codes =
    codeSignIns === null
      ? null
      : createCodeSignInPages({ ...common, forms: formsOfSignIn, codeSignIns, completion, sealer, database })

  return [
    post('/accounts/sign-up/', signUp, 'Make an account', signUpBody, 201),
    post('/accounts/verify-email/', verifications.confirm, 'Verify an e-mail address', keyBody),
    post('/accounts/verify-email/resend/', verifications.resend, 'Mail another link to verify an address', emailBody),
    post(
      '/accounts/verify-email/pending/',
      verifications.pending,
      'Go on with a sign-in once the address is verified',
      nothing,
    ),
    post('/accounts/password/reset/', resets.request, 'Mail a link to a new password', emailBody),
    post('/accounts/password/reset/confirm/', resets.confirm, 'Set a new password by a link', resetBody),
    post('/accounts/password/required/', required, 'Choose the password that a sign-in waits for', requiredBody),
    ...(settings.termsVersion === null
      ? []
      : [post('/accounts/terms/', terms, 'Accept the terms that a sign-in or a session waits for', termsBody)]),
    post('/accounts/email/confirm/', changes.confirm, 'Confirm a new e-mail address', keyBody),
    post('/accounts/deletion/cancel/', keep, 'Keep an account that is to be deleted', keyBody),
    post('/accounts/email/undo/', changes.undo, 'Go back to the old e-mail address', keyBody),
    ...(codes === null
      ? []
      : [
          post('/accounts/code/', codes.request, 'Mail a code to sign in', emailBody),
          post('/accounts/code/confirm/', codes.confirm, 'Sign in by a code', z.object({ code: z.string() })),
          post('/accounts/code/link/', codes.link, 'Sign in by the link of the same mail', keyBody),
        ]),
    ...passkeySignUpRoutesOf(instance, { ...common, forms: formsOfSignIn }),
    ...outboxRoutes(instance),
  ]
}

const emailBody = z.object({ email: z.email() })
const keyBody = z.object({ key: z.string() })
const password = z.string().meta({ format: 'password' })
const resetBody = z.object({ token: z.string(), new_password: password, end_sessions: z.boolean().optional() })
const termsBody = z.object({ version: z.string() })
const requiredBody = z.object({ new_password: password })
const signUpBody = z.object({
  email: z.email(),
  username: z.string().optional(),
  password,
  terms: z.boolean().optional(),
  invitation: z.string().optional(),
})
const nothing = z.object({})

function post(
  path: string,
  methods: { readonly GET: Route['methods'][string]; readonly POST: Route['methods'][string] },
  summary: string,
  body: z.ZodType,
  status = 200,
): Route {
  const operation: Described = described({
    method: 'POST',
    path,
    tag: 'Accounts',
    summary,
    body,
    status,
    answers: z.looseObject({ detail: z.string().optional() }),
    refuses: ['invalid', 'throttled', 'csrf_failed'],
  })
  return { path, methods: { ...methods }, operations: [operation] }
}
