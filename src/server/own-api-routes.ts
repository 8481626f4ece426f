import { dataApi } from '../account/data-api.ts'
import { factorsApi } from '../account/factors-api.ts'
import { ownSessionsApi } from '../account/own-sessions-api.ts'
import { preferencesApi } from '../account/preferences-api.ts'
import { rememberedBrowsersApi } from '../account/remembered-browsers-api.ts'
import { linkedSignInsApi } from '../account/linked-sign-ins-api.ts'
import { ownAppsApi } from '../account/own-apps-api.ts'
import { ownKeysApi } from '../account/own-keys-api.ts'
import { ownServiceAccountsApi } from '../account/own-service-accounts-api.ts'
import { ownUsageApi } from '../account/own-usage-api.ts'
import { ownTokensApi } from '../account/own-tokens-api.ts'
import { createEndClientTokens } from '../oauth/end-client-tokens.ts'
import { listFamilies } from '../tokens/family-list.ts'
import { ownOrganisationsApi } from '../account/organisations-api.ts'
import { unaskedOperations } from '../account/unasked.ts'
import { operationsAskingForProof } from '../api/operations-asking-for-proof.ts'
import type { Cursors } from '../api/cursors.ts'
import { operationsRoute, type OperationsRoute } from '../api/operations-route.ts'
import type { Auth } from '../core/auth.ts'
import { heldAuth } from './held-auth.ts'
import { heldSessionOf } from './held-session-of.ts'
import { operationsInEmergency } from './in-emergency.ts'
import type { Instance } from './instance.ts'
import { organisationPageStores } from './organisations.ts'
import { findOwnUsageOf } from './own-usage.ts'
import { ownDataStores } from './own-data.ts'

/** The JSON API under `/api/account/`: what people do to their own account. */
export function ownApiRoutes(
  instance: Instance,
  given: { readonly auth: Pick<Auth, 'allow'>; readonly cursors: Cursors },
): readonly OperationsRoute[] {
  const { factors, sessions, clock } = instance
  const held = heldSessionOf(instance)
  const options = { ...given, auth: heldAuth(given.auth, held) }
  const { apps, passkeys, codes, changes, second } = factors
  const scopes = Object.keys(instance.settings.oauthScopes)
  const resources = [
    factorsApi({ apps, passkeys, codes, changes, factors: second, sessions, clock }),
    ownSessionsApi({ sessions }),
    preferencesApi(instance),
    rememberedBrowsersApi({ trusted: factors.trusted }),
    ...dataApi({ ...ownDataStores(instance), clock }),
    ownKeysApi({
      keyList: instance.lists.apiKeys,
      apiKeys: instance.apiKeys,
      keyUsage: instance.keyUsage,
      serviceAccounts: instance.serviceAccounts,
      scopes,
      clock,
    }),
    ownServiceAccountsApi({ ...instance, scopes }),
    ownAppsApi({
      ...instance.oauth,
      reviews: instance.appReviews,
      endClientTokens: createEndClientTokens(instance),
      clock,
    }),
    ownUsageApi({ findOwnUsage: findOwnUsageOf(instance), clock }),
    ...ownTokensApi({
      apiTokens: instance.apiTokens,
      pairs: instance.pairs,
      programs: async (userId) => listFamilies(instance.database, userId, clock()),
    }),
    linkedSignInsApi({ linked: instance.social.linked, providers: instance.social.buttons, clock }),
    ...ownOrganisationsApi(organisationPageStores(instance)),
  ]
  return resources.map(({ path, operations }) =>
    operationsRoute({
      path,
      operations: operationsInEmergency(operationsAskingForProof(operations, { unasked: unaskedOperations, clock })),
      ...options,
    }),
  )
}
