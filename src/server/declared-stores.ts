import { createGroups } from '../accounts/groups.ts'
import { createUsers } from '../accounts/users.ts'
import type { DeclaredStores } from '../declared/kind.ts'
import { createChangeClientOwner } from '../oauth/change-client-owner.ts'
import { createClients } from '../oauth/clients.ts'
import { longestAccessToken } from '../oauth/client-values.ts'
import { createMembers } from '../organisations/members.ts'
import { createOrganisations } from '../organisations/organisations.ts'
import { createRoleGrants } from '../organisations/role-grants.ts'
import { createRoles } from '../organisations/roles.ts'
import type { Database } from '../storage/database.ts'
import { writeRevocation } from '../storage/revocations.ts'
import { parseRate } from '../throttling/rate.ts'
import { createApiKeys } from '../tokens/api-keys.ts'
import { createServiceAccounts } from '../tokens/service-accounts.ts'
import { createWorkloadTrusts } from '../tokens/workload-trusts.ts'
import { issuerOf } from './addresses.ts'
import { clientRules } from './client-rules.ts'
import { keyLimitsOf } from './key-limits.ts'
import type { Instance } from './instance.ts'

/** What files declare, over the database of one unit: the rules are those of this installation. */
export function declaredStores(instance: Instance, database: Database): DeclaredStores {
  const { settings, clock, format, sealer, hasher, mail, byMail, oauth } = instance
  const common = {
    database,
    clock,
    accessTokenLifetime: Math.max(settings.accessTokenLifetime, longestAccessToken),
    revocations: {
      revoke: async (...[unit, revocation]: Parameters<Instance['revocations']['revoke']>) =>
        writeRevocation(database, unit, revocation),
    },
  }
  return {
    clock,
    groups: createGroups(common),
    users: createUsers({
      ...common,
      hasher,
      notify: mail.notify,
      tellOldAddress: byMail.emailChanges.tellOldAddress,
      onEnded: oauth.logout.signInsEnded,
    }),
    organisations: createOrganisations(common),
    members: createMembers(common),
    roles: createRoles(common),
    roleGrants: createRoleGrants(common),
    serviceAccounts: createServiceAccounts({ database, clock }),
    // Nobody comes in by these.
    workloadTrusts: createWorkloadTrusts({
      database,
      clock,
      ownIssuer: issuerOf(settings),
      findKey: async () => null,
    }),
    apiKeys: createApiKeys({ database, format, clock, parseRate, ...keyLimitsOf(settings) }),
    clients: createClients({ ...common, format, sealer, rules: clientRules(settings) }),
    changeClientOwner: createChangeClientOwner(common),
  }
}
