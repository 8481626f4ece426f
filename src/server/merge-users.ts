import { createMergeUsers, type MergeUsers } from '../accounts/merge-users.ts'
import { longestAccessToken } from '../oauth/client-values.ts'
import type { Instance } from './instance.ts'

export function mergeUsersOf({ database, revocations, oauth, settings, mail, clock }: Instance): MergeUsers {
  const { accessTokenLifetime, oauthAccessTokenLifetime } = settings
  return createMergeUsers({
    database,
    revocations,
    clock,
    notify: mail.notify,
    onEnded: oauth.logout.signInsEnded,
    // Clients may have lifetimes of their own; for as long is remembered what was revoked.
    accessTokenLifetime: Math.max(accessTokenLifetime, oauthAccessTokenLifetime, longestAccessToken),
  })
}
