import { createSetupLinks } from '../accounts/setup-links.ts'
import { firstSetUp } from '../admin/operation/first-set-up.ts'
import { createPasskeySetUp } from '../factors/passkey-set-up.ts'
import type { Site } from '../pages/layout.ts'
import type { Instance } from './instance.ts'
import type { Route } from './route.ts'

/** Making the first administrator, by page alone: programs have `doorward create-user`. */
export function firstSetUpRoutes(
  instance: Instance,
  { site, secure }: { readonly site?: Site | undefined; readonly secure: boolean },
): readonly Route[] {
  const { database, factors, preferences, completion, clock } = instance
  const setupLinks = createSetupLinks(instance)
  const passkeySetUp = createPasskeySetUp({ database, setupLinks, preferences, ...factors, clock })
  return firstSetUp({ setupLinks, passkeySetUp, completion, site, secure, clock })
}
