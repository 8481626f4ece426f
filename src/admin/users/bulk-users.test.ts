import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createGroups } from '../../accounts/groups.ts'
import { createRequiredPasswords } from '../../accounts/required-passwords.ts'
import type { UserRecord } from '../../accounts/user-record.ts'
import { createUsers } from '../../accounts/users.ts'
import type { User } from '../../core/identity.ts'
import { createPasswordHasher } from '../../crypto/password-hash.ts'
import { formatId } from '../../storage/id.ts'
import { onEachDatabase } from '../../tokens/databases.contract.ts'
import { adminStage } from '../admin-api.contract.ts'
import { type Console, openConsole } from '../console.contract.ts'
import type { Seen } from '../../screens/person.contract.ts'
import { bulkActions, createBulkUsers } from './bulk-users.ts'

describe('many users at once in the console', () => {
  it('are disabled after a page that counts what ends and names who is left out, each with a row in the log', async () => {
    await using at = await openConsole()
    const { doorward } = at
    const bob = await doorward.users.create({ username: 'bob' })
    await doorward.users.create({ username: 'off', isActive: false })
    await at.signedIn(at.ada)
    const list = await at.staff.get('/admin/users/?status=')
    const asked = await choose(at, list, 'disable', everybody(list))
    assert.match(asked.text, /Disable 2 accounts\?/)
    assert.match(asked.text, /1 session</)
    const left = /id="left-out">([^]*?)<\/ul>/.exec(asked.text)?.[1] ?? ''
    assert.match(left, /root<\/bdi>: An administrator: only a superuser/)
    assert.match(left, /grace<\/bdi>: This is your own account/)
    assert.match(left, /off<\/bdi>: Disabled already/)
    // One goes meanwhile, and a form that names the others as well changes nothing for them.
    await doorward.instance.users.delete(bob.id)
    const done = await at.staff.submit(asked, 'bulk', { [`row_${at.rootUser.id}`]: 'on' })
    assert.match(done.text, /1 account is disabled\. Left out: /)
    assert.match(done.text, /root \(An administrator/)
    assert.match(done.text, /not there any more/)
    assert.equal(done.path, '/admin/users/?status=')
    const states = await Promise.all(
      [at.ada, at.rootUser, at.staffUser].map(async ({ id }) => (await doorward.instance.users.find(id))?.isActive),
    )
    assert.deepEqual(states, [false, true, true])
    const { entries } = await doorward.instance.lists.auditLog.list({ event: 'user.disabled' })
    assert.deepEqual(
      entries.map(({ actor, subject }) => [actor, subject]),
      [[`user:${at.staffUser.id}`, `user:${at.ada.id}`]],
    )
    // Sent again, it does nothing.
    assert.match((await at.staff.submit(asked, 'bulk')).text, /Nothing was done\. Left out: .*Disabled already/)
  })

  it('are enabled, signed out, told to choose another password, and put into a group', async () => {
    await using at = await openConsole()
    const { doorward } = at
    const without = await doorward.instance.users.create({ username: 'without' })
    const both = [at.ada.id, without.id]
    const list = await at.staff.get('/admin/users/')
    const none = await choose(at, list, 'add_to_group', both)
    assert.match(none.text, /There is no group yet/)
    const group = await doorward.instance.groups.create({ name: 'Editors' })
    const asked = await choose(at, list, 'add_to_group', both)
    assert.match((await at.staff.submit(asked, 'bulk')).text, /2 accounts are in the group\./)
    assert.match((await at.staff.submit(asked, 'bulk')).text, /In the group already/)
    assert.match((await at.staff.submit(asked, 'bulk', { group: 'x' })).text, /no such group any more/)
    assert.deepEqual(
      (await doorward.instance.groups.of(without.id)).map(({ id }) => id),
      [group.id],
    )

    const password = await choose(at, list, 'require_password', both)
    assert.match(password.text, /without<\/bdi>: They have no password/)
    assert.match((await at.staff.submit(password, 'bulk')).text, /1 account has to choose another password/)
    const nobody = await choose(at, list, 'enable', both)
    assert.match(nobody.text, /can be done to nobody/)
    assert.doesNotMatch(nobody.text, /id="bulk"/)
    const ending = await choose(at, list, 'end_sessions', [at.ada.id, at.staffUser.id])
    const ended = await at.staff.submit(ending, 'bulk')
    assert.match(ended.path, /^\/accounts\/login\//)
    const { entries } = await doorward.instance.lists.auditLog.list({ event: 'user.signed_out_everywhere' })
    assert.equal(entries.length, 2)
  })

  it('are left alone by a form that says nothing, or anything', async () => {
    await using at = await openConsole()
    const list = await at.staff.get('/admin/users/')
    assert.match((await choose(at, list, 'disable', [])).text, /Nobody was chosen/)
    assert.match((await choose(at, list, 'constructor', [at.ada.id])).text, /choose what is to be done/)
    assert.match((await choose(at, list, 'disable', ['../../x', '00000000001'])).text, /can be done to nobody/)
    const asked = await choose(at, list, 'disable', [at.ada.id])
    assert.match((await at.staff.submit(asked, 'bulk', { bulk_action: 'delete' })).text, /Nothing was done/)
    assert.equal((await at.doorward.instance.users.find(at.ada.id))?.isActive, true)
  })

  it('ask for a fresh proof of who does it, and go on with the same rows afterwards', async () => {
    await using at = await openConsole()
    const asked = await choose(at, await at.staff.get('/admin/users/'), 'disable', [at.ada.id])
    await at.doorward.clock.advance('11m')
    const led = await at.staff.submit(asked, 'bulk')
    assert.match(led.path, /^\/accounts\/confirm\//)
    assert.equal((await at.doorward.instance.users.find(at.ada.id))?.isActive, true)
  })
})

function everybody({ text }: Seen): readonly string[] {
  return [...text.matchAll(/name="row_(\w+)"/g)].map(([, id]) => id ?? '')
}

async function choose(at: Console, list: Seen, action: string, ids: readonly string[]): Promise<Seen> {
  return at.staff.submit(list, 'rows', {
    bulk_action: action,
    ...Object.fromEntries(ids.map((id) => [`row_${id}`, 'on'])),
  })
}

describe('POST /api/admin/users/bulk/', () => {
  it('does it to all it may, tells who is left out and why, and tells it before too', async () => {
    await using stage = await adminStage()
    const { call, staff, superuser, user, history } = stage
    const ids = [user.id, superuser.id, staff.id, 'nobody', user.id]
    const dry = await call(staff, 'POST', 'users/bulk/', { action: 'disable', ids, dry_run: true })
    assert.equal(dry.status, 200)
    assert.deepEqual(dry.json['done'], [user.id])
    assert.equal((await history(`user:${user.id}`)).filter(({ event }) => event === 'user.disabled').length, 0)
    const done = await call(staff, 'POST', 'users/bulk/', { action: 'disable', ids })
    assert.deepEqual(done.json, dry.json)
    assert.deepEqual(
      (done.json['left_out'] as readonly Record<string, unknown>[]).map(({ id }) => id),
      [superuser.id, staff.id, 'nobody'],
    )
    assert.equal((await history(`user:${user.id}`))[0]?.event, 'user.disabled')
    const self = await call(superuser, 'POST', 'users/bulk/', { action: 'disable', ids: [superuser.id, staff.id] })
    assert.deepEqual(self.json['done'], [staff.id])
  })

  it('refuses what it cannot make sense of', async () => {
    await using stage = await adminStage()
    const { call, staff, user } = stage
    const ids = [user.id]
    for (const body of [
      {},
      { action: 'delete', ids },
      { action: 'disable', ids: [] },
      { action: 'disable', ids: 'all' },
      { action: 'disable', ids: Array.from({ length: 201 }, (_, index) => `${index}`) },
      { action: 'disable', ids, group: 'x' },
      { action: 'add_to_group', ids },
      { action: 'add_to_group', ids, group: 'x' },
    ])
      assert.equal((await call(staff, 'POST', 'users/bulk/', body)).status, 400, JSON.stringify(body))
  })

  it('has one user choose another password, but not oneself', async () => {
    await using stage = await adminStage()
    const { call, staff, user, history } = stage
    assert.equal((await call(staff, 'POST', `users/${user.id}/require-password/`)).status, 204)
    assert.equal((await history(`user:${user.id}`))[0]?.event, 'password.change_required')
    assert.equal((await call(staff, 'POST', `users/${staff.id}/require-password/`)).status, 409)
  })
})

onEachDatabase('createBulkUsers', (stage) => {
  it('changes nobody who has become an administrator since it was asked for, nor for whom has become none', async () => {
    const { database, second, clock, addUser, setUser } = await stage()
    const hasher = createPasswordHasher({ memoryCost: 8192, timeCost: 1 })
    const options = { database, hasher, clock, accessTokenLifetime: 60, onEnded: async () => undefined }
    const users = createUsers(options)
    const there = createUsers({ ...options, database: second })
    const groups = createGroups(options)
    const { ask: requirePassword } = createRequiredPasswords(options)
    const { id: group } = await groups.create({ name: 'Editors', permissions: ['notes.change'] })
    const row = await addUser({ is_staff: 1 })
    const actor: User = { kind: 'user', id: formatId(row.id), name: row.username, isStaff: true }
    const by = { actor: `user:${actor.id}` }
    for (const action of bulkActions) {
      const { id } = await there.create({ username: action, password: 'kfwzqpxmvj', isActive: action !== 'enable' })
      // Between the look at the account and what is done to it, somebody elsewhere makes its user an administrator.
      const find = async (wanted: string): Promise<UserRecord | null> => {
        const found = await users.find(wanted)
        await there.update(wanted, { isStaff: true })
        return found
      }
      const bulk = createBulkUsers({ users: { ...users, find }, groups, requirePassword })
      const asked = { action, ids: [id], ...(action === 'add_to_group' ? { group } : {}) }
      const { users: done, left } = await bulk.run(actor, asked, by)
      assert.deepEqual(done, [], action)
      assert.match(left[0]?.why ?? '', /Only a superuser may change the account/)
      assert.deepEqual(await groups.of(id), [])
      // A superuser who is none any more when it is done reaches them no more than others.
      await setUser(row.id, { is_superuser: 1 })
      const late = createBulkUsers({
        users: {
          ...users,
          find: async (wanted) => {
            const found = await users.find(wanted)
            await setUser(row.id, { is_superuser: 0 })
            return found
          },
        },
        groups,
        requirePassword,
      })
      assert.deepEqual((await late.run({ ...actor, isSuperuser: true }, asked, by)).users, [], action)
    }
  })
})
