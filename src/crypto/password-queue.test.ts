import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createPasswordQueue, PasswordQueueFull } from './password-queue.ts'

/** Jobs that end when they are told to, and what is known of them. */
function heldJobs() {
  const begun: number[] = []
  const ends: (() => void)[] = []
  let most = 0
  let now = 0
  const job = (number: number) => async () => {
    begun.push(number)
    now += 1
    most = Math.max(most, now)
    await new Promise<void>((resolve) => void (ends[number] = resolve))
    now -= 1
    return number
  }
  return { job, begun, end: (number: number) => ends[number]?.(), most: () => most }
}

function refusedFor(reason: PasswordQueueFull['reason']) {
  return (error: unknown) => error instanceof PasswordQueueFull && error.reason === reason
}

describe('createPasswordQueue', () => {
  it('runs so many at once, the others in the order they came', async () => {
    const queue = createPasswordQueue({ concurrency: 2, queue: 10, patience: 60_000 })
    const { job, begun, end, most } = heldJobs()
    const results = [0, 1, 2, 3, 4].map((number) => queue.run(job(number)))
    await turn()
    assert.deepEqual(begun, [0, 1])
    assert.equal(queue.running(), 2)
    assert.equal(queue.waiting(), 3)
    end(1)
    await turn()
    assert.deepEqual(begun, [0, 1, 2])
    end(0)
    end(2)
    await turn()
    assert.deepEqual(begun, [0, 1, 2, 3, 4])
    end(3)
    end(4)
    assert.deepEqual(await Promise.all(results), [0, 1, 2, 3, 4])
    assert.equal(most(), 2)
    assert.equal(queue.running(), 0)
    assert.equal(queue.waiting(), 0)
  })

  it('refuses at once what finds no place to wait', async () => {
    const queue = createPasswordQueue({ concurrency: 1, queue: 2, patience: 60_000 })
    const { job, begun, end } = heldJobs()
    const kept = [0, 1, 2].map((number) => queue.run(job(number)))
    await assert.rejects(queue.run(job(3)), refusedFor('full'))
    for (const number of [0, 1, 2]) {
      await turn()
      end(number)
    }
    await Promise.all(kept)
    assert.deepEqual(begun, [0, 1, 2])
    const after = queue.run(job(4))
    await turn()
    end(4)
    assert.equal(await after, 4)
  })

  it('never runs more than it may when jobs come while others end', async () => {
    const queue = createPasswordQueue({ concurrency: 3, queue: 500, patience: 60_000 })
    let now = 0
    let most = 0
    const job = async () => {
      now += 1
      most = Math.max(most, now)
      await turn()
      now -= 1
    }
    const all: Promise<void>[] = []
    for (let round = 0; round < 50; round += 1) {
      all.push(queue.run(job), queue.run(job), queue.run(job), queue.run(job))
      if (round % 3 === 0) await turn()
    }
    await Promise.all(all)
    assert.equal(most, 3)
    assert.equal(queue.running(), 0)
  })

  it('refuses what waited too long, and gives its place to others', async () => {
    const queue = createPasswordQueue({ concurrency: 1, queue: 1, patience: 5 })
    const { job, begun, end } = heldJobs()
    const alive = setInterval(() => {}, 1000)
    try {
      const first = queue.run(job(0))
      await assert.rejects(queue.run(job(1)), refusedFor('patience'))
      assert.equal(queue.waiting(), 0)
      const third = queue.run(job(2))
      end(0)
      await first
      await turn()
      end(2)
      await third
      assert.deepEqual(begun, [0, 2])
    } finally {
      clearInterval(alive)
    }
  })

  it('goes on after a job that fails', async () => {
    const queue = createPasswordQueue({ concurrency: 1, queue: 1, patience: 60_000 })
    const failing = queue.run(async () => {
      throw new Error('damaged')
    })
    const next = queue.run(async () => 'done')
    await assert.rejects(failing, /damaged/)
    assert.equal(await next, 'done')
    assert.equal(queue.running(), 0)
  })

  it('refuses what waits and what comes once it is closed, and waits for what runs', async () => {
    const queue = createPasswordQueue({ concurrency: 1, queue: 5, patience: 60_000 })
    const { job, begun, end } = heldJobs()
    const running = queue.run(job(0))
    const waiting = [1, 2].map((number) => assert.rejects(queue.run(job(number)), refusedFor('closed')))
    let closed = false
    const closing = queue.close().then(() => void (closed = true))
    await Promise.all(waiting)
    await assert.rejects(queue.run(job(3)), refusedFor('closed'))
    await turn()
    assert.equal(closed, false)
    end(0)
    assert.equal(await running, 0)
    await closing
    assert.deepEqual(begun, [0])
    await queue.close()
  })

  it('wants whole numbers', () => {
    const right = { concurrency: 1, queue: 0, patience: 1 }
    for (const wrong of [0, -1, 1.5, Number.NaN, Infinity, '2']) {
      assert.throws(
        () => createPasswordQueue({ ...right, concurrency: wrong as number }),
        /concurrency must be a whole/,
      )
    }
    assert.throws(() => createPasswordQueue({ ...right, queue: -1 }), /queue must be a whole number, 0 or more/)
    assert.throws(() => createPasswordQueue({ ...right, patience: 0 }), /patience must be a whole number, 1 or more/)
  })
})

/** Lets everything run that is ready to. */
function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}
