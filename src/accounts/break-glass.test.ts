import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createSealer } from '../crypto/seal.ts'
import { createOutbox } from '../mail/outbox.ts'
import { formatId } from '../storage/id.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { createBreakGlass } from './break-glass.ts'

onEachDatabase('codes for emergencies (A34)', (stage) => {
  async function open() {
    const opened = await stage()
    const sealer = createSealer({ secret: 'x'.repeat(43) })
    const outboxes = [opened.database, opened.second].map((database) => createOutbox({ ...opened, database, sealer }))
    const [outbox, other] = outboxes
    assert.ok(outbox && other)
    const baseUrl = 'https://id.example'
    const root = await opened.addUser({
      is_superuser: 1,
      is_staff: 1,
      email: 'root@example.org',
      email_key: 'root@example.org',
    })
    return {
      ...opened,
      root,
      id: formatId(root.id),
      outbox,
      here: createBreakGlass({ ...opened, outbox, baseUrl }),
      there: createBreakGlass({ ...opened, database: opened.second, outbox: other, baseUrl }),
      events: async () =>
        opened.database.read.selectFrom('audit_events').select(['event', 'actor', 'subject']).orderBy('id').execute(),
    }
  }
  const by = { actor: 'system', address: '192.0.2.7' }

  it('are made five at once, and kept as digests: those from before are dead', async () => {
    const { here, id, root, database } = await open()
    assert.deepEqual(await here.state(id), { left: 0, madeAt: null })
    const [old = ''] = await here.make(id, by)
    const codes = await here.make(id, by)
    assert.equal(new Set(codes).size, 5)
    for (const code of codes) assert.match(code, /^(?:[0-9a-hj-km-np-tv-z]{5}-){5}[0-9a-hj-km-np-tv-z]{5}$/)
    assert.equal((await here.state(id)).left, 5)
    assert.equal(await here.use(root.username, old, by), null)
    const rows = await database.read.selectFrom('break_glass_codes').selectAll().execute()
    const stored = JSON.stringify(rows, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
    for (const code of codes) assert.ok(!stored.includes(code.replaceAll('-', '')))
  })

  it('sign in whom they belong to, however they are typed, and nobody else', async () => {
    const { here, id, root, addUser } = await open()
    const other = await addUser({ is_superuser: 1 })
    const [first = '', second = ''] = await here.make(id, by)
    assert.equal(await here.use(other.username, first, by), null)
    assert.equal(await here.use('nobody', first, by), null)
    assert.equal(await here.use(root.username, `${first}0`, by), null)
    for (const wrong of ['', ' ', '-----', '\0', 'x'.repeat(5000)])
      assert.equal(await here.use(root.username, wrong, by), null)
    const typed = first.toUpperCase().replaceAll('-', ' ').replaceAll('0', 'O').replaceAll('1', 'l')
    assert.equal((await here.use(root.username, typed, by))?.id, id)
    assert.equal((await here.use('ROOT@example.org', second, by))?.isSuperuser, true)
    assert.equal((await here.state(id)).left, 3)
  })

  it('work once, for one of fifty that come at once on two nodes', async () => {
    const { here, there, id, root, events } = await open()
    const [code = ''] = await here.make(id, by)
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => (index % 2 === 0 ? here : there).use(root.username, code, by)),
    )
    assert.equal(answers.filter((user) => user !== null).length, 1)
    const names = (await events()).map(({ event }) => event)
    assert.equal(names.filter((event) => event === 'break_glass.used').length, 1)
    assert.equal(names.filter((event) => event === 'break_glass.failed').length, 49)
  })

  it('open no account that is disabled, nor one whose user is no superuser any more, and stay for when it is again', async () => {
    const { here, id, root, setUser, time, clock, addUser } = await open()
    const [code = ''] = await here.make(id, by)
    for (const columns of [{ is_active: 0 }, { is_superuser: 0 }, { superuser_until: clock() }]) {
      await setUser(root.id, columns)
      assert.equal(await here.use(root.username, code, by), null)
      await setUser(root.id, { is_active: 1, is_superuser: 1, superuser_until: null })
    }
    await setUser(root.id, { superuser_until: clock() + 1000 })
    time.now += 1000
    assert.equal(await here.use(root.username, code, by), null)
    await setUser(root.id, { superuser_until: null })
    assert.equal((await here.use(root.username, code, by))?.id, id)
    const staff = await addUser({ is_staff: 1 })
    await assert.rejects(here.make(formatId(staff.id), by), { code: 'conflict' })
    await assert.rejects(here.make('nobody', by), { code: 'conflict' })
  })

  it('are told of, to the log and to every administrator with an address, and shown until somebody knows', async () => {
    const { here, id, root, addUser, outbox, events, time } = await open()
    await addUser({ is_staff: 1, email: 'staff@example.org' })
    await addUser({ is_staff: 1, email: 'gone@example.org', is_active: 0 })
    await addUser({ email: 'user@example.org' })
    const [first = '', second = ''] = await here.make(id, by)
    await here.use(root.username, first, by)
    const mail = await outbox.list()
    assert.deepEqual(mail.map(({ message }) => message.to).toSorted(), ['root@example.org', 'staff@example.org'])
    assert.ok(
      mail.every(({ message }) => message.kind === 'break_glass_used' && !JSON.stringify(message).includes(first)),
    )
    const used = (await events()).find(({ event }) => event === 'break_glass.used')
    assert.deepEqual([used?.actor, used?.subject], [`user:${id}`, `user:${id}`])
    time.now += 1000
    await here.use(root.username, second, by)
    assert.deepEqual(
      (await here.unseen()).map(({ username, address }) => [username, address]),
      [
        [root.username, '192.0.2.7'],
        [root.username, '192.0.2.7'],
      ],
    )
    assert.equal(await here.markSeen(by), 2)
    assert.deepEqual(await here.unseen(), [])
    assert.equal(await here.markSeen(by), 0)
    assert.equal(await here.remove(id, by), 3)
    assert.equal(await here.remove(id, by), 0)
  })
})
