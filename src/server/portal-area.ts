import type { Auth } from '../core/auth.ts'
import { hasPermission } from '../permissions/has-permission.ts'
import { isUser } from '../permissions/is-user.ts'
import { app, deleteApp } from '../portal/app.ts'
import { endAppTokens } from '../portal/end-app-tokens.ts'
import { appConsent } from '../portal/app-consent.ts'
import { appLogo } from '../portal/app-logo.ts'
import { appUse } from '../portal/app-use.ts'
import { appReview } from '../portal/app-review.ts'
import { appTesters } from '../portal/app-testers.ts'
import { apps, newApp } from '../portal/apps.ts'
import { home } from '../portal/home.ts'
import { key } from '../portal/key.ts'
import { keys } from '../portal/keys.ts'
import { newKey } from '../portal/new-key.ts'
import { createOwnKeys, ownerOf } from '../portal/own-keys.ts'
import { revokeKey } from '../portal/revoke-key.ts'
import { newServiceAccount } from '../portal/new-service-account.ts'
import { deleteServiceAccount, serviceAccount } from '../portal/service-account.ts'
import { type OrganisationLink, serviceAccountList } from '../portal/service-account-list.ts'
import { ownTrustPlace } from '../portal/own-trust-place.ts'
import { pick } from '../portal/service-account-scopes.ts'
import { testCall } from '../portal/test-call.ts'
import { usage } from '../portal/usage.ts'
import { allows } from '../screens/allows.ts'
import { workloadTrustScreens } from '../screens/workload-trust.ts'
import type { Visit } from '../screens/screen.ts'
import { unaskedActions } from '../portal/unasked.ts'
import { askingForProof } from '../screens/asking-for-proof.ts'
import { createAuditLog } from '../storage/audit-log.ts'
import { issuerOf } from './addresses.ts'
import { createCallWhoami } from './call-whoami.ts'
import type { AreaPlan } from './consoles.ts'
import { createEndClientTokens } from '../oauth/end-client-tokens.ts'
import { createCountPeople } from '../oauth/count-people.ts'
import type { Instance } from './instance.ts'
import { findOwnUsageOf } from './own-usage.ts'

/** The developer portal: keys, service accounts and applications of those who build on the API. */
export function portalArea(
  instance: Instance,
  { auth, door }: { readonly auth: Auth; readonly door: Pick<Auth, 'headers'> },
): AreaPlan {
  const { settings, database, apiKeys, keyUsage, serviceAccounts, workloadTrusts, oauth, orgs, clock } = instance
  const { clients, clientUsage } = oauth
  const scopes = settings.oauthScopes
  const baseUrl = issuerOf(settings)
  const auditLog = createAuditLog({ database })
  const callWhoami = createCallWhoami(auth)
  const ownKeys = createOwnKeys({ apiKeys, serviceAccounts })
  const [mayCreate, mayMakeMachines] = [hasPermission('service_accounts.add'), hasPermission('clients.add')]
  const may =
    (permission: typeof mayCreate) =>
    async ({ request, signed }: Visit): Promise<boolean> =>
      allows(permission, request, signed)
  const ofKeys = { apiKeys, keyUsage, auditLog, ownKeys, baseUrl, scopes, clock }
  const ofApps = {
    clients,
    clientUsage,
    clock,
    auditLog,
    scopes,
    baseUrl,
    mayMakeMachines: may(mayMakeMachines),
    endClientTokens: createEndClientTokens(instance),
    countPeople: createCountPeople(instance),
    reviews: instance.appReviews,
    testers: oauth.testers,
    logos: oauth.logos,
    publishers: oauth.publishers,
    unreviewedApps: settings.oauthUnreviewedApps,
  }
  const organisationsOf = organisationLinks(instance)
  const accountOf = async (visit: Visit) => ownKeys.account(visit, visit.params['account'] ?? '')

  return {
    path: '/portal/',
    name: 'Portal',
    permission: isUser,
    screens: askingForProof(
      [
        home({ ...ofKeys, clients, clientUsage, siteName: settings.siteName }),
        apps(ofApps),
        newApp(ofApps),
        app(ofApps),
        deleteApp(ofApps),
        endAppTokens(ofApps),
        appUse(ofApps),
        appReview(ofApps),
        appTesters(ofApps),
        appLogo(ofApps),
        appConsent({
          ...ofApps,
          scopeRisks: settings.oauthScopeRisks,
          grantLifetime: settings.oauthGrantLifetime,
        }),
        keys({ keyList: instance.lists.apiKeys, organisationsOf, clock }),
        testCall(async ({ request }, typed) => callWhoami(request, typed)),
        newKey(ofKeys, { path: 'keys/new/', owner: async (visit) => ownerOf(visit), list: () => '/portal/keys/' }),
        key(ofKeys),
        revokeKey(ofKeys),
        serviceAccountList({ ownKeys, isAllowed: may(mayCreate), organisationsOf }),
        newServiceAccount({ serviceAccounts, scopes, mayCreate }),
        serviceAccount({ ...ofKeys, serviceAccounts, workloadTrusts }),
        ...workloadTrustScreens(ownTrustPlace(ownKeys), { workloadTrusts, scopes, origin: baseUrl }),
        deleteServiceAccount({ ...ofKeys, serviceAccounts, workloadTrusts }),
        newKey(ofKeys, {
          path: 'service-accounts/:account/new-key/',
          owner: async (visit) => ({ kind: 'service_account', id: (await accountOf(visit)).id }),
          list: (visit) => `/portal/service-accounts/${visit.params['account']}/`,
          listName: 'Service account',
          scopes: async (visit) => pick(scopes, (await accountOf(visit)).scopes),
          longest: async (visit) => {
            const { organisationId } = await accountOf(visit)
            const organisation = organisationId === null ? null : await orgs.organisations.find(organisationId)
            return organisation?.longestKeyLifetime ?? null
          },
        }),
        usage({
          findOwnUsage: findOwnUsageOf(instance),
          baseUrl,
          clock,
          headersOf: ({ request }) => door.headers(request),
        }),
      ],
      unaskedActions,
    ),
  }
}

/** The organisations of whoever looks, as far as they may see the service accounts there. */
function organisationLinks({ orgs: { members, defaults } }: Pick<Instance, 'orgs'>) {
  return async ({ user }: Visit): Promise<readonly OrganisationLink[]> => {
    const { organisations = [] } = user
    const may = (id: string, permission: string): boolean =>
      organisations.find((one) => one.id === id)?.permissions.has(permission) === true
    const seen = organisations.filter(({ id }) => may(id, 'service_accounts.view'))
    if (seen.length === 0) return []
    const [all, standard] = await Promise.all([members.of(user.id), defaults.of(user.id)])
    return all
      .filter(({ organisationId }) => seen.some(({ id }) => id === organisationId))
      .map(({ organisationId: id, name, slug }) => ({
        name,
        slug,
        isDefault: id === standard,
        mayAdd: may(id, 'service_accounts.add'),
        href: `/account/organisations/${id}/service-accounts/`,
      }))
      .toSorted((one, other) => Number(other.isDefault) - Number(one.isDefault))
  }
}
