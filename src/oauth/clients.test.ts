import assert from 'node:assert/strict'
import { it } from 'node:test'
import { inspect } from 'node:util'
import { RequestRefused } from '../core/errors.ts'
import { digest } from '../crypto/digest.ts'
import { createSealer } from '../crypto/seal.ts'
import { formatId, parseId } from '../storage/id.ts'
import { type Revocations, watchRevocations } from '../storage/revocations.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import { createTokenFormat } from '../tokens/format.ts'
import { clientSecretPost } from './client-authentication/client-secret.ts'
import { clientOf, clientRevocationId } from './client.ts'
import { type ClientUses, createClientUses } from './client-uses.ts'
import type { ClientRules } from './client-values.ts'
import { type Clients, createClients } from './clients.ts'
import { clientSecretPurpose } from './id-tokens.ts'
import { parametersOf } from './oauth-endpoint.ts'

const format = createTokenFormat()
const sealer = createSealer({ secret: 'a secret for tests with 32 characters or more' })
const by = { actor: 'user:admin', address: '192.0.2.7' }
const rules: ClientRules = { scopes: { openid: 'Know who you are', read: 'Read', write: 'Write' } }
const machine = { name: 'Machine', grantTypes: ['client_credentials'], scopes: ['read'] }
const web = { name: 'Web', scopes: ['openid'], redirectUris: ['https://app.example/cb'] }

