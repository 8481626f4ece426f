import { accountRoutes } from './account-routes.ts'
import { factorRoutes } from './factor-routes.ts'
import type { Instance } from './instance.ts'
import type { Route } from './route.ts'

/** All that a person may meet on the way to a session, in a whole server as in `createOAuthServer`. */
export function signInRoutes(instance: Instance): readonly Route[] {
  return [...accountRoutes(instance), ...factorRoutes(instance), ...instance.social.routes]
}
