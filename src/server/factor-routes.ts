import { type FactorRoute, secondFactorRoutes } from '../factors/second-factor.ts'
import { isDevelopment } from './configuration.ts'
import type { Instance } from './instance.ts'

/** The pages and answers of second factors and passkeys, before somebody is signed in and when they prove again who they are. */
export function factorRoutes(instance: Instance): readonly FactorRoute[] {
  const { settings, completion, factors, csrf, clock, oauth } = instance
  const { second, passkeys, trusted } = factors
  const common = {
    completion,
    factors: second,
    passkeys,
    trusted,
    csrf,
    clock,
    secure: settings.publicUrl?.startsWith('https:') === true,
    site: { developmentMode: isDevelopment(settings) },
    formTargets: oauth.signInTargets,
  }
  return [...(second.policy === 'off' ? [] : secondFactorRoutes(common))]
}
