import assert from 'node:assert/strict'
import { it } from 'node:test'
import { reasonsToStay } from '../accounts/reasons-to-stay.ts'
import { refusal } from '../accounts/refusal.contract.ts'
import { createUsers, type Users } from '../accounts/users.ts'
import { createPasswordHasher } from '../crypto/password-hash.ts'
import { parseId } from '../storage/id.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { organisationStage, type OrganisationStage } from './stage.contract.ts'

onEachDatabase('the owners of organisations', (stage) => {
  it('are not deleted while they are the only one', async () => {
    const opened = await organisationStage(await stage())
    const { organisations, members, person } = opened
    const users = usersOf(opened)
    const [ada, bob] = [await person(), await person()]
    const acme = await organisations.create({ name: 'Acme', slug: 'acme', ownerId: ada })
    await members.add(acme.id, bob, 'admin')
    const { status, message } = await refusal(users.delete(ada))
    assert.deepEqual([status, /only active owner of Acme/.test(message)], [409, true])
    await users.delete(bob)
    const eve = await person()
    await members.add(acme.id, eve, 'owner')
    await users.delete(ada)
    assert.deepEqual(
      (await members.list(acme.id)).members.map(({ userId }) => userId),
      [eve],
    )
    await organisations.delete(acme.id)
    await users.delete(eve)
  })

  it('are followed by one who can sign in: a disabled owner looks after nothing', async () => {
    const opened = await organisationStage(await stage())
    const { organisations, members, person } = opened
    const users = usersOf(opened)
    const [root, ada, bob] = [await person(), await person(), await person()]
    await users.update(root, { isSuperuser: true })
    const acme = await organisations.create({ name: 'Acme', slug: 'acme', ownerId: ada })
    await members.add(acme.id, bob, 'owner')
    await users.disable(bob)
    for (const asked of [
      async () => users.delete(ada),
      async () => members.remove(acme.id, ada),
      async () => members.setStanding(acme.id, ada, 'member'),
    ])
      assert.equal((await refusal(asked())).code, 'conflict')
    assert.match((await reasonsToStay(opened.database, parseId(ada) ?? 0n))[0] ?? '', /only active owner of Acme/)
    await users.enable(bob)
    assert.deepEqual(await reasonsToStay(opened.database, parseId(ada) ?? 0n), [])
    await users.delete(ada)
    assert.equal((await members.list(acme.id)).members.length, 1)
  })

  it('do not all go at once, whatever 50 ask for: some delete accounts, others remove members', async () => {
    const opened = await organisationStage(await stage())
    const { organisations, members, person, second } = opened
    const [here, there] = [usersOf(opened), usersOf({ ...opened, database: second })]
    const [ada, bob] = [await person(), await person()]
    const acme = await organisations.create({ name: 'Acme', slug: 'acme', ownerId: ada })
    await members.add(acme.id, bob, 'owner')
    const asked = await Promise.allSettled(
      Array.from({ length: 50 }, async (_, turn) => {
        const who = turn % 2 === 0 ? ada : bob
        if (turn % 3 === 0) return members.remove(acme.id, who)
        return (turn % 4 === 0 ? here : there).delete(who)
      }),
    )
    const left = (await members.list(acme.id)).members
    assert.deepEqual(
      left.map(({ standing }) => standing),
      ['owner'],
    )
    assert.ok(asked.some(({ status }) => status === 'fulfilled'))
  })
})

function usersOf({ database, clock }: Pick<OrganisationStage, 'database' | 'clock'>): Users {
  return createUsers({ database, clock, hasher: createPasswordHasher() })
}
