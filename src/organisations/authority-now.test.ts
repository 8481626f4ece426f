import assert from 'node:assert/strict'
import { it } from 'node:test'
import { refusal } from '../accounts/refusal.contract.ts'
import { createApiKeys } from '../tokens/api-keys.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import { createTokenFormat } from '../tokens/format.ts'
import { createServiceAccounts } from '../tokens/service-accounts.ts'
import { createMembers } from './members.ts'
import { createRoleGrants } from './role-grants.ts'
import { createRoles } from './roles.ts'
import { organisationStage } from './stage.contract.ts'

onEachDatabase('what members do to members', (stage) => {
  it('is looked at once more in the moment in which it is done: a stale right allows nothing', async () => {
    const { members, invitations, organisations, acme, ada, bob, eve } = await open(stage)
    const byBob = { actor: `user:${bob}`, allowedBy: bob }
    await members.setStanding(acme, bob, 'admin')
    // His page is from when he was an owner.
    for (const attempt of [
      async () => members.setStanding(acme, ada, 'member', byBob),
      async () => members.setStanding(acme, eve, 'owner', byBob),
      async () => members.remove(acme, ada, byBob),
      async () => members.transfer(acme, ada, bob, byBob),
      async () => invitations.create({ organisationId: acme, email: 'x@example.org', standing: 'owner' }, byBob),
    ]) {
      assert.equal((await refusal(attempt())).code, 'permission_denied')
    }
    // What an admin may, he may, until the member whom he means has become more.
    await members.setStanding(acme, eve, 'admin', byBob)
    await members.setStanding(acme, eve, 'owner')
    assert.equal((await refusal(members.remove(acme, eve, byBob))).code, 'permission_denied')
    await invitations.create({ organisationId: acme, email: 'y@example.org', standing: 'admin' }, byBob)
    await members.remove(acme, bob)
    const gone = await refusal(members.setStanding(acme, eve, 'member', byBob))
    assert.match(gone.message, /not a member of this organisation any more/)
    // What he is elsewhere counts there.
    const other = await organisations.create({ name: 'Other', slug: 'other', ownerId: bob })
    assert.equal((await refusal(members.remove(acme, eve, byBob))).code, 'permission_denied')
    await members.add(other.id, eve, 'owner')
    await members.remove(other.id, eve, byBob)
  })

  it('holds for roles, settings, invitations, service accounts and keys as well', async () => {
    const at = await open(stage)
    const { members, invitations, organisations, roles, grants, acme, bob, eve } = at
    const common = { database: at.database, clock: at.clock }
    const serviceAccounts = createServiceAccounts(common)
    const apiKeys = createApiKeys({ ...common, format: createTokenFormat() })
    const byBob = { actor: `user:${bob}`, allowedBy: bob }
    const editor = await roles.create({ name: 'editor', organisationId: acme })
    const spare = await roles.create({ name: 'spare', organisationId: acme })
    const target = { roleId: editor.id, userId: eve, organisationId: acme }
    const invited = await invitations.create({ organisationId: acme, email: 'x@example.org' })
    const account = await serviceAccounts.create({ name: 'nightly', organisationId: acme }, { by: byBob })
    const owner = { kind: 'service_account', id: account.id } as const
    const first = await apiKeys.create({ owner, name: 'first', by: byBob })
    const inAcme = { by: byBob, organisationId: acme }
    const ofAcme = { ...inAcme, allowedBy: bob }
    const attempts: Readonly<Record<string, () => Promise<unknown>>> = {
      'make a role': async () => roles.create({ name: 'more', organisationId: acme }, byBob),
      'change a role': async () => roles.update(editor.id, { name: 'chief' }, inAcme),
      'give a role': async () => grants.grant(target, byBob),
      'take a role': async () => grants.revoke(target, byBob),
      'delete a role': async () => roles.delete(spare.id, inAcme),
      'change the name': async () => organisations.update(acme, { name: 'Mine' }, byBob),
      'make a service account': async () => serviceAccounts.create({ name: 'more', organisationId: acme }, ofAcme),
      'switch one off': async () => serviceAccounts.disable(account.id, ofAcme),
      'switch one on': async () => serviceAccounts.enable(account.id, ofAcme),
      'make a key': async () => apiKeys.create({ owner, name: 'more', by: byBob, allowedBy: bob }),
      'revoke a key': async () => apiKeys.revoke(first.record.id, { by: byBob, owner, allowedBy: bob }),
      'send an invitation again': async () => invitations.resend(invited.id, inAcme),
      'cancel an invitation': async () => invitations.cancel(invited.id, inAcme),
      'delete a service account': async () => serviceAccounts.delete(account.id, ofAcme),
      'delete the organisation': async () => organisations.delete(acme, byBob),
    }
    await members.setStanding(acme, bob, 'member')
    at.time.now += 60_000
    const before = await at.events()
    for (const [what, attempt] of Object.entries(attempts)) {
      assert.equal((await refusal(attempt())).code, 'permission_denied', what)
    }
    await members.remove(acme, bob)
    for (const [what, attempt] of Object.entries(attempts)) {
      assert.equal((await refusal(attempt())).code, 'permission_denied', what)
    }
    assert.deepEqual(await at.events(), [...before, 'organisation.member_removed'])
    // As an owner he may do each of them.
    await members.add(acme, bob, 'owner')
    for (const [what, attempt] of Object.entries(attempts)) await assert.doesNotReject(attempt(), what)
    assert.equal(await organisations.find(acme), null)
  })

  it('makes no program that may do more than its maker, and shows no secret of one, unless they may write roles anyway', async () => {
    const { members, organisations, roles, grants, database, clock, acme, bob, eve } = await open(stage)
    await organisations.update(acme, { allowedPermissions: ['notes.add', 'notes.delete'] })
    const permissions = ['service_accounts.add', 'service_accounts.change', 'notes.add']
    const { id: roleId } = await roles.create({ name: 'robots', organisationId: acme, permissions })
    await members.setStanding(acme, bob, 'member')
    await grants.grant({ roleId, userId: bob, organisationId: acme })
    await members.setStanding(acme, eve, 'admin')
    const serviceAccounts = createServiceAccounts({ database, clock })
    const apiKeys = createApiKeys({ database, clock, format: createTokenFormat() })
    const make = async (who: string, given: readonly string[]) =>
      serviceAccounts.create(
        { name: `for ${given.join(' ')}`, organisationId: acme, permissions: given },
        { by: { actor: `user:${who}` }, allowedBy: who },
      )
    const keyOf = async (id: string, who: string) =>
      apiKeys.create({
        owner: { kind: 'service_account', id },
        name: 'k',
        by: { actor: `user:${who}` },
        allowedBy: who,
      })
    const refused = await refusal(make(bob, ['notes.add', 'notes.delete']))
    assert.deepEqual([refused.code, /notes\.delete/.test(refused.message)], ['permission_denied', true])
    const small = await make(bob, ['notes.add'])
    await keyOf(small.id, bob)
    const large = await make(eve, ['notes.delete'])
    assert.equal((await refusal(keyOf(large.id, bob))).code, 'permission_denied')
    await keyOf(large.id, eve)
  })

  it('gives nobody a role that has come to allow more since the page was opened', async () => {
    const { members, roles, grants, acme, bob, eve } = await open(stage)
    await members.setStanding(acme, bob, 'admin')
    const role = await roles.create({ name: 'helper', organisationId: acme })
    await roles.update(role.id, { permissions: ['organisation.delete'] })
    const target = { roleId: role.id, userId: eve, organisationId: acme }
    const given = await refusal(grants.grant(target, { actor: `user:${bob}`, allowedBy: bob }))
    assert.match(given.message, /allows more than you may yourself/)
    const changed = roles.update(role.id, { permissions: [] }, { by: { allowedBy: bob }, organisationId: acme })
    assert.equal((await refusal(changed)).code, 'permission_denied')
  })

  it('gives no role any more once whoever gives it has become less, whatever comes at once', async () => {
    const here = await stage()
    const at = await organisationStage(here)
    const common = { clock: here.clock, revocations: { revoke: async () => undefined } }
    const elsewhere = createRoleGrants({ database: here.second, ...common })
    const [ada, bob] = [await at.person(), await at.person()]
    const { id: acme } = await at.organisations.create({ name: 'Acme', slug: 'acme', ownerId: ada })
    await at.members.add(acme, bob, 'admin')
    const role = await at.roles.create({ name: 'editor', organisationId: acme })
    const people = await Promise.all(Array.from({ length: 50 }, async () => at.person()))
    for (const person of people) await at.members.add(acme, person, 'member')
    const byBob = { actor: `user:${bob}`, allowedBy: bob }
    const given = people.map(async (userId, index) =>
      (index % 2 === 0 ? at.grants : elsewhere).grant({ roleId: role.id, userId, organisationId: acme }, byBob),
    )
    const [, ...done] = await Promise.allSettled([at.members.setStanding(acme, bob, 'member'), ...given])
    // Rows of one process stand in its chain in the order in which they were done.
    const rows = await here.database.read.selectFrom('audit_events').selectAll().orderBy('position').execute()
    const demoted = rows.find(({ event }) => event === 'organisation.standing_changed')
    const chain = rows.filter(({ chain_id }) => chain_id === demoted?.chain_id).map(({ event }) => event)
    const after = chain.slice(chain.indexOf('organisation.standing_changed') + 1)
    assert.ok(!after.includes('role.granted'), after.join(', '))
    const fulfilled = done.filter(({ status }) => status === 'fulfilled').length
    assert.equal((await at.grants.holders(role.id)).length, fulfilled)
  })

  it('lets no role keep what its organisation may not give any more, whatever comes at once', async () => {
    const here = await stage()
    const at = await organisationStage(here)
    const common = { clock: here.clock, revocations: { revoke: async () => undefined } }
    const elsewhere = createRoles({ database: here.second, ...common })
    const ada = await at.person()
    const limits = { allowedPermissions: ['notes.change'] }
    const { id: acme } = await at.organisations.create({ name: 'Acme', slug: 'acme', ownerId: ada, ...limits })
    const all = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => at.roles.create({ name: `role${index}`, organisationId: acme })),
    )
    const more = all.map(async ({ id }) => elsewhere.update(id, { permissions: ['notes.change'] }))
    await Promise.allSettled([at.organisations.update(acme, { allowedPermissions: [] }), ...more])
    const left = (await at.roles.list(acme)).filter(({ permissions }) => permissions.includes('notes.change'))
    assert.deepEqual(left, [])
  })

  it('is done by one of two owners who demote each other at once, and never by both', async () => {
    const here = await stage()
    const at = await organisationStage(here)
    const common = { clock: here.clock, revocations: { revoke: async () => undefined } }
    const elsewhere = createMembers({ database: here.second, ...common })
    const [ada, bob] = [await at.person(), await at.person()]
    const { id: acme } = await at.organisations.create({ name: 'Acme', slug: 'acme', ownerId: ada })
    await at.members.add(acme, bob, 'owner')
    const done = await Promise.allSettled(
      Array.from({ length: 50 }, async (_, index) =>
        index % 2 === 0
          ? at.members.setStanding(acme, bob, 'member', { actor: `user:${ada}`, allowedBy: ada })
          : elsewhere.setStanding(acme, ada, 'member', { actor: `user:${bob}`, allowedBy: bob }),
      ),
    )
    const { members } = await at.members.list(acme)
    const owners = members.filter(({ standing }) => standing === 'owner').map(({ userId }) => userId)
    assert.equal(owners.length, 1)
    // Whoever is left has done all that was done; the other one was refused each time.
    for (const [index, { status }] of done.entries()) {
      assert.equal(status === 'fulfilled', (index % 2 === 0 ? ada : bob) === owners[0], String(index))
    }
  })
})

/** Ada and Bob own Acme, Eve is a member of it. */
async function open(stage: () => Promise<Stage>) {
  const at = await organisationStage(await stage())
  const [ada, bob, eve] = [await at.person(), await at.person(), await at.person()]
  const { id: acme } = await at.organisations.create({ name: 'Acme', slug: 'acme', ownerId: ada })
  await at.members.add(acme, bob, 'owner')
  await at.members.add(acme, eve, 'member')
  return { ...at, ada, bob, eve, acme }
}
