import { adminScreens } from '../admin/admin-screens.ts'
import { createCountHoldings } from '../admin/holdings.ts'
import { createNames } from '../admin/names.ts'
import { isStaff } from '../permissions/is-staff.ts'
import { createSessionList } from '../accounts/session-list.ts'
import { verifyAudit } from '../storage/verify-audit.ts'
import { createAuditLog } from '../storage/audit-log.ts'
import type { Auth } from '../core/auth.ts'
import { createApiKeyList } from '../tokens/api-key-list.ts'
import { createServiceAccountList } from '../tokens/service-account-list.ts'
import { addressesOf } from './addresses.ts'
import { adminApplications } from './admin-applications.ts'
import { adminOverview } from './admin-overview.ts'
import type { AreaPlan } from './consoles.ts'
import type { Instance } from './instance.ts'
import type { Metrics } from './metrics.ts'

/** The console for administrators. */
export function adminArea(instance: Instance, door: Auth, metrics: Metrics): AreaPlan {
  const { settings, database, format, clock, users, groups, sessions, apiKeys, apiTokens, oauth, social } = instance
  return {
    path: '/admin/',
    name: 'Administration',
    permission: isStaff,
    screens: adminScreens({
      ...adminOverview(instance),
      ...adminApplications(instance),
      refusals: metrics.refusals,
      door,
      clock,
      origin: addressesOf(settings)[0] ?? '',
      users,
      groups,
      sessions,
      apiKeys,
      apiTokens,
      sessionList: createSessionList({ database, idle: settings.sessionIdle, clock }),
      signingKeys: instance.signingKeys,
      signingKeyLifetime: settings.signingKeyLifetime,
      verifyAudit: async (onProgress) => verifyAudit(database, onProgress),
      serviceAccounts: instance.serviceAccounts,
      serviceAccountList: createServiceAccountList(database),
      keyList: createApiKeyList({ database, format }),
      social: { ...social, addressesOf: socialAddresses(instance) },
      clients: oauth.clients,
      grants: oauth.grants,
      allowedClients: oauth.allowedClients,
      log: createAuditLog({ database }),
      names: createNames(database),
      countHoldings: createCountHoldings({ database, clock }),
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
