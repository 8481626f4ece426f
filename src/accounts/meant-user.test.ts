import assert from 'node:assert/strict'
import { it } from 'node:test'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { meantUser } from './meant-user.ts'
import { plain as hasher } from './passwords.contract.ts'
import { createUsers } from './users.ts'

onEachDatabase('who is meant by a name', (stage) => {
  it('is nobody who only says that an address is theirs [RP05]', async () => {
    const { database, clock } = await stage()
    const users = createUsers({ database, clock, hasher })
    await users.create({ username: 'ada', email: 'ada@example.org', emailVerified: true, source: 'sign_up' })
    await users.create({ username: 'bob', email: 'bob@example.org' })
    await users.create({ username: 'mallory', email: 'ceo@example.org', source: 'sign_up' })
    await users.create({ username: 'cto@example.org', email: 'cto@example.org', source: 'sign_up' })
    const meant = async (typed: string): Promise<string | null> => (await meantUser(users, typed))?.username ?? null
    assert.deepEqual(await Promise.all(['ada', 'Ada@Example.org', 'bob@example.org'].map(meant)), ['ada', 'ada', 'bob'])
    assert.equal(await meant('mallory'), 'mallory')
    for (const typed of ['', 'ceo@example.org', 'CEO@example.org', 'cto@example.org', 'eve']) {
      assert.equal(await meant(typed), null, typed)
    }
  })
})
