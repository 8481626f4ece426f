import assert from 'node:assert/strict'
import { it } from 'node:test'
import { refusal } from '../accounts/refusal.contract.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import { createDefaultOrganisations } from './default-organisations.ts'
import { organisationStage } from './stage.contract.ts'

onEachDatabase('createDefaultOrganisations', (stage) => {
  it('keeps one for each person, which they change and take away, and which the log tells of [U11]', async () => {
    const { defaults, ada, bob, acme, zeta, events } = await open(stage)
    assert.equal(await defaults.of(ada), null)
    await defaults.set(ada, acme)
    await defaults.set(bob, acme)
    await defaults.set(ada, zeta)
    assert.deepEqual([await defaults.of(ada), await defaults.of(bob)], [zeta, acme])
    assert.equal(await defaults.clear(ada, acme), false)
    assert.equal(await defaults.clear(ada, zeta), true)
    assert.equal(await defaults.of(ada), null)
    assert.deepEqual(
      (await events()).filter((event) => event.startsWith('user.default')),
      [...Array.from({ length: 3 }, () => 'user.default_organisation_set'), 'user.default_organisation_cleared'],
    )
  })

  it('is none that somebody is no member of, and goes when they leave or it is deleted', async () => {
    const { defaults, members, organisations, ada, bob, acme, zeta } = await open(stage)
    assert.equal((await refusal(defaults.set(bob, zeta))).code, 'not_found')
    assert.equal((await refusal(defaults.set(bob, 'nothing'))).code, 'not_found')
    await defaults.set(bob, acme)
    await members.remove(acme, bob)
    assert.equal(await defaults.of(bob), null)
    await defaults.set(ada, zeta)
    await organisations.delete(zeta)
    assert.equal(await defaults.of(ada), null)
    assert.equal(await defaults.of('nobody'), null)
  })

  it('is left behind by nobody who leaves at the same moment', async () => {
    const { defaults, members, database, bob, acme } = await open(stage)
    for (let round = 0; round < 5; round += 1) {
      const settled = await Promise.allSettled([
        ...Array.from({ length: 10 }, async () => defaults.set(bob, acme)),
        members.remove(acme, bob),
        ...Array.from({ length: 10 }, async () => defaults.set(bob, acme)),
      ])
      for (const one of settled) {
        if (one.status === 'rejected') assert.equal((one.reason as { code?: string }).code, 'not_found')
      }
      assert.deepEqual(await database.read.selectFrom('default_organisations').selectAll().execute(), [])
      await members.add(acme, bob, 'member')
    }
  })
})

async function open(stage: () => Promise<Stage>) {
  const at = await organisationStage(await stage())
  const [ada, bob] = [await at.person({ username: 'ada' }), await at.person({ username: 'bob' })]
  const { id: acme } = await at.organisations.create({ name: 'Acme', slug: 'acme', ownerId: ada })
  const { id: zeta } = await at.organisations.create({ name: 'Zeta', slug: 'zeta', ownerId: ada })
  await at.members.add(acme, bob, 'member')
  return { ...at, ada, bob, acme, zeta, defaults: createDefaultOrganisations(at) }
}
