import assert from 'node:assert/strict'
import { it } from 'node:test'
import { refusal } from '../accounts/refusal.contract.ts'
import { formatId } from '../storage/id.ts'
import { type ApiKeysOptions, createApiKeys } from './api-keys.ts'
import { onEachDatabase, type Stage } from './databases.contract.ts'
import { createTokenFormat } from './format.ts'

onEachDatabase('the keys of one owner together', (stage) => {
  it('are as many as may be, of which those that are revoked or over count no more', async () => {
    const { keys, owner, account, time, by } = await open(stage, { mostPerUser: 2, mostPerServiceAccount: 1 })
    const { record: one } = await keys.create({ owner, name: 'one' })
    await keys.create({ owner, name: 'two', expiresAt: time.now + 1000 })
    const refused = await refusal(keys.create({ owner, name: 'three' }))
    assert.equal(refused.code, 'conflict')
    assert.match(refused.message, /more than 2 keys at a time\. Revoke one/)
    assert.equal((await refusal(keys.check({ name: 'three' }, owner))).code, 'conflict')
    // One that is off can be switched on again, and counts.
    await keys.disable(one.id, { by })
    assert.equal((await refusal(keys.create({ owner, name: 'three' }))).code, 'conflict')
    await keys.revoke(one.id, { by })
    await keys.create({ owner, name: 'three' })
    time.now += 1001
    await keys.create({ owner, name: 'four' })
    // A service account has its own.
    await keys.create({ owner: account, name: 'one' })
    assert.match((await refusal(keys.create({ owner: account, name: 'two' }))).message, /no more than 1 keys/)
  })

  it('are never more than that, however many are made at once', async () => {
    const { keys, second, owner } = await open(stage, { mostPerUser: 5 })
    const made = await Promise.allSettled(
      Array.from({ length: 50 }, async (_, index) =>
        (index % 2 === 0 ? keys : second).create({ owner, name: `key ${index}` }),
      ),
    )
    assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 5)
    assert.equal((await keys.list(owner)).length, 5)
  })

  it('are called by names that tell them apart, however many are called so at once [D5]', async () => {
    const { keys, second, owner, account, by } = await open(stage, {})
    const made = await Promise.allSettled(
      Array.from({ length: 20 }, async (_, index) =>
        (index % 2 === 0 ? keys : second).create({ owner, name: 'nightly' }),
      ),
    )
    assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.deepEqual((await refusal(keys.create({ owner, name: ' nightly ' }))).body, {
      name: ['Another key is called so. Choose a name by which to tell them apart.'],
    })
    assert.equal((await refusal(keys.check({ name: 'nightly' }, owner))).code, 'invalid')
    await keys.check({ name: 'nightly' })
    await keys.create({ owner: account, name: 'nightly' })
    const { record: other } = await keys.create({ owner, name: 'weekly' })
    assert.equal((await refusal(keys.update(other.id, { name: 'nightly' }, { by }))).code, 'invalid')
    await keys.update(other.id, { name: 'weekly' }, { by })
    // Its own name is no other's; that of one that is revoked is free.
    const [nightly] = (await keys.list(owner)).filter(({ name }) => name === 'nightly')
    await keys.revoke(nightly?.id ?? '', { by })
    assert.equal((await keys.update(other.id, { name: 'nightly' }, { by })).name, 'nightly')
    assert.equal((await refusal(keys.update('nothing', { name: 'x' }, { by }))).code, 'not_found')
  })
})

async function open(
  stage: () => Promise<Stage>,
  limits: Pick<ApiKeysOptions, 'mostPerUser' | 'mostPerServiceAccount'>,
) {
  const { database, second, clock, time, addUser, addServiceAccount } = await stage()
  const owner = { kind: 'user', id: formatId((await addUser()).id) } as const
  const account = { kind: 'service_account', id: formatId((await addServiceAccount()).id) } as const
  const format = createTokenFormat()
  return {
    keys: createApiKeys({ database, format, clock, ...limits }),
    second: createApiKeys({ database: second, format, clock, ...limits }),
    owner,
    account,
    time,
    by: { actor: 'system' },
  }
}
