import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createSealer } from '../crypto/seal.ts'
import { formatId } from '../storage/id.ts'
import { watchRevocations } from '../storage/revocations.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { createTokenFormat } from '../tokens/format.ts'
import { type Clients, createClients } from './clients.ts'

const by = { actor: 'user:admin' }
const web = { name: 'Web', scopes: ['openid'], redirectUris: ['https://app.example/cb'] }

onEachDatabase('the review of a client', (stage) => {
  async function opened(work: (clients: Clients, owner: string, events: () => Promise<string[]>) => Promise<void>) {
    const { database, clock, addUser } = await stage()
    const revocations = await watchRevocations(database, { clock })
    const sealer = createSealer({ secret: 'a secret for tests with 32 characters or more' })
    const rules = { scopes: { openid: 'Know who you are' } }
    const clients = createClients({ database, clock, format: createTokenFormat(), sealer, revocations, rules })
    const { id } = await addUser()
    const events = async () =>
      (await database.read.selectFrom('audit_events').select('event').orderBy('id').execute()).map(({ event }) => event)
    try {
      await work(clients, formatId(id), events)
    } finally {
      await revocations.close()
    }
  }

  it('makes one from the portal as good as one of an administrator, once, and says so in the log', async () => {
    await opened(async (clients, owner, events) => {
      const { client } = await clients.create(web, { by, owner, source: 'portal' })
      const reviewed = await clients.review(client.id, { by, seen: client.updatedAt })
      assert.equal(reviewed.source, 'manual')
      await clients.review(client.id, { by })
      assert.equal((await events()).filter((event) => event === 'client.reviewed').length, 1)
    })
  })

  it('counts for what was looked at, and for nothing that describes itself', async () => {
    await opened(async (clients, owner) => {
      const { client } = await clients.create(web, { by, owner, source: 'portal' })
      const stale = client.updatedAt - 1
      await assert.rejects(clients.review(client.id, { by, seen: stale }), { code: 'conflict' })
      const dynamic = await clients.create(web, { by, source: 'dynamic' })
      await assert.rejects(clients.review(dynamic.client.id, { by }), { code: 'conflict' })
      await assert.rejects(clients.review('nobody', { by }), { code: 'not_found' })
    })
  })

  it('is over once its owner changes the client, and so is that nobody is asked; an administrator changes neither', async () => {
    await opened(async (clients, owner) => {
      const { client } = await clients.create({ ...web, consent: 'never' }, { by, owner })
      const same = await clients.update(client.id, { name: 'Web' }, { by, owner })
      assert.deepEqual([same.client.source, same.client.metadata.consent], ['manual', 'never'])
      const theirs = await clients.update(client.id, { redirectUris: ['https://evil.example/cb'] }, { by, owner })
      assert.deepEqual([theirs.client.source, theirs.client.metadata.consent], ['portal', undefined])
      assert.deepEqual(theirs.client.metadata.redirectUris, ['https://evil.example/cb'])
      const { client: next } = await clients.update(client.id, { consent: 'never' }, { by })
      assert.deepEqual([next.source, next.metadata.consent], ['portal', 'never'])
      const again = await clients.update(client.id, { clientUri: 'https://evil.example/' }, { by, owner })
      assert.equal(again.client.metadata.consent, undefined)
    })
  })
})
