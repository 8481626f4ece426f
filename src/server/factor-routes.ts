import { addSecondFactorRoutes } from '../factors/add-second-factor.ts'
import { confirmRoutes } from '../factors/confirm.ts'
import { passkeySignInRoutes } from '../factors/passkey-sign-in.ts'
import type { FactorRoute } from '../factors/factor-route.ts'
import { secondFactorRoutes } from '../factors/second-factor.ts'
import { isSecure } from './addresses.ts'
import type { Instance } from './instance.ts'
import { nextOrigins } from './next-origins.ts'
import { siteOf } from './site.ts'

/** The pages and answers of second factors and passkeys, before somebody is signed in and when they prove again who they are. */
export function factorRoutes(instance: Instance): readonly FactorRoute[] {
  const { settings, completion, factors, csrf, clock, oauth, passwords, sessions, users } = instance
  const { second, passkeys, trusted, apps, changes } = factors
  const common = {
    completion,
    factors: second,
    passkeys,
    apps,
    changes,
    trusted,
    csrf,
    clock,
    passwords,
    sessions,
    hasPassword: async (id: string) => (await users.find(id))?.hasPassword === true,
    secure: isSecure(settings),
    site: siteOf(settings),
    nextOrigins: nextOrigins(settings),
    formTargets: oauth.signInTargets,
  }
  return [
    ...passkeySignInRoutes(common),
    ...confirmRoutes(common),
    ...(second.policy === 'off' ? [] : [...secondFactorRoutes(common), ...addSecondFactorRoutes(common)]),
  ]
}
