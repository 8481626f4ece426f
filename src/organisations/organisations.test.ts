import assert from 'node:assert/strict'
import { it } from 'node:test'
import { refusal } from '../accounts/refusal.contract.ts'
import { createApiKeys } from '../tokens/api-keys.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import { createTokenFormat } from '../tokens/format.ts'
import { createServiceAccounts } from '../tokens/service-accounts.ts'
import { organisationStage, type OrganisationStage } from './stage.contract.ts'

onEachDatabase('createOrganisations', (stage) => {
  it('makes, finds, changes and lists organisations, each with an owner', async () => {
    const { organisations, members, person } = await open(stage)
    const ada = await person({ username: 'ada' })
    const acme = await organisations.create({ name: ' Acme Inc. ', slug: 'acme', ownerId: ada })
    assert.deepEqual([acme.name, acme.slug, acme.suspendedAt], ['Acme Inc.', 'acme', null])
    assert.deepEqual(
      (await members.list(acme.id)).members.map(({ username, standing }) => [username, standing]),
      [['ada', 'owner']],
    )
    const changed = await organisations.update(acme.id, { name: 'Acme', longestKeyLifetime: 3600 })
    assert.deepEqual(changed, { ...acme, name: 'Acme', longestKeyLifetime: 3600 })
    assert.deepEqual(await organisations.find(acme.id), changed)
    assert.deepEqual(await organisations.findBySlug('acme'), changed)
    assert.equal(await organisations.find('nobody'), null)
    assert.equal(await organisations.findBySlug('other'), null)
  })

  it('lists them page by page, by how their names begin, and by whether they are suspended', async () => {
    const { organisations, person } = await open(stage)
    const ada = await person()
    for (const slug of ['one', 'two', 'three']) await organisations.create({ name: `The ${slug}`, slug, ownerId: ada })
    const first = await organisations.list({ limit: 2 })
    assert.deepEqual(
      first.organisations.map(({ slug }) => slug),
      ['three', 'two'],
    )
    const rest = await organisations.list({ limit: 2, after: first.next ?? '' })
    assert.deepEqual([rest.organisations.map(({ slug }) => slug), rest.next], [['one'], null])
    const found = async (options: Parameters<typeof organisations.list>[0]): Promise<readonly string[]> =>
      (await organisations.list(options)).organisations.map(({ slug }) => slug)
    assert.deepEqual(await found({ search: 'THE t' }), ['three', 'two'])
    assert.deepEqual(await found({ search: 'on' }), ['one'])
    assert.deepEqual(await found({ search: '%' }), [])
    await organisations.suspend(rest.organisations[0]?.id ?? '')
    assert.deepEqual(await found({ suspended: true }), ['one'])
    assert.deepEqual(await found({ suspended: false }), ['three', 'two'])
    assert.equal((await refusal(organisations.list({ after: 'x' }))).status, 400)
  })

  it('refuses a short name that is taken, values that cannot be, owners who are none, and ids that are none', async () => {
    const { organisations, person } = await open(stage)
    const ada = await person()
    const gone = await person({ is_active: 0 })
    const acme = await organisations.create({ name: 'Acme', slug: 'acme', ownerId: ada })
    const other = await organisations.create({ name: 'Other', slug: 'other', ownerId: ada })
    assert.equal((await refusal(organisations.create({ name: 'A', slug: 'acme', ownerId: ada }))).status, 409)
    assert.equal((await refusal(organisations.update(other.id, { slug: 'acme' }))).status, 409)
    for (const slug of ['', 'Acme', '9', '-a', 'a-', 'a--b', 'a b', 'ä', 'a'.repeat(51), 'a_b']) {
      assert.equal((await refusal(organisations.create({ name: 'A', slug, ownerId: ada }))).status, 400, slug)
    }
    for (const changes of [
      { name: ' ' },
      { longestKeyLifetime: 0 },
      { longestKeyLifetime: 1.5 },
      { allowedPermissions: ['a b'] },
      { allowedScopes: ['"'] },
    ]) {
      assert.equal((await refusal(organisations.update(acme.id, changes))).status, 400, JSON.stringify(changes))
    }
    for (const ownerId of [gone, 'x', '00000000001']) {
      assert.equal((await refusal(organisations.create({ name: 'B', slug: 'b', ownerId }))).status, 400)
    }
    for (const id of ['', 'x', '00000000001']) {
      for (const asked of [
        async () => organisations.update(id, {}),
        async () => organisations.suspend(id),
        async () => organisations.resume(id),
        async () => organisations.delete(id),
      ]) {
        assert.equal((await refusal(asked())).status, 404)
      }
    }
  })

  it('suspends: keys, service accounts and members lose what they have at the next request, and get it back', async () => {
    const set = await open(stage)
    const { organisations, members, person, principal, ended, database, clock } = set
    const [ada, bob] = [await person(), await person()]
    const acme = await organisations.create({ name: 'A', slug: 'acme', ownerId: ada, allowedScopes: ['read'] })
    await members.add(acme.id, bob, 'member')
    const { accounts, keys, close } = programs(set)
    const by = { actor: 'system' }
    const account = await accounts.create({ name: 'job', scopes: ['read'], organisationId: acme.id }, { by })
    const { key } = await keys.create({
      owner: { kind: 'service_account', id: account.id },
      name: 'k',
      scopes: ['read'],
    })
    const used = async () => (await keys.find(key, { address: null }))?.principal ?? null
    assert.equal((await used())?.kind, 'service_account')
    assert.deepEqual((await principal(bob))?.organisations?.[0]?.roles, new Set(['member']))

    await ended()
    const suspended = await organisations.suspend(acme.id)
    assert.equal(suspended.suspendedAt, clock())
    assert.deepEqual(await ended(), [ada, bob])
    assert.equal(await used(), null)
    assert.equal((await principal(bob))?.organisations, undefined)
    assert.equal((await accounts.find(account.id))?.isActive, false)
    // Nothing new comes of it either.
    const more = { owner: { kind: 'service_account', id: account.id }, name: 'k2' } as const
    assert.equal((await refusal(keys.create(more))).status, 400)
    assert.equal((await refusal(accounts.create({ name: 'b', organisationId: acme.id }, { by }))).status, 400)
    assert.equal((await refusal(members.add(acme.id, await person(), 'member'))).status, 409)
    assert.deepEqual(await organisations.suspend(acme.id), suspended)

    await organisations.resume(acme.id)
    assert.equal((await used())?.id, account.id)
    assert.equal((await principal(bob))?.organisations?.[0]?.slug, 'acme')
    assert.equal((await organisations.find(acme.id))?.suspendedAt, null)
    await close()
    assert.equal((await database.read.selectFrom('organisation_members').selectAll().execute()).length, 2)
  })

  it('deletes what belongs to it, says how much that is, and leaves the people', async () => {
    const set = await open(stage)
    const { organisations, members, roles, invitations, grants, person, principal, database, events } = set
    const [ada, bob] = [await person(), await person()]
    const acme = await organisations.create({ name: 'A', slug: 'acme', ownerId: ada })
    const other = await organisations.create({ name: 'O', slug: 'other', ownerId: ada })
    await members.add(acme.id, bob, 'member')
    const role = await roles.create({ name: 'editor', organisationId: acme.id })
    await grants.grant({ roleId: role.id, userId: bob })
    await invitations.create({ organisationId: acme.id, email: 'eve@example.org' })
    const { accounts, keys, close } = programs(set)
    const account = await accounts.create({ name: 'job', organisationId: acme.id }, { by: { actor: 'system' } })
    const { key } = await keys.create({ owner: { kind: 'service_account', id: account.id }, name: 'k' })
    assert.deepEqual(await organisations.counts(acme.id), {
      members: 2,
      invitations: 1,
      roles: 1,
      serviceAccounts: 1,
      keys: 1,
      clients: 0,
    })

    await organisations.delete(acme.id)
    assert.equal(await organisations.find(acme.id), null)
    assert.equal(await keys.find(key, { address: null }), null)
    assert.equal(await accounts.find(account.id), null)
    assert.deepEqual(
      (await principal(ada))?.organisations?.map(({ slug }) => slug),
      ['other'],
    )
    assert.equal((await principal(bob))?.organisations, undefined)
    for (const table of ['invitations', 'roles', 'role_grants'] as const) {
      assert.deepEqual(await database.read.selectFrom(table).select('id').execute(), [])
    }
    assert.equal((await organisations.counts(other.id)).members, 1)
    assert.equal((await events()).at(-1), 'organisation.deleted')
    await close()
  })

  it('takes from roles and service accounts what is beyond new limits', async () => {
    const set = await open(stage)
    const { organisations, members, roles, grants, person, principal, ended } = set
    const ada = await person()
    const limits = { allowedPermissions: ['notes.view', 'notes.change'], allowedScopes: ['read', 'write'] }
    const acme = await organisations.create({ name: 'A', slug: 'acme', ownerId: ada, ...limits })
    const permissions = ['notes.view', 'notes.change', 'members.add']
    const role = await roles.create({ name: 'editor', organisationId: acme.id, permissions })
    const bob = await person()
    await members.add(acme.id, bob, 'member')
    await grants.grant({ roleId: role.id, userId: bob })
    const { accounts, close } = programs(set)
    const given = { scopes: ['read', 'write'], permissions: ['notes.change'], organisationId: acme.id }
    const account = await accounts.create({ name: 'job', ...given }, { by: { actor: 'system' } })
    await ended()
    await organisations.update(acme.id, { allowedPermissions: ['notes.view'], allowedScopes: ['read'] })
    assert.deepEqual(await ended(), [ada, bob])
    assert.deepEqual((await roles.find(role.id))?.permissions, ['notes.view', 'members.add'])
    const held = (await principal(bob))?.organisations?.[0]?.permissions
    assert.deepEqual([held?.has('notes.view'), held?.has('notes.change')], [true, false])
    const kept = await accounts.find(account.id)
    assert.deepEqual([kept?.scopes, kept?.permissions], [['read'], []])
    // What was not given before is not given now.
    await organisations.update(acme.id, { ...limits })
    assert.deepEqual((await accounts.find(account.id))?.scopes, ['read'])
    await close()
  })

  it('keeps service accounts and their keys within the limits of their organisation', async () => {
    const set = await open(stage)
    const { organisations, person, time } = set
    const ada = await person()
    const [acme, other] = [
      await organisations.create({
        name: 'A',
        slug: 'acme',
        ownerId: ada,
        allowedScopes: ['read'],
        longestKeyLifetime: 86_400,
      }),
      await organisations.create({ name: 'O', slug: 'other', ownerId: ada }),
    ]
    const { accounts, keys, close } = programs(set)
    const by = { actor: 'system' }
    for (const beyond of [{ scopes: ['write'] }, { permissions: ['notes.view'] }, { organisationId: 'x' }]) {
      const asked = accounts.create({ name: 'job', organisationId: acme.id, ...beyond }, { by })
      assert.equal((await refusal(asked)).status, 400, JSON.stringify(beyond))
    }
    const account = await accounts.create({ name: 'job', organisationId: acme.id, scopes: ['read'] }, { by })
    assert.equal((await refusal(accounts.update(account.id, { scopes: ['read', 'write'] }, { by }))).status, 400)
    assert.deepEqual((await accounts.find(account.id))?.scopes, ['read'])

    const owner = { kind: 'service_account', id: account.id } as const
    assert.match((await refusal(keys.create({ owner, name: 'for ever' }))).message, /a day/)
    const late = time.now + 86_400_001
    assert.equal((await refusal(keys.create({ owner, name: 'k', expiresAt: late }))).status, 400)
    const { record } = await keys.create({ owner, name: 'k', expiresAt: late - 1 })
    assert.equal((await refusal(keys.update(record.id, { expiresAt: null }, { by }))).status, 400)
    await keys.startRotation(record.id, { by })
    await keys.finishRotation(record.id, { by })

    // Another organisation's administrators see nothing of it (AD01).
    for (const organisationId of [other.id, 'x']) {
      for (const asked of [
        async () => accounts.update(account.id, { name: 'b' }, { by, organisationId }),
        async () => accounts.disable(account.id, { by, organisationId }),
        async () => accounts.delete(account.id, { by, organisationId }),
      ]) {
        assert.equal((await refusal(asked())).status, 404)
      }
      assert.deepEqual(await accounts.list({ organisationId }), [])
    }
    assert.deepEqual(
      (await accounts.list({ organisationId: acme.id })).map(({ name, isActive }) => [name, isActive]),
      [['job', true]],
    )
    await close()
  })
})

async function open(stage: () => Promise<Stage>): Promise<OrganisationStage> {
  return organisationStage(await stage())
}

function programs({ database, clock }: Stage) {
  const keys = createApiKeys({ database, clock, format: createTokenFormat() })
  return { accounts: createServiceAccounts({ database, clock }), keys, close: async () => keys.close() }
}
