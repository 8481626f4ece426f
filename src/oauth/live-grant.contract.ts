import assert from 'node:assert/strict'
import type { Database } from '../storage/database.ts'
import { parseId } from '../storage/id.ts'
import type { OAuthServer } from './server.ts'

export interface LiveGrantStores {
  readonly oauth: Pick<OAuthServer, 'findClient' | 'grants'>
  readonly database: Pick<Database, 'append'>
  readonly clock: () => number
}

/** Has a user allow a client `openid` for a day. */
export async function liveGrant(
  { oauth, database, clock }: LiveGrantStores,
  { clientId, userId }: { readonly clientId: string; readonly userId: string },
): Promise<void> {
  const client = await oauth.findClient(clientId)
  assert.ok(client !== null)
  const row = oauth.grants.make({
    clientKey: client.key,
    userId: parseId(userId) ?? 0n,
    signInId: null,
    scopes: ['openid'],
    resources: [],
    isOffline: false,
    expiresAt: clock() + 86_400_000,
    detail: { by: 'authorization_code' },
  })
  await database.append({ grants: row })
}
