import assert from 'node:assert/strict'
import { it } from 'node:test'
import { refusal } from '../accounts/refusal.contract.ts'
import { createUsers, type Users } from '../accounts/users.ts'
import { createPasswordHasher } from '../crypto/password-hash.ts'
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
    assert.deepEqual([status, /only owner of Acme/.test(message)], [409, true])
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
