import assert from 'node:assert/strict'
import { it } from 'node:test'
import { formatId } from '../storage/id.ts'
import { createApiKeys } from './api-keys.ts'
import { onEachDatabase } from './databases.contract.ts'
import { createTokenFormat } from './format.ts'
import { createCountAccountKeys } from './service-account-keys.ts'
import { createServiceAccounts } from './service-accounts.ts'

onEachDatabase('createCountAccountKeys', (stage) => {
  it('counts the keys that work, and finds when any was last used', async () => {
    const { database, clock, time } = await stage()
    const by = { actor: 'system' }
    const accounts = createServiceAccounts({ database, clock })
    const keys = createApiKeys({ database, format: createTokenFormat(), clock })
    const count = createCountAccountKeys({ database, clock })
    const { id } = await accounts.create({ name: 'sync', scopes: ['read'] }, { by })
    const idle = await accounts.create({ name: 'idle' }, { by })
    const owner = { kind: 'service_account', id } as const
    const make = async (name: string, expiresAt: number | null = null) =>
      keys.create({ owner, name, scopes: ['read'], expiresAt, by })
    const used = await make('used')
    const gone = await make('gone')
    await make('over', time.now + 3_600_000)
    await keys.revoke(gone.record.id, { by })
    assert.deepEqual(await count([id, idle.id]), new Map([[id, { keys: 2, lastUsedAt: null }]]))
    await keys.find(used.key, { address: null })
    await keys.close()
    time.now += 3_600_000
    const found = (await count([id])).get(id)
    assert.deepEqual([found?.keys, typeof found?.lastUsedAt], [1, 'number'])
    assert.deepEqual(await count(['nonsense', formatId(1n)]), new Map())
    assert.deepEqual(await count([]), new Map())
  })
})
