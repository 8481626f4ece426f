import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { adminStage } from '../admin-api.contract.ts'
import { openConsole } from '../console.contract.ts'

const hour = 3_600_000

describe('an administrator for a while (A34)', () => {
  it('gives themselves nothing back of what is over, though no purge has cleared it up', async () => {
    await using stage = await adminStage()
    const { doorward, call, staff } = stage
    const { users } = doorward.instance
    const end = doorward.clock.now() + hour
    await users.update(staff.id, { isSuperuser: true, superuserUntil: end })
    await doorward.clock.advance('2h')
    // A sign-in of now, since the clock went on.
    const again = () => ({ ...staff })
    for (const members of [{ is_superuser: true }, { is_superuser: true, superuser_until: null }])
      assert.equal((await call(again(), 'PATCH', `users/${staff.id}/`, members)).status, 403)
    assert.equal((await users.find(staff.id))?.superuserUntil, end)
    // What they may do is still theirs to do.
    const named = await call(again(), 'PATCH', `users/${staff.id}/`, { email: 'staff@example.org' })
    assert.deepEqual([named.status, named.json['is_superuser']], [200, false])
  })

  it('gives nobody a right that outlives their own, themselves least of all', async () => {
    await using stage = await adminStage()
    const { doorward, call, user } = stage
    const end = doorward.clock.now() + 4 * hour
    const guest = await doorward.users.create({ username: 'guest', isStaff: true, isSuperuser: true })
    await doorward.instance.users.update(guest.id, { staffUntil: end, superuserUntil: end })
    const late = new Date(end + 1).toISOString()
    for (const [path, body] of [
      [`users/${guest.id}/`, { superuser_until: null }],
      [`users/${guest.id}/`, { staff_until: late }],
      [`users/${user.id}/`, { is_staff: true }],
      [`users/${user.id}/`, { is_superuser: true, superuser_until: late }],
    ] as const) {
      const refused = await call(guest, 'PATCH', path, body)
      assert.equal(refused.status, 409, JSON.stringify(body))
      assert.match(String(refused.json['detail']), /You are a superuser until .* UTC/)
    }
    assert.equal((await call(guest, 'POST', 'users/', { username: 'eve', is_superuser: true })).status, 409)
    const until = new Date(end).toISOString()
    const given = await call(guest, 'PATCH', `users/${user.id}/`, { is_staff: true, staff_until: until })
    assert.deepEqual([given.status, given.json['staff_until']], [200, until])
    assert.equal((await call(guest, 'PATCH', `users/${user.id}/`, { is_staff: false })).status, 200)
  })

  it('is told so on the page', async () => {
    await using at = await openConsole()
    const { users } = at.doorward.instance
    const end = at.doorward.clock.now() + 2 * hour
    await users.create({ username: 'second', isSuperuser: true, isStaff: true })
    const root = await users.findByLogin('root')
    await users.update(root?.id ?? '', { superuserUntil: end })
    const page = await at.root.get('/admin/administrators/')
    const refused = await at.root.submit(page, 'grant', { user: 'ada', role: 'superuser', until: '' })
    assert.match(refused.text, /You are a superuser until .* UTC/)
    const done = await at.root.submit(page, 'grant', { user: 'ada', role: 'superuser', until: '1h' })
    assert.match(done.text, /ada is an administrator now, for an hour/)
  })
})
