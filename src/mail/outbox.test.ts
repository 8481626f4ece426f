import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { afterEach, it } from 'node:test'
import { sql } from 'kysely'
import { createSealer } from '../crypto/seal.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import type { Message } from './message.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import { createSender, type FailedDelivery } from './sender.ts'
import type { OutboxWorker } from '../storage/outbox-worker.ts'
import { smtp } from './smtp.ts'
import { mailServer } from './smtp-server.contract.ts'

const message: Message = { kind: 'example', to: 'ada@example.org', subject: 'Hello', parts: ['A secret: kfwzqp'] }

onEachDatabase('createOutbox', (stage) => {
  const senders: OutboxWorker[] = []
  // At once: on PostgreSQL the next test has the same table, and one that looks a moment later would take its messages.
  afterEach(async () => {
    await Promise.all(senders.splice(0).map(async (sender) => sender.close()))
  })

  async function open() {
    const here = await stage()
    const server = await mailServer()
    const sealer = createSealer({ secret: randomBytes(32).toString('base64') })
    const failures: FailedDelivery[] = []
    const options = { sealer, clock: here.clock }
    const outbox = createOutbox({ ...options, database: here.database })
    const transport = smtp({ url: server.url, from: 'no-reply@example.com' })
    const senderOf = (box: Outbox): OutboxWorker => {
      const sender = createSender({
        outbox: box,
        transport,
        interval: 3_600_000,
        onFailed: (failure) => failures.push(failure),
      })
      senders.push(sender)
      return sender
    }
    const add = async (one: Message | null) => here.database.write(async (unit) => outbox.add(unit, one))
    const rows = async () => here.database.read.selectFrom('mail_outbox').selectAll().execute()
    const second = senderOf(createOutbox({ ...options, database: here.second }))
    return { ...here, server, options, outbox, sender: senderOf(outbox), secondSender: second, failures, add, rows }
  }

  it('keeps what is to be sent sealed, and forgets it once it is sent', async () => {
    const { server, sender, add, rows } = await open()
    await add(message)
    const [row] = await rows()
    assert.ok(row !== undefined)
    const stored = Buffer.from(row.sealed).toString('latin1')
    assert.ok(!stored.includes('ada') && !stored.includes('kfwzqp'))
    await sender.deliver()
    assert.deepEqual(
      server.received.map(({ to }) => to),
      [['ada@example.org']],
    )
    assert.match(server.received[0]?.raw ?? '', /A secret: kfwzqp/)
    assert.deepEqual(await rows(), [])
  })

  it('sends nothing that a unit told of which did not happen', async () => {
    const { database, outbox, server, sender, rows } = await open()
    const unit = database.write(async (transaction) => {
      await outbox.add(transaction, message)
      throw new Error('no')
    })
    await assert.rejects(unit, /no/)
    assert.deepEqual(await rows(), [])
    await sender.deliver()
    assert.equal(server.received.length, 0)
  })

  it('sends each message once, however many processes look', async () => {
    const { server, sender, secondSender, add, rows } = await open()
    await Promise.all(Array.from({ length: 50 }, async (_, n) => add({ ...message, to: `user${n}@example.org` })))
    await Promise.all([sender.deliver(), secondSender.deliver(), sender.deliver(), secondSender.deliver()])
    const to = server.received.flatMap((received) => received.to)
    assert.equal(to.length, 50)
    assert.equal(new Set(to).size, 50)
    assert.deepEqual(await rows(), [])
  })

  it('tries again later and later where the server cannot take it now, and gives up after a day', async () => {
    const { server, sender, add, rows, time, failures, database } = await open()
    server.refusal = { code: 451, message: 'later' }
    await add(message)
    const began = time.now
    const pauses: number[] = []
    for (let n = 0; n < 40 && (await rows()).length > 0; n += 1) {
      await sender.deliver()
      const [row] = await rows()
      if (row === undefined) break
      pauses.push((row.next_attempt_at - time.now) / 1000)
      await sender.deliver()
      time.now = row.next_attempt_at
    }
    assert.deepEqual(pauses.slice(0, 7), [10, 40, 160, 640, 2560, 3600, 3600])
    assert.equal(failures.length, pauses.length + 1, 'nothing is tried before its turn')
    assert.ok(time.now - began <= 86_400_000)
    assert.deepEqual(await rows(), [])
    assert.deepEqual(
      failures.map(({ gaveUp }) => gaveUp),
      failures.map((_, index) => index === failures.length - 1),
    )
    const event = await database.read
      .selectFrom('audit_events')
      .selectAll()
      .where('event', '=', 'mail.not_delivered')
      .executeTakeFirstOrThrow()
    assert.equal((JSON.parse(event.detail) as { kind: string }).kind, 'example')
    assert.ok(!event.detail.includes('ada'))
  })

  it('sends it when the server is well again', async () => {
    const { server, sender, add, rows, time } = await open()
    server.refusal = { code: 421, message: 'busy' }
    await add(message)
    await sender.deliver()
    server.refusal = null
    time.now += 9_999
    await sender.deliver()
    assert.equal(server.received.length, 0)
    time.now += 1
    await sender.deliver()
    assert.equal(server.received.length, 1)
    assert.deepEqual(await rows(), [])
  })

  it('gives up at once where the address is refused for good', async () => {
    const { server, sender, add, rows, failures } = await open()
    server.refusal = { code: 550, message: 'nobody' }
    await add(message)
    await sender.deliver()
    assert.deepEqual(await rows(), [])
    assert.deepEqual(
      failures.map(({ gaveUp, attempts, kind }) => [gaveUp, attempts, kind]),
      [[true, 1, 'example']],
    )
  })

  it('tries again what a process took that was killed', async () => {
    const { outbox, server, secondSender, add, time } = await open()
    await add(message)
    assert.equal((await outbox.take()).length, 1)
    time.now += 119_999
    await secondSender.deliver()
    assert.equal(server.received.length, 0)
    time.now += 1
    await secondSender.deliver()
    assert.equal(server.received.length, 1)
  })

  it('never sends what is of no use any more, nor what was never meant to be sent', async () => {
    const { server, sender, add, rows, time, outbox } = await open()
    for (let n = 0; n < 25; n += 1) await add(null)
    await add({ ...message, expiresAt: time.now + 1000 })
    await add({ ...message, subject: 'Good', expiresAt: time.now + 2000 })
    assert.deepEqual(
      (await outbox.list()).map((one) => one.message.subject),
      ['Good', 'Hello'],
    )
    const sizes = new Set((await rows()).filter(({ kind }) => kind === 'nothing').map(({ sealed }) => sealed.length))
    assert.equal(sizes.size, 1)
    time.now += 1001
    await sender.deliver()
    assert.deepEqual(
      server.received.map(({ raw }) => /^Subject: (.*)$/m.exec(raw)?.[1]?.includes('Good')),
      [true],
    )
    assert.deepEqual(await rows(), [])
  })

  it('takes no more at once than a few, whatever the database thinks of the table', async () => {
    const { database, add, outbox } = await open()
    await add(message)
    // Statistics of a table with one row, as they are left behind after a quiet time.
    await database.write(async (unit) => sql`analyze mail_outbox`.execute(unit))
    for (let n = 0; n < 26; n += 1) await add(message)
    const taken: number[] = []
    for (let turn = 0; turn < 4; turn += 1) taken.push((await outbox.take()).length)
    assert.deepEqual(taken, [10, 10, 7, 0])
  })

  it('drops what is added where there is nowhere for it to go', async () => {
    const { database, options, rows } = await open()
    const closed = createOutbox({ ...options, database, isOpen: false })
    await database.write(async (unit) => closed.add(unit, message))
    assert.deepEqual(await rows(), [])
  })

  it('gives up on what was sealed under a secret that is lost, and says so', async () => {
    const { database, clock, add, server, failures, rows } = await open()
    await add(message)
    const sealer = createSealer({ secret: randomBytes(32).toString('base64') })
    const other = createOutbox({ database, clock, sealer })
    assert.deepEqual(await other.list(), [])
    const sender = createSender({
      outbox: other,
      transport: smtp({ url: server.url, from: 'no-reply@example.com' }),
      onFailed: (failure) => failures.push(failure),
    })
    senders.push(sender)
    await sender.deliver()
    assert.match(failures[0]?.error.message ?? '', /secret/)
    assert.deepEqual(await rows(), [])
  })

  it('wakes the sender when a message is durable', async () => {
    const { database, options, server } = await open()
    const woken: Pick<OutboxWorker, 'soon'>[] = []
    const box = createOutbox({ ...options, database, onAdded: () => woken[0]?.soon() })
    const sender = createSender({
      outbox: box,
      transport: smtp({ url: server.url, from: 'a@example.com' }),
      interval: 3_600_000,
    })
    senders.push(sender)
    woken.push(sender)
    await database.write(async (unit) => box.add(unit, message))
    while (server.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    assert.deepEqual(server.received[0]?.to, ['ada@example.org'])
    await sender.close()
  })
})
