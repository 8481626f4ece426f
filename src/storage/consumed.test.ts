import assert from 'node:assert/strict'
import { it } from 'node:test'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { createConsumed } from './consumed.ts'

onEachDatabase('createConsumed', (stage) => {
  it('takes a value once, on every node, until it has expired [CA06]', async () => {
    const { database, second, time, clock } = await stage()
    const here = createConsumed({ database, clock })
    const there = createConsumed({ database: second, clock })
    const value = { purpose: 'a test', value: ['a', 'b'], expiresAt: time.now + 1000 }
    assert.equal(await here.spend(value), true)
    assert.equal(await here.spend(value), false)
    assert.equal(await there.spend(value), false)
    assert.equal(await there.spend({ ...value, value: ['a', 'c'] }), true)
    assert.equal(await there.spend({ ...value, purpose: 'another' }), true)
    time.now += 1000
    assert.equal(await there.spend({ ...value, expiresAt: time.now + 1000 }), true)
    assert.equal(await here.spend({ ...value, expiresAt: time.now + 1000 }), false)
  })

  it('gives a value to one of fifty that want it at once on two nodes [CA06]', async () => {
    const { database, second, time, clock } = await stage()
    const nodes = [createConsumed({ database, clock }), createConsumed({ database: second, clock })] as const
    const value = { purpose: 'a race', value: ['a'], expiresAt: time.now + 1000 }
    const won = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => nodes[(index % 2) as 0 | 1].spend(value)),
    )
    assert.equal(won.filter(Boolean).length, 1)
  })

  it('stores no value, only a digest', async () => {
    const { database, time, clock } = await stage()
    await createConsumed({ database, clock }).spend({ purpose: 'p', value: ['secret'], expiresAt: time.now + 1 })
    const [row] = await database.read.selectFrom('consumed').selectAll().execute()
    assert.equal(row?.digest.byteLength, 32)
  })
})
