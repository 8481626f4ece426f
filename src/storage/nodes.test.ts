import assert from 'node:assert/strict'
import { it } from 'node:test'
import { eventually } from '../../test/services/server-process.ts'
import { Unavailable } from '../core/errors.ts'
import type { Database } from './database.ts'
import { describeDatabases } from './databases.contract.ts'
import type { StartDatabase } from './databases.contract.ts'
import { leaseNode } from './nodes.ts'

describeDatabases('leaseNode', (start) => {
  it('gives each its own number, also when many ask at once', async () => {
    await withDatabase(start, async ({ write }) => {
      const leases = await Promise.all(Array.from({ length: 40 }, async () => leaseNode({ write })))
      assert.equal(new Set(leases.map((lease) => lease.number())).size, 40)
      for (const lease of leases) await lease.release()
    })
  })

  it('gives out a number again only when its lease is over', async () => {
    await withDatabase(start, async (database) => {
      let time = 1_000_000
      const clock = () => time
      await fill(database, time + 1000)
      await assert.rejects(leaseNode({ write: database.write, clock }), Unavailable)
      time += 1000
      await assert.rejects(leaseNode({ write: database.write, clock }), Unavailable)
      time += 1
      const lease = await leaseNode({ write: database.write, clock })
      assert.ok(lease.number() >= 0)
      await lease.release()
    })
  })

  it('gives out the number that was free for longest when all were used', async () => {
    await withDatabase(start, async (database) => {
      const clock = () => 1_000_000
      await fill(database, 900_000)
      const oldest = database.write(async (transaction) =>
        transaction.updateTable('nodes').set({ expires_at: 800_000 }).where('number', '=', 777).execute(),
      )
      await oldest
      const lease = await leaseNode({ write: database.write, clock })
      assert.equal(lease.number(), 777)
      await lease.release()
    })
  })

  it('refuses to say a number that may have passed on, until it was renewed', async () => {
    await withDatabase(start, async ({ write }) => {
      let time = 1_000_000
      const lease = await leaseNode({ write, clock: () => time, lease: 600 })
      const number = lease.number()
      time += 449
      assert.equal(lease.number(), number)
      time += 1
      assert.throws(() => lease.number(), Unavailable)
      assert.equal(await renewed(lease), number)
      await lease.release()
    })
  })

  it('takes another number where somebody else has taken its own meanwhile', async () => {
    await withDatabase(start, async (database) => {
      let time = 1_000_000
      const lease = await leaseNode({ write: database.write, clock: () => time, lease: 600 })
      const number = lease.number()
      time += 601
      const takenOver = { holder: 'another', expires_at: time + 1_000_000 }
      await database.write(async (transaction) =>
        transaction.updateTable('nodes').set(takenOver).where('number', '=', number).execute(),
      )
      assert.throws(() => lease.number(), Unavailable)
      assert.notEqual(await renewed(lease), number)
      await lease.release()
    })
  })

  it('cannot be asked after it was released', async () => {
    await withDatabase(start, async ({ write }) => {
      const lease = await leaseNode({ write })
      await lease.release()
      assert.throws(() => lease.number(), Unavailable)
    })
  })
})

async function withDatabase(start: StartDatabase, use: (database: Database) => Promise<void>) {
  const fixture = await start()
  const database = await fixture.open()
  await database.migrate()
  await use(database)
  await database.close()
  await fixture.remove()
}

/** All numbers but that of this process itself are taken. */
async function fill(database: Database, expiresAt: number) {
  const nodes = Array.from({ length: 1024 }, (_, number) => ({ number, holder: 'another', expires_at: expiresAt }))
  await database.write(async (transaction) => {
    await transaction.deleteFrom('nodes').execute()
    for (let from = 0; from < nodes.length; from += 256) {
      await transaction
        .insertInto('nodes')
        .values(nodes.slice(from, from + 256))
        .execute()
    }
  })
}

/** The number, once the background has renewed it. */
async function renewed(lease: { readonly number: () => number }): Promise<number> {
  return eventually(async () => lease.number())
}