onEachDatabase('createClients', (stage) => {
  async function opened(work: (open: Opened) => Promise<void>): Promise<void> {
    const set = await stage()
    const { database, clock } = set
    const revocations = await watchRevocations(database, { clock })
    const uses = createClientUses({ database, clock })
    const clients = createClients({ database, clock, format, sealer, revocations, rules })
    try {
      await work({ stage: set, clients, uses, revocations })
    } finally {
      await uses.close()
      await revocations.close()
    }
  }

  it('shows the secret of a client once, and keeps its digest alone [B-STO-01 B-STO-06 B-TKE-08]', async () => {
    await opened(async ({ clients, stage: { database } }) => {
      const { client, secret, registrationToken } = await clients.create(machine, { by })
      assert.match(secret ?? '', /^dw_sec_/)
      assert.equal(registrationToken, null)
      assert.deepEqual([client.name, client.isConfidential, client.hasSecret], ['Machine', true, true])
      const { secret: next } = await clients.startSecretRotation(client.id, { by })
      const rows = await database.read.selectFrom('clients').selectAll().execute()
      const log = await database.read.selectFrom('audit_events').selectAll().execute()
      const shown = inspect([rows, log, await clients.find(client.id), await clients.list()], { depth: 9 })
      for (const text of [secret ?? '', next]) assert.ok(!shown.includes(text.slice(-49, -40)))
      assert.deepEqual(Buffer.from(rows[0]?.secret_digest ?? []), digest(secret ?? ''))
      await clients.update(client.id, { name: 'Another' }, { by })
      const [row] = await database.read.selectFrom('clients').selectAll().execute()
      assert.deepEqual(Buffer.from(row?.secret_digest ?? []), digest(secret ?? ''), 'it is not digested again')
    })
  })

  it('keeps a secret, sealed, only where ID tokens are signed with it [B-STO-01]', async () => {
    await opened(async ({ clients, stage: { database } }) => {
      const made = await clients.create({ ...web, idTokenSignedResponseAlg: 'HS256' }, { by })
      const sealed = async (): Promise<string | null> => {
        const row = await database.read
          .selectFrom('clients')
          .select('sealed_secret')
          .where('identifier', '=', made.client.id)
          .executeTakeFirstOrThrow()
        const plain = row.sealed_secret === null ? null : sealer.open(clientSecretPurpose, row.sealed_secret)
        return plain === null ? null : Buffer.from(plain).toString()
      }
      assert.equal(await sealed(), made.secret)
      const { secret: next } = await clients.startSecretRotation(made.client.id, { by })
      assert.equal(await sealed(), next)
      await assert.rejects(clients.cancelSecretRotation(made.client.id, { by }), { code: 'conflict' })
      await clients.update(made.client.id, { idTokenSignedResponseAlg: null }, { by })
      assert.equal(await sealed(), null)
      await assert.rejects(
        clients.update(made.client.id, { idTokenSignedResponseAlg: 'HS256' }, { by }),
        (error: RequestRefused) =>
          error.code === 'invalid' && Object.hasOwn(error.body ?? {}, 'idTokenSignedResponseAlg'),
      )
    })
  })

  it('takes over a client_id and a secret from elsewhere, and no client_id twice', async () => {
    await opened(async ({ clients, stage: { database } }) => {
      const secret = 'a-secret-of-another-server-0123456789'
      const made = await clients.create(machine, { by, identifier: 'old.client@example', secret })
      assert.deepEqual([made.client.id, made.secret], ['old.client@example', secret])
      assert.equal(await isTheirs(database, made.client.id, secret), true)
      await assert.rejects(clients.create(machine, { by, identifier: 'old.client@example' }), { code: 'conflict' })
      for (const identifier of ['', 'with blank', 'caf\u00e9', 'x'.repeat(1025), 'line\nbreak']) {
        await assert.rejects(clients.create(machine, { by, identifier }), { code: 'invalid' })
      }
      for (const bad of ['short', '', 'x'.repeat(513), '\u00e9'.repeat(40)]) {
        await assert.rejects(clients.create(machine, { by, secret: bad }), { code: 'invalid' })
      }
      await assert.rejects(clients.create({ ...web, authMethod: 'none' }, { by, secret }), { code: 'invalid' })
    })
  })

  it('lets a client have two secrets during a rotation, each with its last use [B-TKE-08 CA02]', async () => {
    await opened(async ({ clients, uses, stage: set }) => {
      const { database, time } = set
      const { client, secret: first } = await clients.create(machine, { by })
      const { secret: second, client: rotating } = await clients.startSecretRotation(client.id, { by, overlap: 3600 })
      assert.deepEqual(rotating.rotation, { endsAt: time.now + 3_600_000, oldLastUsedAt: null, newLastUsedAt: null })
      const works = async (secret: string | null): Promise<boolean> =>
        isTheirs(database, client.id, secret ?? '', { uses, now: time.now })
      assert.deepEqual([await works(first), await works(second), await works('dw_sec_other')], [true, true, false])
      const usedAt = time.now
      time.now += 120_000
      await works(second)
      await uses.close()
      assert.deepEqual((await clients.find(client.id))?.rotation, {
        endsAt: rotating.rotation?.endsAt,
        oldLastUsedAt: usedAt,
        newLastUsedAt: time.now,
      })
      assert.equal((await clients.find(client.id))?.secretLastUsedAt, time.now)
      await assert.rejects(clients.startSecretRotation(client.id, { by }), { code: 'conflict' })
      time.now += 3_600_000
      assert.deepEqual([await works(first), await works(second)], [false, true], 'the overlap is over')
      const { secret: third } = await clients.startSecretRotation(client.id, { by, overlap: null })
      assert.deepEqual([await works(first), await works(second), await works(third)], [false, true, true])
      await clients.cancelSecretRotation(client.id, { by })
      assert.deepEqual([await works(second), await works(third)], [true, false])
      await assert.rejects(clients.finishSecretRotation(client.id, { by }), { code: 'conflict' })
      const { secret: fourth } = await clients.startSecretRotation(client.id, { by })
      const finished = await clients.finishSecretRotation(client.id, { by })
      assert.deepEqual([finished.rotation, await works(second), await works(fourth)], [null, false, true])
    })
  })

  it('takes a secret only by the method that is registered [CA02]', async () => {
    await opened(async ({ clients, stage: { database } }) => {
      const { client, secret } = await clients.create({ ...machine, authMethod: 'client_secret_basic' }, { by })
      assert.equal(await isTheirs(database, client.id, secret ?? ''), false)
      await clients.update(client.id, { authMethod: 'client_secret_post' }, { by })
      assert.equal(await isTheirs(database, client.id, secret ?? ''), true)
    })
  })

  it('changes what is given and leaves the rest, or replaces all', async () => {
    await opened(async ({ clients, stage: { time } }) => {
      const { client } = await clients.create(
        { ...web, logoUri: 'https://app.example/logo', contacts: ['a@b.example'] },
        { by },
      )
      time.now += 1000
      const changed = await clients.update(client.id, { name: 'New', logoUri: null, tosUri: undefined }, { by })
      assert.equal(changed.secret, null)
      assert.deepEqual([changed.client.name, changed.client.updatedAt], ['New', time.now])
      assert.deepEqual(changed.client.metadata, {
        redirectUris: ['https://app.example/cb'],
        contacts: ['a@b.example'],
        responseTypes: ['code'],
      })
      const { client: machineNow } = await clients.update(client.id, { grantTypes: ['client_credentials'] }, { by })
      assert.equal(machineNow.metadata.responseTypes, undefined, 'they follow from the grant types')
      const replaced = await clients.replace(client.id, web, { by })
      assert.equal(replaced.client.metadata.contacts, undefined)
      await assert.rejects(clients.update(client.id, { redirectUris: [] }, { by }), { code: 'invalid' })
      await assert.rejects(clients.update(client.id, { scopes: ['everything'] }, { by }), { code: 'invalid' })
      assert.deepEqual(await clients.find(client.id), replaced.client)
    })
  })

  it('makes a secret where a change asks for one, and forgets it where none is needed', async () => {
    await opened(async ({ clients, stage: { database } }) => {
      const { client, secret: none } = await clients.create({ ...web, authMethod: 'none' }, { by })
      assert.equal(none, null)
      await assert.rejects(clients.startSecretRotation(client.id, { by }), { code: 'conflict' })
      const { secret, client: confidential } = await clients.update(client.id, { authMethod: 'client_secret' }, { by })
      assert.deepEqual([confidential.isConfidential, confidential.hasSecret], [true, true])
      assert.equal(await isTheirs(database, client.id, secret ?? ''), true)
      const { client: back } = await clients.update(client.id, { authMethod: 'none' }, { by })
      assert.deepEqual([back.isConfidential, back.hasSecret], [false, false])
    })
  })

  it('keeps a scope that has left the catalogue, where another member is changed', async () => {
    await opened(async ({ clients, stage: set, revocations }) => {
      const { client } = await clients.create(machine, { by })
      const narrower = createClients({ ...set, format, sealer, revocations, rules: { scopes: { write: 'Write' } } })
      assert.deepEqual((await narrower.update(client.id, { name: 'New' }, { by })).client.scopes, ['read'])
      await assert.rejects(narrower.create(machine, { by }), { code: 'invalid' })
    })
  })

  it('lists page by page, newest first, all of them or those of an owner [AD12 B-STO-07]', async () => {
    await opened(async ({ clients, stage: set }) => {
      const ann = formatId((await set.addUser()).id)
      const bob = formatId((await set.addUser()).id)
      const ids: string[] = []
      for (const owner of [ann, bob, ann, null, ann]) {
        ids.unshift((await clients.create(machine, { by, owner })).client.id)
      }
      const first = await clients.list({ limit: 2 })
      assert.deepEqual(
        first.clients.map(({ id }) => id),
        ids.slice(0, 2),
      )
      await clients.create(machine, { by })
      const second = await clients.list({ limit: 3, after: first.next ?? '' })
      assert.deepEqual([second.clients.map(({ id }) => id), second.next], [ids.slice(2), null], 'stable under writes')
      assert.deepEqual(
        (await clients.list({ owner: ann })).clients.map(({ id }) => id),
        [ids[0], ids[2], ids[4]],
      )
      for (const after of ['', 'forged', '../../etc', '0'.repeat(100)]) {
        await assert.rejects(clients.list({ after }), { code: 'invalid', status: 400 })
      }
      assert.deepEqual((await clients.list({ owner: 'nobody' })).clients, [])
    })
  })

  it('does nothing to a client of somebody else [B-STO-07]', async () => {
    await opened(async ({ clients, stage: set }) => {
      const ann = formatId((await set.addUser()).id)
      const bob = formatId((await set.addUser()).id)
      const { client } = await clients.create(machine, { by, owner: ann })
      const action = { by, owner: bob }
      for (const attempt of [
        async () => clients.update(client.id, { name: 'Mine' }, action),
        async () => clients.replace(client.id, machine, action),
        async () => clients.startSecretRotation(client.id, action),
        async () => clients.finishSecretRotation(client.id, action),
        async () => clients.cancelSecretRotation(client.id, action),
        async () => clients.disable(client.id, action),
        async () => clients.enable(client.id, action),
        async () => clients.delete(client.id, action),
      ]) {
        await assert.rejects(attempt(), { code: 'not_found' })
      }
      assert.equal(await clients.find(client.id, { owner: bob }), null)
      assert.deepEqual(await clients.find(client.id, { owner: ann }), client)
      assert.equal(await clients.find('nobody'), null)
      await assert.rejects(clients.create(machine, { by, owner: 'nobody' }), { code: 'invalid' })
    })
  })

  it('tells of a client that is switched off in the feed of revocations, up to this millisecond [B-TKE-10]', async () => {
    await opened(async ({ clients, revocations, stage: { time } }) => {
      for (const identifier of [undefined, 'an-old-client']) {
        const made = await clients.create(machine, { by, ...(identifier === undefined ? {} : { identifier }) })
        const { id } = made.client
        const revocationId = clientRevocationId(id)
        if (identifier === undefined) assert.equal(revocationId, parseId(id))
        assert.equal(revocations.notBefore('client', revocationId), undefined)
        assert.equal((await clients.disable(id, { by })).isActive, false)
        assert.equal(revocations.notBefore('client', revocationId), time.now + 1)
        time.now += 10
        assert.equal((await clients.disable(id, { by })).isActive, false)
        assert.equal(revocations.notBefore('client', revocationId), time.now - 9, 'harmless twice')
        assert.equal((await clients.enable(id, { by })).isActive, true)
        await clients.delete(id, { by })
        assert.equal(revocations.notBefore('client', revocationId), time.now + 1)
        assert.equal(await clients.find(id), null)
        await assert.rejects(clients.delete(id, { by }), { code: 'not_found' })
      }
    })
  })

  it('makes nothing where what has to happen with it fails', async () => {
    await opened(async ({ clients }) => {
      const alongside = async (): Promise<void> => {
        throw new RequestRefused('conflict')
      }
      await assert.rejects(clients.create(machine, { by, alongside }), { code: 'conflict' })
      assert.deepEqual((await clients.list()).clients, [])
    })
  })

  it('starts one rotation, however many ask at once', async () => {
    await opened(async ({ clients, stage: { database } }) => {
      const { client } = await clients.create(machine, { by })
      const attempts = await Promise.allSettled(
        Array.from({ length: 50 }, async () => clients.startSecretRotation(client.id, { by })),
      )
      const started = attempts.filter((attempt) => attempt.status === 'fulfilled')
      assert.equal(started.length, 1)
      assert.equal(await isTheirs(database, client.id, started[0]?.value.secret ?? ''), true)
      for (const attempt of attempts)
        if (attempt.status === 'rejected') assert.equal(codeOf(attempt.reason), 'conflict')
    })
  })

  it('says in the audit log who did what to which client [AD07 B-STO-12]', async () => {
    await opened(async ({ clients, stage: { database } }) => {
      const { client } = await clients.create(machine, { by })
      await clients.update(client.id, { name: 'New' }, { by })
      await clients.startSecretRotation(client.id, { by })
      await clients.cancelSecretRotation(client.id, { by })
      await clients.startSecretRotation(client.id, { by })
      await clients.finishSecretRotation(client.id, { by })
      await clients.disable(client.id, { by })
      await clients.enable(client.id, { by })
      await clients.delete(client.id, { by })
      const log = await database.read.selectFrom('audit_events').selectAll().orderBy('id').execute()
      const said = log.filter(({ event }) => event.startsWith('client.'))
      assert.deepEqual(
        said.map(({ event }) => event),
        [
          'client.created',
          'client.updated',
          'client.secret_rotation_started',
          'client.secret_rotation_cancelled',
          'client.secret_rotation_started',
          'client.secret_rotation_finished',
          'client.disabled',
          'client.enabled',
          'client.deleted',
        ],
      )
      for (const { actor, address, subject } of said) {
        assert.deepEqual([actor, address, subject], [by.actor, by.address, `client:${client.id}`])
      }
    })
  })
})

interface Opened {
  readonly stage: Stage
  readonly clients: Clients
  readonly uses: ClientUses
  readonly revocations: Revocations
}

/** Whether a secret in the body is that of a client now. */
async function isTheirs(
  database: Stage['database'],
  id: string,
  secret: string,
  at?: { readonly uses: ClientUses; readonly now: number },
): Promise<boolean> {
  const row = await database.read
    .selectFrom('clients')
    .selectAll()
    .where('identifier', '=', id)
    .executeTakeFirstOrThrow()
  const method = clientSecretPost(at === undefined ? {} : { onUsed: at.uses.used, clock: () => at.now })
  const parameters = parametersOf({ fields: { client_id: id, client_secret: secret }, repeated: {} })
  const shown = method.shown({} as Parameters<typeof method.shown>[0], parameters)
  return (await shown?.isProven(clientOf(row))) === true
}

function codeOf(error: unknown): unknown {
  return (error as RequestRefused).code
}
