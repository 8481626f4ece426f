import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { liveGrant } from '../../oauth/live-grant.contract.ts'
import { type AdminStage, adminStage } from '../admin-api.contract.ts'

describe('what users reach, under /api/admin/', () => {
  it('lists what a user has allowed applications, and takes it back, but for those whom one may not touch', async () => {
    await using stage = await adminStage()
    const { call, staff, superuser, user, doorward } = stage
    const clientId = await allow(stage, user.id)
    const listed = (await call(staff, 'GET', `users/${user.id}/applications/`)).json['applications']
    const [one, ...others] = listed as readonly Readonly<Record<string, unknown>>[]
    assert.deepEqual(
      [others, one?.['client_id'], one?.['name'], one?.['scopes'], one?.['is_offline']],
      [[], clientId, 'Notes', ['openid'], false],
    )
    const path = `users/${user.id}/applications/${clientId}/`
    assert.equal((await call(user, 'DELETE', path)).status, 403)
    assert.equal((await call(staff, 'DELETE', path)).status, 204)
    assert.equal((await call(staff, 'DELETE', path)).status, 404)
    assert.deepEqual(await doorward.instance.oauth.allowedClients.list(user.id), [])
    const ofRoot = await allow(stage, superuser.id)
    assert.equal((await call(staff, 'DELETE', `users/${superuser.id}/applications/${ofRoot}/`)).status, 403)
    assert.equal((await call(staff, 'GET', 'users/nothing/applications/')).status, 404)
  })

  it('tells what a user may do, and by what', async () => {
    await using stage = await adminStage()
    const { call, staff, user, superuser, doorward } = stage
    const { groups, orgs } = doorward.instance
    const by = { actor: 'system' }
    const group = await groups.create({ name: 'Editors', permissions: ['notes.change'] }, by)
    await groups.add(group.id, user.id, by)
    const acme = await orgs.organisations.create({ name: 'Acme', slug: 'acme', ownerId: user.id }, by)
    const { json } = await call(staff, 'GET', `users/${user.id}/rights/`)
    assert.deepEqual(json['everywhere'], [{ permission: 'notes.change', from: ['the group Editors'] }])
    assert.deepEqual([json['is_active'], json['is_superuser'], json['roles']], [true, false, []])
    const [there] = json['organisations'] as readonly {
      organisation: string
      slug: string
      rights: readonly unknown[]
    }[]
    assert.deepEqual([there?.organisation, there?.slug], [acme.id, 'acme'])
    assert.ok((there?.rights.length ?? 0) > 5)
    const only = await call(staff, 'GET', `users/${user.id}/rights/?permission=members.add`)
    assert.deepEqual(only.json['everywhere'], [])
    assert.deepEqual((only.json['organisations'] as readonly { rights: unknown }[])[0]?.rights, [
      { permission: 'members.add', from: ['being an owner'] },
    ])
    assert.equal((await call(staff, 'GET', `users/${superuser.id}/rights/`)).json['is_superuser'], true)
    assert.equal((await call(user, 'GET', `users/${user.id}/rights/`)).status, 403)
    assert.equal((await call(staff, 'GET', 'users/nothing/rights/')).status, 404)
  })

  it('lists the invitations of all organisations, by state', async () => {
    await using stage = await adminStage()
    const { call, staff, user, doorward } = stage
    const { organisations, invitations } = doorward.instance.orgs
    for (const slug of ['acme', 'zeta']) {
      const { id } = await organisations.create({ name: slug, slug, ownerId: user.id })
      await invitations.create({ organisationId: id, email: `${slug}@example.org` })
    }
    const all = await call(staff, 'GET', 'invitations/')
    const emails = (answer: typeof all) =>
      (answer.json['invitations'] as readonly { email: string }[]).map(({ email }) => email)
    assert.deepEqual(emails(all), ['zeta@example.org', 'acme@example.org'])
    const first = await call(staff, 'GET', 'invitations/?limit=1')
    const next = await call(
      staff,
      'GET',
      `invitations/?limit=1&after=${encodeURIComponent(String(first.json['next']))}`,
    )
    assert.deepEqual([...emails(first), ...emails(next)], ['zeta@example.org', 'acme@example.org'])
    assert.deepEqual(emails(await call(staff, 'GET', 'invitations/?state=cancelled')), [])
    assert.equal((await call(staff, 'GET', 'invitations/?state=lost')).status, 400)
    assert.equal((await call(user, 'GET', 'invitations/')).status, 403)
  })
})

/** An application that a user has allowed to know who they are. */
async function allow({ doorward }: AdminStage, userId: string): Promise<string> {
  const { client } = await doorward.instance.oauth.clients.create(
    { name: 'Notes', redirectUris: ['https://app.example/cb'], scopes: ['openid'] },
    { by: { actor: 'system' } },
  )
  await liveGrant(doorward.instance, { clientId: client.id, userId })
  return client.id
}
