import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createPasswordHasher } from '../crypto/password-hash.ts'
import { purge } from '../storage/purge.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import { toUser, userColumns } from '../tokens/principal.ts'
import { idOrNone } from '../storage/id.ts'
import { createUsers } from './users.ts'

const hasher = createPasswordHasher({ memoryCost: 8192, timeCost: 1 })
const hour = 3_600_000

onEachDatabase('rights of administrators that end (A34)', (stage) => {
  async function open() {
    const opened = await stage()
    return { ...opened, users: createUsers({ ...opened, hasher }) }
  }

  const seen = async ({ database, clock }: Pick<Stage, 'database' | 'clock'>, id: string) => {
    const row = await database.read
      .selectFrom('users')
      .select(userColumns)
      .where('id', '=', idOrNone(id))
      .executeTakeFirstOrThrow()
    return toUser(row, Number.POSITIVE_INFINITY, clock())
  }

  it('count until their moment and not in it, with nobody clearing up, and are told with their end', async () => {
    const at = await open()
    const end = at.clock() + hour
    const { id } = await at.users.create({ username: 'ada', isStaff: true, staffUntil: end })
    const before = await seen(at, id)
    assert.deepEqual([before?.isStaff, before?.isSuperuser, before?.rolesEndAt], [true, false, end])
    at.time.now = end - 1
    assert.equal((await seen(at, id))?.isStaff, true)
    at.time.now = end
    assert.equal((await seen(at, id))?.isStaff, false)
    assert.equal((await at.users.find(id))?.staffUntil, end)
  })

  it('are taken away by the purge with a row in the log each, and those of others stay', async () => {
    const at = await open()
    const end = at.clock() + hour
    const both = { isStaff: true, isSuperuser: true, staffUntil: end, superuserUntil: end }
    const { id } = await at.users.create({ username: 'ada', ...both })
    const half = await at.users.create({ username: 'bob', ...both, staffUntil: null })
    const later = await at.users.create({ username: 'eve', isStaff: true, staffUntil: end + 1 })
    assert.equal((await purge(at.database, { now: at.clock(), pause: 0 }))['ended_rights'], 0)
    at.time.now = end
    assert.equal((await purge(at.database, { now: at.clock(), pause: 0, batch: 1 }))['ended_rights'], 3)
    const rights = async (user: string) => {
      const found = await at.users.find(user)
      return [found?.isStaff, found?.isSuperuser, found?.staffUntil, found?.superuserUntil]
    }
    assert.deepEqual(await rights(id), [false, false, null, null])
    assert.deepEqual(await rights(half.id), [true, false, null, null])
    assert.deepEqual(await rights(later.id), [true, false, end + 1, null])
    const events = await at.database.read
      .selectFrom('audit_events')
      .select(['actor', 'subject'])
      .where('event', '=', 'user.rights_ended')
      .execute()
    assert.deepEqual(
      events.map(({ actor, subject }) => `${actor} ${subject}`).toSorted(),
      [`system user:${id}`, `system user:${id}`, `system user:${half.id}`].toSorted(),
    )
  })

  it('are no way to be without a superuser: one for a time is not the last that stays', async () => {
    const at = await open()
    const { id } = await at.users.create({ username: 'root', isStaff: true, isSuperuser: true })
    const superuserUntil = at.clock() + hour
    await at.users.create({ username: 'guest', isSuperuser: true, superuserUntil })
    for (const changes of [{ isSuperuser: false }, { superuserUntil }]) {
      await assert.rejects(at.users.update(id, changes), { code: 'conflict' })
    }
    await assert.rejects(at.users.disable(id), { code: 'conflict' })
    await at.users.create({ username: 'second', isSuperuser: true })
    assert.equal((await at.users.update(id, { superuserUntil })).superuserUntil, superuserUntil)
  })

  it('stay as they are while something else is changed, are lengthened and shortened, and end what told of them for longer', async () => {
    const at = await open()
    const end = at.clock() + hour
    const { id } = await at.users.create({ username: 'ada', isStaff: true, staffUntil: end })
    assert.equal((await at.users.update(id, { username: 'lovelace', isStaff: true })).staffUntil, end)
    const dead = async () =>
      (await at.database.read.selectFrom('revocations').select('id').where('subject_id', '=', idOrNone(id)).execute())
        .length
    assert.equal((await at.users.update(id, { staffUntil: end + hour })).staffUntil, end + hour)
    assert.equal(await dead(), 0)
    assert.equal((await at.users.update(id, { staffUntil: end })).staffUntil, end)
    assert.equal(await dead(), 1)
    assert.equal((await at.users.update(id, { staffUntil: null })).staffUntil, null)
    assert.equal((await at.users.update(id, { isStaff: false })).staffUntil, null)
    at.time.now = end + hour
    for (const staffUntil of [end, at.clock(), -1, 1.5, Number.NaN])
      await assert.rejects(at.users.update(id, { isStaff: true, staffUntil }), { code: 'invalid' })
    // What is over and not cleared up yet is given anew for good.
    const soon = at.clock() + 1
    await at.users.update(id, { isStaff: true, staffUntil: soon })
    at.time.now = soon
    const again = await at.users.update(id, { isStaff: true })
    assert.deepEqual([again.isStaff, again.staffUntil], [true, null])
  })
})
