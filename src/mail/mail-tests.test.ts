import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { afterEach, it } from 'node:test'
import { createSealer } from '../crypto/seal.ts'
import type { OutboxWorker } from '../storage/outbox-worker.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { createMailTests, mailTestReports } from './mail-tests.ts'
import { createOutbox } from './outbox.ts'
import { createSender } from './sender.ts'
import { smtp } from './smtp.ts'
import { mailServer } from './smtp-server.contract.ts'

const by = { actor: 'user:x' }

onEachDatabase('createMailTests', (stage) => {
  const senders: OutboxWorker[] = []
  afterEach(async () => {
    await Promise.all(senders.splice(0).map(async (sender) => sender.close()))
  })

  async function open() {
    const { database, second, clock, time } = await stage()
    const server = await mailServer()
    const sealer = createSealer({ secret: randomBytes(32).toString('base64') })
    const outbox = createOutbox({ database, sealer, clock, reports: mailTestReports(clock) })
    const transport = smtp({ url: server.url, from: 'no-reply@example.com' })
    const sender = createSender({ outbox, transport, interval: 3_600_000 })
    senders.push(sender)
    const host = new URL(server.url).host
    const testsOf = (name: string | null) => createMailTests({ database, outbox, server: name, clock })
    const otherOutbox = createOutbox({ database: second, sealer, clock })
    const elsewhere = createMailTests({ database: second, outbox: otherOutbox, server: host, clock })
    return { database, server, sender, host, time, sealer, clock, testsOf, tests: testsOf(host), elsewhere }
  }

  it('notes that the mail server took it, and proves that server and no other', async () => {
    const { server, sender, host, tests, testsOf } = await open()
    const asked = await tests.ask('root@example.org', by)
    assert.deepEqual([asked.server, asked.isWaiting, asked.deliveredAt], [host, true, null])
    assert.equal(await tests.isProved(), false)
    await sender.deliver()
    assert.deepEqual(
      server.received.map(({ to }) => to),
      [['root@example.org']],
    )
    const [done] = await tests.list()
    assert.deepEqual([done?.id, done?.isWaiting, done?.reason], [asked.id, false, null])
    assert.equal(typeof done?.deliveredAt, 'number')
    assert.equal(await tests.isProved(), true)
    assert.equal(await testsOf('mail.example.com:587').isProved(), false)
    assert.equal(await testsOf(null).isProved(), false)
  })

  it('says why it was not taken, while another try may come and when none does', async () => {
    const { server, sender, tests, time } = await open()
    server.refusal = { code: 451, message: '4.7.1 greylisted' }
    await tests.ask('root@example.org', by)
    await sender.deliver()
    const [later] = await tests.list()
    assert.deepEqual([later?.isWaiting, later?.deliveredAt], [true, null])
    assert.match(later?.reason ?? '', /greylisted/)
    await assert.rejects(tests.ask('root@example.org', by), { code: 'conflict' })
    server.refusal = { code: 550, message: '5.7.1 not from you' }
    time.now += 60_000
    await sender.deliver()
    const [over] = await tests.list()
    assert.deepEqual([over?.isWaiting, over?.deliveredAt], [false, null])
    assert.match(over?.reason ?? '', /not from you/)
    assert.equal(await tests.isProved(), false)
    server.refusal = null
    await tests.ask('root@example.org', by)
    await sender.deliver()
    assert.equal(await tests.isProved(), true)
    assert.equal((await tests.list()).length, 2)
  })

  it('is one where many press at the same moment, on two nodes', async () => {
    const { server, sender, tests, elsewhere } = await open()
    const asked = await Promise.allSettled(
      Array.from({ length: 20 }, async (_, turn) => (turn % 2 === 0 ? tests : elsewhere).ask('root@example.org', by)),
    )
    assert.equal(asked.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const one of asked) if (one.status === 'rejected') assert.equal(one.reason.code, 'conflict')
    await sender.deliver()
    assert.equal(server.received.length, 1)
  })

  it('is not waited for without end, and only the newest ten are kept', async () => {
    const { tests, time } = await open()
    for (let turn = 0; turn < 12; turn += 1) {
      await tests.ask('root@example.org', by)
      time.now += 16 * 60_000
    }
    const all = await tests.list()
    assert.equal(all.length, 10)
    assert.ok(all.every(({ isWaiting }) => !isWaiting))
  })

  it('is refused where no mail is sent, and keeps no address', async () => {
    const { database, clock, sealer, tests } = await open()
    const closed = createOutbox({ database, sealer, clock, isOpen: false })
    const none = createMailTests({ database, outbox: closed, server: null, clock })
    await assert.rejects(none.ask('root@example.org', by), { code: 'conflict' })
    await tests.ask('root@example.org', by)
    const rows = JSON.stringify(
      await database.read.selectFrom('mail_tests').selectAll().execute(),
      (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
    )
    assert.ok(!rows.includes('root@example.org'))
  })
})
