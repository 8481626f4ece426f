import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { foreignIdentity } from '../../social/identity.contract.ts'
import { type AdminStage, adminStage } from '../admin-api.contract.ts'

describe('/api/admin/linked-accounts/', () => {
  let stage: AdminStage
  before(async () => {
    stage = await adminStage()
  })
  after(async () => stage[Symbol.asyncDispose]())

  const link = async (userId: string, subject: string): Promise<string> =>
    stage.doorward.instance.social.linked.link(userId, foreignIdentity({ subject }), 'asked')

  it('lists and shows what a user signs in with elsewhere, and no token of it', async () => {
    const { call, staff, user } = stage
    const linkId = await link(user.id, 'one')
    const list = await call(staff, 'GET', `linked-accounts/?user=${user.id}`)
    const [first] = list.json['linked_accounts'] as readonly Readonly<Record<string, unknown>>[]
    assert.deepEqual(
      [first?.['id'], first?.['user'], first?.['provider'], first?.['subject'], first?.['last_used_at']],
      [linkId, user.id, 'acme', 'one', null],
    )
    assert.deepEqual((await call(staff, 'GET', `linked-accounts/${linkId}/`)).json, first)
    assert.doesNotMatch(list.text, /token/)
    assert.equal((await call(staff, 'GET', 'linked-accounts/')).status, 400)
    assert.deepEqual((await call(staff, 'GET', 'linked-accounts/?user=nobody')).json, { linked_accounts: [] })
  })

  it('unlinks, the last way in too, and writes down who did', async () => {
    const { call, staff, user, history } = stage
    const linkId = await link(user.id, 'two')
    assert.equal((await call(staff, 'DELETE', `linked-accounts/${linkId}/`)).status, 204)
    assert.equal((await call(staff, 'GET', `linked-accounts/${linkId}/`)).status, 404)
    assert.equal((await call(staff, 'DELETE', `linked-accounts/${linkId}/`)).status, 404)
    const [event] = await history(`user:${user.id}`)
    assert.deepEqual([event?.event, event?.actor], ['linked_account.removed', `user:${staff.id}`])
  })

  it('keeps the links of administrators for superusers [AD01]', async () => {
    const { call, staff, superuser } = stage
    const linkId = await link(superuser.id, 'three')
    assert.equal((await call(staff, 'DELETE', `linked-accounts/${linkId}/`)).status, 403)
    assert.equal((await call(superuser, 'DELETE', `linked-accounts/${linkId}/`)).status, 204)
  })
})
