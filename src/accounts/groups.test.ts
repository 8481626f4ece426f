import assert from 'node:assert/strict'
import { it } from 'node:test'
import { userRow } from '../storage/databases.contract.ts'
import { formatId, parseId } from '../storage/id.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import { createGroups, type Groups } from './groups.ts'
import { refusal } from './refusal.contract.ts'

onEachDatabase('createGroups', (stage) => {
  it('makes, finds, changes, lists and deletes groups', async () => {
    const { groups } = await open(stage)
    const editors = await groups.create({ name: ' Editors ', permissions: ['notes.change', 'notes.add', 'notes.add'] })
    assert.deepEqual(editors, { id: editors.id, name: 'Editors', permissions: ['notes.change', 'notes.add'] })
    const all = await groups.create({ name: 'All' })
    assert.deepEqual(await groups.list(), [all, editors])
    const changed = await groups.update(editors.id, { permissions: ['notes.change'] })
    assert.deepEqual(changed, { ...editors, permissions: ['notes.change'] })
    assert.deepEqual(await groups.find(editors.id), changed)
    await groups.delete(editors.id)
    assert.equal(await groups.find(editors.id), null)
    assert.deepEqual(await groups.list(), [all])
  })

  it('puts users in and takes them out, however often it is told', async () => {
    const { groups, addUser } = await open(stage)
    const user = formatId((await addUser()).id)
    const b = await groups.create({ name: 'B' })
    const a = await groups.create({ name: 'A' })
    for (const group of [a, b, b]) await groups.add(group.id, user)
    assert.deepEqual(await groups.of(user), [a, b])
    await Promise.all([groups.remove(b.id, user), groups.remove(b.id, user)])
    assert.deepEqual(await groups.of(user), [a])
  })

  it('ends the access tokens of whoever loses a permission by it, and of nobody else', async () => {
    const { groups, addUser, database, time, clock } = await open(stage)
    const [ada, bob, eve] = [await addUser(), await addUser(), await addUser()]
    const group = await groups.create({ name: 'Editors', permissions: ['a.b', 'c.d'] })
    const empty = await groups.create({ name: 'Empty' })
    for (const { id } of [ada, bob]) await groups.add(group.id, formatId(id))
    await groups.add(empty.id, formatId(eve.id))
    const ended = async () => {
      const rows = await database.read
        .selectFrom('revocations')
        .selectAll()
        .where('not_before', '=', clock() + 1)
        .orderBy('subject_id')
        .execute()
      time.now += 1
      return rows.map(({ subject_id }) => subject_id)
    }
    await groups.update(group.id, { name: 'Authors', permissions: ['c.d', 'a.b', 'e.f'] })
    assert.deepEqual(await ended(), [])
    await groups.update(group.id, { permissions: ['a.b'] })
    assert.deepEqual(await ended(), [ada.id, bob.id])
    await groups.remove(group.id, formatId(bob.id))
    assert.deepEqual(await ended(), [bob.id])
    await groups.remove(group.id, formatId(bob.id))
    await groups.remove(empty.id, formatId(eve.id))
    await groups.delete(empty.id)
    assert.deepEqual(await ended(), [])
    await groups.delete(group.id)
    assert.deepEqual(await ended(), [ada.id])
  })

  it('ends them for thousands of members too', async () => {
    const { groups, database } = await open(stage)
    const group = await groups.create({ name: 'Everybody', permissions: ['a.b'] })
    const users = Array.from({ length: 1201 }, () => database.newId())
    await database.append({
      users: users.map((id) => userRow(id, `u${id}`)),
    })
    const group_id = parseId(group.id) as bigint
    await database.append({ memberships: users.map((user_id) => ({ user_id, group_id })) })
    await groups.delete(group.id)
    assert.equal((await database.read.selectFrom('revocations').select('id').execute()).length, 1201)
  })

  it('refuses a name that is taken, values that cannot be, and ids that are nobody’s', async () => {
    const { groups, addUser } = await open(stage)
    const group = await groups.create({ name: 'Editors' })
    assert.equal((await refusal(groups.create({ name: 'Editors' }))).status, 409)
    const other = await groups.create({ name: 'Others' })
    assert.equal((await refusal(groups.update(other.id, { name: 'Editors' }))).status, 409)
    for (const name of ['', ' ', 'a\0', 'x'.repeat(255)])
      assert.equal((await refusal(groups.create({ name }))).status, 400)
    assert.equal((await refusal(groups.create({ name: 'X', permissions: ['a b'] }))).status, 400)
    const user = formatId((await addUser()).id)
    for (const id of ['', 'x', '00000000001']) {
      assert.equal((await refusal(groups.add(id, user))).status, 404)
      assert.equal((await refusal(groups.add(group.id, id))).status, 404)
      assert.equal((await refusal(groups.update(id, {}))).status, 404)
      assert.equal((await refusal(groups.delete(id))).status, 404)
    }
    assert.equal((await refusal(groups.remove('x', user))).status, 404)
    assert.deepEqual(await groups.of('x'), [])
  })

  it('writes each change to the audit log', async () => {
    const { groups, addUser, database } = await open(stage)
    const user = formatId((await addUser()).id)
    const by = { actor: 'user:root' }
    const { id } = await groups.create({ name: 'Editors' }, by)
    await groups.update(id, { permissions: ['a.b'] }, by)
    await groups.add(id, user, by)
    await groups.remove(id, user, by)
    await groups.delete(id, by)
    const rows = await database.read
      .selectFrom('audit_events')
      .selectAll()
      .where('actor', '=', 'user:root')
      .orderBy('id')
      .execute()
    assert.deepEqual(
      rows.map(({ event }) => event),
      ['group.created', 'group.updated', 'group.member_added', 'group.member_removed', 'group.deleted'],
    )
  })
})

async function open(stage: () => Promise<Stage>): Promise<Stage & { readonly groups: Groups }> {
  const opened = await stage()
  return { ...opened, groups: createGroups({ database: opened.database, clock: opened.clock }) }
}
