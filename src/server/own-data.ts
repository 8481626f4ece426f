import { createOwnData } from '../account/own-data.ts'
import type { DataScreenOptions } from '../account/data.ts'
import { createCountHoldings } from '../accounts/holdings.ts'
import { listFamilies } from '../tokens/family-list.ts'
import type { Instance } from './instance.ts'

/** What the pages and the JSON need by which people take their data along and delete their account. */
export function ownDataStores(instance: Instance): DataScreenOptions {
  const { database, users, groups, orgs, sessions, factors, social, oauth, apiKeys, apiTokens, lists, clock } = instance
  const { apps, passkeys, codes } = factors
  return {
    users,
    isMailOpen: instance.mail.outbox.isOpen,
    passwords: instance.passwords,
    deletions: instance.deletions,
    countHoldings: createCountHoldings({ database, clock }),
    ownData: createOwnData({
      database,
      users,
      groups,
      terms: instance.byMail.terms,
      preferences: instance.preferences,
      members: orgs.members,
      sessions,
      apps,
      passkeys,
      codes,
      linked: social.linked,
      allowedClients: oauth.allowedClients,
      apiKeys,
      apiTokens,
      programs: async (userId) => listFamilies(database, userId, clock()),
      auditLog: lists.auditLog,
    }),
  }
}
