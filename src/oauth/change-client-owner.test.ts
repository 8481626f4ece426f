import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createSealer } from '../crypto/seal.ts'
import { formatId } from '../storage/id.ts'
import { watchRevocations } from '../storage/revocations.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { createTokenFormat } from '../tokens/format.ts'
import { createChangeClientOwner } from './change-client-owner.ts'
import { createClients } from './clients.ts'

const by = { actor: 'user:admin', address: '192.0.2.7' }

onEachDatabase('another owner of a client (A13)', (stage) => {
  it('is a user who is there, or nobody; it stays as it is for anybody else', async () => {
    const { database, clock, addUser } = await stage()
    const revocations = await watchRevocations(database, { clock })
    try {
      const sealer = createSealer({ secret: 'a secret for tests with 32 characters or more' })
      const rules = { scopes: { read: 'Read' } }
      const clients = createClients({ database, clock, format: createTokenFormat(), sealer, revocations, rules })
      const change = createChangeClientOwner({ database, revocations, clock })
      const [ada, bob, gone] = [await addUser(), await addUser(), await addUser({ is_active: 0 })]
      const { client } = await clients.create(
        { name: 'Job', grantTypes: ['client_credentials'], scopes: ['read'] },
        { by, owner: formatId(ada.id) },
      )
      const toBob = { kind: 'user', id: formatId(bob.id) } as const
      assert.equal((await change(client.id, toBob, { by })).ownerId, toBob.id)
      // Twice says it once.
      await change(client.id, toBob, { by })
      assert.deepEqual((await clients.list({ owner: formatId(ada.id) })).clients, [])
      for (const owner of [
        { kind: 'user', id: formatId(gone.id) },
        { kind: 'user', id: 'nobody' },
        { kind: 'user', id: formatId(1n) },
        { kind: 'organisation', id: formatId(1n) },
      ] as const)
        await assert.rejects(change(client.id, owner, { by }), { code: 'invalid' })
      await assert.rejects(change('no such client', toBob, { by }), { code: 'not_found' })
      assert.equal((await change(client.id, null, { by })).ownerId, null)
      const events = await database.read
        .selectFrom('audit_events')
        .select(['detail'])
        .where('event', '=', 'client.owner_changed')
        .orderBy('id')
        .execute()
      assert.deepEqual(
        events.map(({ detail }) => (JSON.parse(detail) as { owner: unknown }).owner),
        [
          [`user:${formatId(ada.id)}`, `user:${toBob.id}`],
          [`user:${toBob.id}`, null],
        ],
      )
    } finally {
      await revocations.close()
    }
  })
})
