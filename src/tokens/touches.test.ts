import assert from 'node:assert/strict'
import { it } from 'node:test'
import { onEachDatabase } from './databases.contract.ts'
import { createTouches } from './touches.ts'

onEachDatabase('createTouches', (stage) => {
  it('writes nothing when a row is touched, and the last touch of each row in one unit later', async () => {
    const { database, addUser } = await stage()
    const [ann, bob] = [await addUser(), await addUser()]
    const batches: unknown[] = []
    const touches = createTouches<number>({
      database,
      write: async (unit, rows) => {
        batches.push(rows)
        for (const [id, last_login_at] of rows) {
          await unit.updateTable('users').set({ last_login_at }).where('id', '=', id).execute()
        }
      },
    })
    touches.touch(bob.id, 1)
    touches.touch(ann.id, 2)
    touches.touch(bob.id, 3)
    assert.deepEqual(batches, [])
    await touches.flush()
    assert.deepEqual(batches, [
      [
        [ann.id, 2],
        [bob.id, 3],
      ],
    ])
    const rows = await database.read.selectFrom('users').select('last_login_at').orderBy('id').execute()
    assert.deepEqual(rows, [{ last_login_at: 2 }, { last_login_at: 3 }])
    await touches.close()
    assert.equal(batches.length, 1)
  })

  it('writes by itself after the interval', async () => {
    const { database } = await stage()
    // The timer of the touches does not keep the process from ending.
    const awake = setInterval(() => undefined, 1000)
    const batch = await new Promise((resolve) => {
      const touches = createTouches<number>({ database, interval: 1, write: async (_, rows) => resolve(rows) })
      touches.touch(5n, 1)
    })
    clearInterval(awake)
    assert.deepEqual(batch, [[5n, 1]])
  })

  it('writes a full batch at once, and in parts that a statement can hold', async () => {
    const { database } = await stage()
    const sizes: number[] = []
    const touches = createTouches<number>({
      database,
      max: 2500,
      write: async (_, rows) => void sizes.push(rows.length),
    })
    for (let id = 0n; id < 2500n; id += 1n) touches.touch(id, 1)
    await touches.close()
    assert.deepEqual(sizes, [1000, 1000, 500])
  })

  it('keeps what could not be written for the next time, and no more than it may', async () => {
    const { database } = await stage()
    const errors: unknown[] = []
    const batches: (readonly (readonly [bigint, number])[])[] = []
    let isDown = true
    const touches = createTouches<number>({
      database,
      max: 4,
      onError: (error) => errors.push(error),
      write: async (_, rows) => {
        batches.push(rows)
        if (!isDown) return
        touches.touch(2n, 2)
        touches.touch(4n, 2)
        throw new Error('down')
      },
    })
    for (const id of [1n, 2n, 3n]) touches.touch(id, 1)
    await touches.flush()
    assert.equal(errors.length, 1)
    touches.touch(5n, 3)
    isDown = false
    await touches.flush()
    assert.deepEqual(
      batches.at(-1)?.map(([id, touch]) => `${id}:${touch}`),
      ['1:1', '2:2', '3:1', '4:2'],
    )
    await touches.close()
  })
})
