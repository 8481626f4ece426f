import assert from 'node:assert/strict'
import { it } from 'node:test'
import { refusal } from '../accounts/refusal.contract.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import { createMembers } from './members.ts'
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
