import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createPasswordHasher } from '../crypto/password-hash.ts'
import { formatId } from '../storage/id.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { createMergeUsers } from './merge-users.ts'
import { createUsers } from './users.ts'

const by = { actor: 'user:root' }
const hasher = createPasswordHasher({ memoryCost: 8192, timeCost: 1 })

onEachDatabase('merging two accounts (A4)', (stage) => {
  async function open() {
    const at = await stage()
    const merging = createMergeUsers(at)
    const there = createMergeUsers({ ...at, database: at.second })
    const kept = await at.addUser({ permissions: 'a.b' })
    const other = await at.addUser({ permissions: 'c.d', email: 'o@example.org', email_key: 'o@example.org' })
    return { ...at, merging, there, kept, other, keptId: formatId(kept.id), otherId: formatId(other.id) }
  }

  it('moves what the one has, keeps what both have, ends the rest, and leaves a disabled account that names the other', async () => {
    const at = await open()
    const { database, kept, other, keptId, otherId, clock } = at
    const now = clock()
    const group = async (name: string) => {
      const id = database.newId()
      await database.append({ groups: { id, name, permissions: '' } })
      return id
    }
    const [own, same, theirs] = [await group('own'), await group('same'), await group('theirs')]
    const role = database.newId()
    const organisation = database.newId()
    await database.write(async (unit) => {
      await unit
        .insertInto('memberships')
        .values([
          { user_id: kept.id, group_id: own },
          { user_id: kept.id, group_id: same },
          { user_id: other.id, group_id: same },
          { user_id: other.id, group_id: theirs },
        ])
        .execute()
      await unit
        .insertInto('organisations')
        .values({
          id: organisation,
          name: 'Acme',
          slug: 'acme',
          created_at: now,
          suspended_at: null,
          second_factor_required: 0,
          longest_key_lifetime: null,
          allowed_permissions: '',
          allowed_scopes: '',
        })
        .execute()
      await unit
        .insertInto('organisation_members')
        .values([
          { user_id: kept.id, organisation_id: organisation, standing: 'member', joined_at: now },
          { user_id: other.id, organisation_id: organisation, standing: 'owner', joined_at: now },
        ])
        .execute()
      await unit
        .insertInto('roles')
        .values({ id: role, organisation_id: null, name: 'editor', description: '', permissions: '', created_at: now })
        .execute()
      await unit
        .insertInto('role_grants')
        .values({
          id: database.newId(),
          role_id: role,
          user_id: other.id,
          organisation_id: null,
          created_at: now,
          ends_at: null,
        })
        .execute()
      await unit
        .insertInto('recovery_codes')
        .values({ id: database.newId(), user_id: other.id, digest: new Uint8Array(32), created_at: now, used_at: null })
        .execute()
    })
    await at.addServiceAccount({ name: 'job', owner_id: other.id })

    const plan = await at.merging.plan(keptId, otherId)
    assert.deepEqual([plan.moved['memberships'], plan.both['memberships'], plan.moved['service_accounts']], [1, 1, 1])
    assert.deepEqual([plan.both['organisation_members'], plan.ended['recovery_codes'], plan.takesEmail], [1, 1, true])
    assert.equal(
      (await database.read.selectFrom('users').selectAll().where('id', '=', other.id).executeTakeFirst())?.is_active,
      1,
    )
    assert.deepEqual(await at.merging.merge(keptId, otherId, by), plan)

    const users = await database.read
      .selectFrom('users')
      .selectAll()
      .where('id', 'in', [kept.id, other.id])
      .orderBy('id')
      .execute()
    const [after, tombstone] = users
    assert.deepEqual(
      [after?.permissions, after?.email, after?.is_active, after?.has_roles],
      ['a.b c.d', 'o@example.org', 1, 1],
    )
    assert.deepEqual(
      [
        tombstone?.merged_into_id,
        tombstone?.is_active,
        tombstone?.email,
        tombstone?.username,
        tombstone?.password_hash,
      ],
      [kept.id, 0, null, other.username, null],
    )
    const of = async (table: 'memberships' | 'role_grants' | 'recovery_codes', user: bigint) =>
      (await database.read.selectFrom(table).select('user_id').where('user_id', '=', user).execute()).length
    assert.deepEqual(
      [
        await of('memberships', kept.id),
        await of('memberships', other.id),
        await of('role_grants', kept.id),
        await of('recovery_codes', other.id),
      ],
      [3, 0, 1, 0],
    )
    const members = await database.read.selectFrom('organisation_members').select(['user_id', 'standing']).execute()
    assert.deepEqual(members, [{ user_id: kept.id, standing: 'owner' }])
    const events = await database.read.selectFrom('audit_events').select(['event', 'subject']).orderBy('id').execute()
    assert.deepEqual(
      events
        .slice(-2)
        .map(({ event, subject }) => `${event} ${subject}`)
        .toSorted(),
      [`user.merged user:${keptId}`, `user.merged_into user:${otherId}`],
    )
    // What it was does not come back.
    const store = createUsers({ ...at, hasher })
    await assert.rejects(store.enable(otherId, by), { code: 'conflict' })
    assert.equal((await store.find(otherId))?.mergedInto, keptId)
    await assert.rejects(at.merging.merge(keptId, otherId, by), { code: 'conflict' })
  })

  it('counts a right for a while for as long as it holds, and refuses where the account that stays has it for longer', async () => {
    const { addUser, merging, clock } = await open()
    const now = clock()
    const staff = formatId((await addUser({ is_staff: 1 })).id)
    for (const until of [now - 1, now + 1000]) {
      const brief = formatId((await addUser({ is_staff: 1, staff_until: until })).id)
      await assert.rejects(merging.plan(staff, brief), { code: 'conflict', message: /more rights/ })
    }
    const gone = formatId((await addUser({ is_staff: 1, staff_until: now - 1 })).id)
    await merging.plan(gone, formatId((await addUser({})).id))
  })

  it('refuses one account with itself, strangers, a disabled one that stays, and one that has more rights', async () => {
    const at = await open()
    const { keptId, otherId, kept } = at
    await assert.rejects(at.merging.merge(keptId, keptId, { actor: 'system' }), { code: 'conflict' })
    for (const id of ['nobody', formatId(1n), '']) {
      await assert.rejects(at.merging.merge(keptId, id, { actor: 'system' }), { code: 'not_found' })
      await assert.rejects(at.merging.plan(id, otherId), { code: 'not_found' })
    }
    for (const columns of [{ is_active: 0 }, { is_staff: 1 }, { is_superuser: 1 }]) {
      await at.setUser(kept.id, columns)
      await assert.rejects(at.merging.merge(keptId, otherId, { actor: 'system' }), { code: 'conflict' })
      await at.setUser(kept.id, { is_active: 1, is_staff: 0, is_superuser: 0 })
    }
    await at.setUser(at.other.id, { is_superuser: 1 })
    await assert.rejects(
      at.merging.merge(keptId, otherId, { actor: 'system' }),
      { code: 'conflict' },
      'the last superuser',
    )
  })

  it('happens once, for one of fifty that ask at once, and never in both directions', async () => {
    const at = await open()
    const { keptId, otherId } = at
    const answers = await Promise.allSettled(
      Array.from({ length: 50 }, async (_, index) => {
        const [a, b] = index % 2 === 0 ? [keptId, otherId] : [otherId, keptId]
        return (index % 3 === 0 ? at.merging : at.there).merge(a, b, by)
      }),
    )
    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const answer of answers)
      if (answer.status === 'rejected') assert.equal((answer.reason as { code: string }).code, 'conflict')
    const active = await at.database.read.selectFrom('users').select('id').where('is_active', '=', 1).execute()
    assert.equal(active.length, 1)
  })
})
