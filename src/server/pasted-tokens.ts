import { createPastedTokens, type PastedTokens } from '../admin/credentials/pasted-tokens.ts'
import type { Instance } from './instance.ts'

/** What a pasted token is: for the console and for the API. */
export function pastedTokensOf(instance: Instance): PastedTokens {
  const { lists, oauth } = instance
  return createPastedTokens({
    ...instance,
    keyList: lists.apiKeys,
    sessionList: lists.sessions,
    grantList: lists.grants,
    grants: oauth.grants,
    access: oauth.access,
  })
}
