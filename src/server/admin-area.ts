import { adminScreens } from '../admin/admin-screens.ts'
import { createBulkUsers } from '../admin/users/bulk-users.ts'
import { createCountHoldings } from '../accounts/holdings.ts'
import { createActing } from '../accounts/acting.ts'
import { createNames } from '../admin/names.ts'
import { isStaff } from '../permissions/is-staff.ts'
import type { Auth } from '../core/auth.ts'
import { addressesOf } from './addresses.ts'
import { adminApplications } from './admin-applications.ts'
import { adminHealth } from './admin-health.ts'
import { adminMail } from './admin-mail.ts'
import { adminOverview } from './admin-overview.ts'
import { breakGlassOf } from './break-glass.ts'
import { mergeUsersOf } from './merge-users.ts'
import { limitsOf, shownSettings } from './admin-settings.ts'
import { sendResetLink } from './send-reset-link.ts'
import type { AreaPlan } from './consoles.ts'
import type { Instance } from './instance.ts'
import { findRightsOf, organisationPageStores } from './organisations.ts'
import type { Metrics } from './metrics.ts'
import { parseRate } from '../throttling/rate.ts'
import { resetThrottle, unlockUser } from './reset-throttles.ts'

/** The console for administrators. */
export function adminArea(instance: Instance, door: Auth, metrics: Metrics): AreaPlan {
  const { settings, database, lists, clock, users, groups, sessions, apiKeys, apiTokens, oauth, social } = instance
  return {
    path: '/admin/',
    name: 'Administration',
    permission: isStaff,
    screens: adminScreens({
      ...adminOverview(instance),
      ...adminApplications(instance),
      ...organisationPageStores(instance),
      findRights: findRightsOf(instance),
      refusals: metrics.refusals,
      door,
      database,
      clock,
      origin: addressesOf(settings)[0] ?? '',
      users,
      groups,
      sessions,
      apiKeys,
      apiTokens,
      acting: createActing({ database, clock }),
      sendResetLink: sendResetLink(instance),
      requirePassword: instance.requiredPasswords.ask,
      bulkUsers: createBulkUsers({ users, groups, requirePassword: instance.requiredPasswords.ask }),
      hasher: instance.hasher,
      apps: instance.factors.apps,
      makeResetLink: instance.byMail.resets.link,
      isMailOpen: instance.mail.outbox.isOpen,
      breakGlass: breakGlassOf(instance),
      mergeUsers: mergeUsersOf(instance),
      unlock: unlockUser(instance),
      resetThrottle: resetThrottle(instance),
      throttleCounters: lists.throttleCounters,
      throttleOverrides: instance.throttleOverrides,
      checkRate: parseRate,
      limits: limitsOf(settings),
      shownSettings: shownSettings(settings),
      trustedProxies: settings.trustedProxies,
      ...adminMail(instance),
      health: adminHealth(instance),
      sessionList: lists.sessions,
      endSessions: instance.endSessions,
      signingKeys: instance.signingKeys,
      keySetReaders: instance.keySetReaders,
      signingKeyLifetime: settings.signingKeyLifetime,
      verifyAudit: instance.verifyAudit,
      serviceAccounts: instance.serviceAccounts,
      workloadTrusts: instance.workloadTrusts,
      serviceAccountList: lists.serviceAccounts,
      countAccountKeys: lists.countAccountKeys,
      keyList: lists.apiKeys,
      social: { ...social, addressesOf: socialAddresses(instance) },
      clients: oauth.clients,
      grants: oauth.grants,
      allowedClients: oauth.allowedClients,
      log: lists.auditLog,
      names: createNames(database),
      acceptedTerms: instance.byMail.terms,
      deletions: instance.deletions,
      countHoldings: createCountHoldings({ database, clock }),
      resetFactors: instance.factors.changes.reset,
    }),
  }
}

/** With the callback as it has to be registered at a provider. */
function socialAddresses({ settings, social }: Instance): (provider: string) => { start: string; callback: string } {
  const origin = addressesOf(settings)[0] ?? ''
  return (provider) => {
    const { start, callback } = social.pathsOf(provider)
    return { start, callback: origin + callback }
  }
}
