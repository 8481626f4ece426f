import { activity } from '../account/activity.ts'
import { connectedApps, disconnectApp } from '../account/connected-apps.ts'
import { devices, otherDevices } from '../account/devices.ts'
import { factorCounts } from '../account/factor-counts.ts'
import { linkedSignIns, unlinkSignIn } from '../account/linked-sign-ins.ts'
import { overview } from '../account/overview.ts'
import { secureAccount } from '../account/secure-account.ts'
import { isUser } from '../permissions/is-user.ts'
import { createAuditLog } from '../storage/audit-log.ts'
import type { AreaPlan } from './consoles.ts'
import type { Instance } from './instance.ts'

/** One's own account, in the order of its menu. */
export function accountArea({ settings, database, users, sessions, apiKeys, oauth, social }: Instance): AreaPlan {
  const auditLog = createAuditLog({ database })
  const { allowedClients } = oauth
  const links = { linked: social.linked, providers: social.buttons }
  return {
    path: '/account/',
    name: 'Account',
    permission: isUser,
    screens: [
      overview({ users, sessions, auditLog, factors: async (userId) => factorCounts(database, userId) }),
      devices({ sessions }),
      otherDevices({ sessions }),
      ...(social.buttons.length === 0 ? [] : [linkedSignIns(links), unlinkSignIn(links)]),
      connectedApps({ allowedClients, scopes: settings.oauthScopes }),
      disconnectApp({ allowedClients }),
      activity({ auditLog }),
      secureAccount({ sessions, allowedClients, apiKeys }),
    ],
  }
}
