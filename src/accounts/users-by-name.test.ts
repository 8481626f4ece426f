import assert from 'node:assert/strict'
import { it } from 'node:test'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { createUsersByName } from './users-by-name.ts'
import { createUsers } from './users.ts'
import { plain as hasher } from './passwords.contract.ts'

onEachDatabase('whom a proxy names', (stage) => {
  it('is who has that username, or has shown that the address is theirs, and nobody who only says so [AK09 RP05]', async () => {
    const { database, clock } = await stage()
    const users = createUsers({ database, clock, hasher })
    const { find, create } = createUsersByName(database, users, clock)
    await users.create({ username: 'ada', email: 'ada@example.org', emailVerified: true })
    // Signed up here before whoever has these addresses came.
    await users.create({ username: 'mallory', email: 'ceo@example.org', source: 'sign_up' })
    await users.create({ username: 'cto@example.org', email: 'cto@example.org', source: 'sign_up' })
    const named = async (name: string): Promise<string | null> => (await find(name))?.name ?? null
    assert.deepEqual(await Promise.all(['Ada', 'ADA@example.org'].map(named)), ['ada', 'ada'])
    assert.equal(await named('mallory'), 'mallory')
    await users.create({ username: 'bob', email: 'bob@example.org' })
    assert.equal(await named('bob@example.org'), 'bob', 'an administrator wrote it')
    for (const name of ['ceo@example.org', 'cto@example.org']) {
      assert.equal(await named(name), null, name)
      assert.equal(await create(name), null, name)
    }
  })
})
