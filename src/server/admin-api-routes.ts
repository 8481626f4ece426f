import { adminApi } from '../admin/admin-api.ts'
import { heldSessionOf } from './held-session-of.ts'
import { heldAuth } from './held-auth.ts'
import { createBulkUsers } from '../admin/users/bulk-users.ts'
import { createExportUser } from '../admin/users/user-export.ts'
import { createEndClientTokens } from '../oauth/end-client-tokens.ts'
import { adminHealth } from './admin-health.ts'
import { adminMail } from './admin-mail.ts'
import { adminOverview } from './admin-overview.ts'
import { limitsOf, shownSettings } from './admin-settings.ts'
import { createChangeClientOwner } from '../oauth/change-client-owner.ts'
import type { Cursors } from '../api/cursors.ts'
import type { Described } from '../api/operation.ts'
import { operationsRoute, type OperationsRoute } from '../api/operations-route.ts'
import type { Auth } from '../core/auth.ts'
import { breakGlassOf } from './break-glass.ts'
import { pastedTokensOf } from './pasted-tokens.ts'
import { mergeUsersOf } from './merge-users.ts'
import { operationsInEmergency } from './in-emergency.ts'
import type { Instance } from './instance.ts'
import { sendResetLink } from './send-reset-link.ts'
import { findRightsOf, organisationPageStores } from './organisations.ts'
import { parseRate } from '../throttling/rate.ts'
import { resetThrottle, unlockUser } from './reset-throttles.ts'
import { unboundAuth } from './unbound-auth.ts'

export interface AdminApiOptions {
  readonly auth: Pick<Auth, 'allow' | 'explain'>
  readonly cursors: Cursors
  /** What is asked at a path of this server; `null` where that is not known. */
  readonly permissionAt: (method: string, path: string) => Described['permission']
  /** How many requests were refused since this process started, by error code. */
  readonly refusals: () => Promise<Readonly<Record<string, number>>>
}

/** The JSON API under `/api/admin/`. */
export function adminApiRoutes(instance: Instance, options: AdminApiOptions): readonly OperationsRoute[] {
  const { auth, cursors, permissionAt, refusals } = options
  const { lists, oauth } = instance
  const stores = {
    ...instance,
    orgs: organisationPageStores(instance),
    keyList: lists.apiKeys,
    tokenList: lists.apiTokens,
    serviceAccountList: lists.serviceAccounts,
    countAccountKeys: lists.countAccountKeys,
    sessionList: lists.sessions,
    grantList: lists.grants,
    throttleCounters: lists.throttleCounters,
    auditLog: lists.auditLog,
    clients: oauth.clients,
    reviews: instance.appReviews,
    testers: oauth.testers,
    logos: oauth.logos,
    grants: oauth.grants,
    access: oauth.access,
  }
  const door = unboundAuth(heldAuth(auth, heldSessionOf(instance)))
  const resources = adminApi({
    ...stores,
    ...adminMail(instance),
    ...adminOverview(instance),
    refusals,
    auth,
    permissionAt,
    exportUser: createExportUser(stores),
    acceptedTerms: instance.byMail.terms,
    sendResetLink: sendResetLink(instance),
    pastedTokens: pastedTokensOf(instance),
    apps: instance.factors.apps,
    limits: limitsOf(instance.settings),
    resetThrottle: resetThrottle(instance),
    checkRate: parseRate,
    requirePassword: instance.requiredPasswords.ask,
    bulkUsers: createBulkUsers({ ...instance, requirePassword: instance.requiredPasswords.ask }),
    makeResetLink: instance.byMail.resets.link,
    isMailOpen: instance.mail.outbox.isOpen,
    breakGlass: breakGlassOf(instance),
    mergeUsers: mergeUsersOf(instance),
    changeClientOwner: createChangeClientOwner(instance),
    previewTokens: oauth.previewTokens,
    endClientTokens: createEndClientTokens(instance),
    allowedClients: oauth.allowedClients,
    findRights: findRightsOf(instance),
    health: adminHealth(instance),
    shownSettings: shownSettings(instance.settings),
    unlock: unlockUser(instance),
    resetFactors: instance.factors.changes.reset,
  })
  return resources.map(({ path, operations }) =>
    operationsRoute({ path, operations: operationsInEmergency(operations), auth: door, cursors }),
  )
}
