import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createPasswordHasher } from '../crypto/password-hash.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { createUsers } from './users.ts'

const hasher = createPasswordHasher({ memoryCost: 8192, timeCost: 1 })

onEachDatabase('the last active superuser', (stage) => {
  it('cannot be disabled, deleted or made an ordinary user, but changed otherwise', async () => {
    const { database, clock } = await stage()
    const users = createUsers({ database, hasher, clock })
    const { id } = await users.create({ username: 'root', isSuperuser: true })
    await users.create({ username: 'gone', isSuperuser: true, isActive: false })
    for (const work of [
      async () => users.disable(id),
      async () => users.delete(id),
      async () => users.update(id, { isSuperuser: false }),
    ]) {
      await assert.rejects(work, { code: 'conflict', status: 409 })
    }
    const renamed = await users.update(id, { username: 'grace', isStaff: true })
    assert.deepEqual([renamed.isSuperuser, renamed.isActive, renamed.username], [true, true, 'grace'])
    const { id: other } = await users.create({ username: 'ada', isSuperuser: true })
    assert.equal((await users.update(id, { isSuperuser: false })).isSuperuser, false)
    await assert.rejects(users.disable(other), { code: 'conflict' })
    await users.disable(id)
  })

  it('is left over where fifty remove each other at once, on two nodes', async () => {
    const { database, second, clock } = await stage()
    const [here, there] = [database, second].map((one) => createUsers({ database: one, hasher, clock }))
    assert.ok(here && there)
    const made = []
    for (let count = 0; count < 50; count += 1) {
      made.push(await here.create({ username: `root${count}`, isSuperuser: true }))
    }
    const answers = await Promise.allSettled(
      made.map(async ({ id }, index) => {
        const users = index % 2 === 0 ? here : there
        if (index % 3 === 0) return users.disable(id)
        if (index % 3 === 1) return users.delete(id)
        return users.update(id, { isSuperuser: false })
      }),
    )
    const refused = answers.filter(({ status }) => status === 'rejected')
    assert.deepEqual(
      refused.map((one) => (one.status === 'rejected' ? (one.reason as { code: string }).code : '')),
      ['conflict'],
    )
    const { users: left } = await here.list({ isSuperuser: true, isActive: true })
    assert.equal(left.length, 1)
  })
})
