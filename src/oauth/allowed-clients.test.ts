import assert from 'node:assert/strict'
import { it } from 'node:test'
import { clientRow, userRow } from '../storage/databases.contract.ts'
import { formatId } from '../storage/id.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { createAllowedClients } from './allowed-clients.ts'
import { createConsents } from './consents.ts'
import { createGrants } from './grants.ts'
import { createPublishers } from './publishers.ts'

const noon = Date.UTC(2026, 4, 1, 12)

onEachDatabase('createAllowedClients', (stage) => {
  it('says when a client last used what one allowed it, by what is over too, and how often it is in', async () => {
    const { database } = await stage()
    const [client, other, user, bob] = [database.newId(), database.newId(), database.newId(), database.newId()]
    await database.append({
      clients: [
        clientRow(client, { identifier: 'notes', name: 'Notes', owner_id: null }),
        clientRow(other, { identifier: 'other', name: 'Other', owner_id: null, source: 'dynamic' }),
      ],
      users: [userRow(user, 'ada'), userRow(bob, 'bob')],
    })
    const clock = (): number => noon
    const grants = createGrants({ database, revocations: { revoke: async () => undefined }, accessLifetime: 0, clock })
    const allowedClients = createAllowedClients({
      database,
      grants,
      consents: createConsents({ database, clock }),
      publishers: createPublishers({ database }),
      clock,
    })
    const common = { signInId: null, scopes: ['read'], resources: [], isOffline: true, expiresAt: noon + 1000 } as const
    const made = (clientKey: bigint, userId: bigint, lastUsedAt: number | null, revoked = false) => ({
      ...grants.make({ ...common, clientKey, userId, detail: { by: 'authorization_code' } }),
      last_used_at: lastUsedAt,
      ...(revoked ? { revoked_at: noon, revoked_for: 'signed_out' } : {}),
    })
    await database.append({
      grants: [
        made(client, user, noon - 3000),
        made(client, user, noon - 2000),
        made(client, user, noon - 1000, true),
        made(client, bob, noon),
        made(other, user, null),
      ],
    })
    const list = await allowedClients.list(formatId(user))
    assert.deepEqual(
      list.map(({ clientId, lastUsedAt, grants: alive, publisher }) => [clientId, lastUsedAt, alive, publisher.kind]),
      [
        ['notes', noon - 1000, 2, 'operator'],
        ['other', null, 1, 'nobody'],
      ],
    )
  })
})
