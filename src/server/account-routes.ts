import { createRememberedAccounts } from '../accounts/remembered-accounts.ts'
import { createSignIn, type SignInOptions } from '../accounts/sign-in.ts'
import { createSignOut } from '../accounts/sign-out.ts'
import { passkeySignInAt } from '../factors/passkey-sign-in.ts'
import { staticFiles } from '../pages/static-files.ts'
import { isSecure } from './addresses.ts'
import { breakGlassRoute } from './break-glass.ts'
import { byMailRoutes } from './by-mail-routes.ts'
import type { Instance } from './instance.ts'
import { endedFormsOf } from './ended-forms-of.ts'
import { nextOrigins } from './next-origins.ts'
import type { Route } from './route.ts'
import { siteOf } from './site.ts'

/** Signing in and out, by page and by JSON. */
export function accountRoutes(instance: Instance): readonly Route[] {
  const { settings, passwords, sessions, completion, csrf, clock, oauth, social, mail } = instance
  const { frontChannel, appsOf } = oauth.logout
  const secure = isSecure(settings)
  const common = {
    passwords,
    sessions,
    completion,
    csrf,
    clock,
    secure,
    site: siteOf(settings),
    nextOrigins: nextOrigins(settings),
  }
  return [
    {
      path: '/accounts/login/',
      methods: {
        ...createSignIn({
          ...common,
          passkeys: passkeysAtSignIn(instance),
          providers: social,
          rememberedAccounts: createRememberedAccounts({ sealer: instance.sealer, secure, clock }),
          keptFormCookie: endedFormsOf(instance).cookieName,
          formTargets: oauth.signInTargets,
          codePath: settings.emailCodes ? '/accounts/code/' : null,
          resetPath: mail.outbox.isOpen ? '/accounts/password/reset/' : null,
          signUpPath: settings.signUp === 'open' ? '/accounts/sign-up/' : null,
        }),
      },
    },
    {
      path: '/accounts/logout/',
      methods: { ...createSignOut({ ...common, frontChannel, appsOf, elsewhere: social.signOut }) },
    },
    breakGlassRoute(instance),
    ...byMailRoutes(instance),
  ]
}

/** The sign-in page asks for passkeys too. */
function passkeysAtSignIn({ factors: { passkeys } }: Instance): NonNullable<SignInOptions['passkeys']> {
  const action = '/accounts/passkey/'
  return {
    action,
    renews: `${action}options/`,
    request: async (binding) => passkeys.request(passkeySignInAt(binding)),
  }
}

/** The files that pages need. */
export function fileRoutes(): readonly Route[] {
  return [...staticFiles].map(([path, { contentType, body }]) => {
    // The name of a file changes with what is in it.
    const headers: [string, string][] = [
      ['content-type', contentType],
      ['cache-control', 'public, max-age=31536000, immutable'],
      ['x-content-type-options', 'nosniff'],
    ]
    return { path, methods: { GET: async () => ({ status: 200, headers, body }) } }
  })
}
