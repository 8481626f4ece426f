import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type AdminStage, adminStage } from '../admin-api.contract.ts'

type Json = Readonly<Record<string, unknown>>

describe('/api/admin/organisations/', () => {
  let stage: AdminStage
  let acme = ''
  before(async () => {
    stage = await adminStage()
    const made = await stage.call(stage.staff, 'POST', 'organisations/', {
      name: 'Acme',
      slug: 'acme',
      owner: stage.user.id,
      allowed_permissions: ['notes.change'],
      allowed_scopes: ['read'],
    })
    assert.equal(made.status, 201, made.text)
    acme = String(made.json['id'])
  })
  after(async () => stage[Symbol.asyncDispose]())

  const list = (json: Json, name: string): readonly Json[] => json[name] as readonly Json[]

  it('makes, reads, changes and lists organisations [AD07 AD12]', async () => {
    const { call, staff, user, history } = stage
    const changed = await call(staff, 'PATCH', `organisations/${acme}/`, { longest_key_lifetime: 3600 })
    assert.deepEqual([changed.status, changed.json['longest_key_lifetime'], changed.json['slug']], [200, 3600, 'acme'])
    assert.deepEqual((await call(staff, 'GET', `organisations/${acme}/`)).json, changed.json)
    await call(staff, 'PATCH', `organisations/${acme}/`, { longest_key_lifetime: null })
    const other = { name: 'Other', slug: 'other', owner: user.id }
    assert.equal((await call(staff, 'POST', 'organisations/', other)).status, 201)
    assert.equal((await call(staff, 'POST', 'organisations/', other)).status, 409)
    const first = (await call(staff, 'GET', 'organisations/?limit=1')).json
    const rest = (await call(staff, 'GET', `organisations/?limit=1&after=${String(first['next'])}`)).json
    assert.deepEqual(
      [...list(first, 'organisations'), ...list(rest, 'organisations')].map(({ slug }) => slug),
      ['other', 'acme'],
    )
    assert.equal(list((await call(staff, 'GET', 'organisations/?search=AC')).json, 'organisations').length, 1)
    const [event] = await history(`organisation:${acme}`)
    assert.deepEqual([event?.event, event?.actor], ['organisation.updated', `user:${staff.id}`])
  })

  it('refuses what cannot be, naming the member, and what is not there', async () => {
    const { call, staff } = stage
    for (const [body, member] of [
      [{ name: '', slug: 'x', owner: 'x' }, 'name'],
      [{ name: 'X', slug: 'X Y', owner: 'x' }, 'slug'],
      [{ name: 'X', slug: 'x' }, 'owner'],
      [{ name: 'X', slug: 'x', owner: 'x', longest_key_lifetime: 'long' }, 'longest_key_lifetime'],
      [{ name: 'X', slug: 'x', owner: 'x', nothing: 1 }, 'nothing'],
    ] as const) {
      const { status, json } = await call(staff, 'POST', 'organisations/', body)
      assert.ok(status === 400 && member in json, JSON.stringify(json))
    }
    for (const path of ['', 'members/', 'invitations/', 'roles/', 'service-accounts/']) {
      assert.equal((await call(staff, 'GET', `organisations/00000000001/${path}`)).status, 404, path)
    }
  })

  it('adds members, changes what they are, gives them roles, and takes them out but for the last owner', async () => {
    const { call, staff, user, superuser } = stage
    const place = `organisations/${acme}/members/`
    assert.equal((await call(staff, 'PUT', `${place}${superuser.id}/`, { standing: 'admin' })).status, 201)
    assert.equal((await call(staff, 'PUT', `${place}${superuser.id}/`, {})).status, 409)
    assert.equal((await call(staff, 'PATCH', `${place}${superuser.id}/`, { standing: 'king' })).status, 400)
    const role = await call(staff, 'POST', `organisations/${acme}/roles/`, {
      name: 'clerk',
      permissions: ['notes.change'],
    })
    assert.equal(role.status, 201)
    const clerk = String(role.json['id'])
    const given = await call(staff, 'PUT', `${place}${superuser.id}/roles/${clerk}/`, { ends_at: '2099-01-01' })
    assert.deepEqual([given.status, given.json['roles']], [200, ['clerk']])
    assert.equal(
      (await call(staff, 'PUT', `${place}${superuser.id}/roles/${clerk}/`, { ends_at: '2001-01-01' })).status,
      400,
    )
    const members = list((await call(staff, 'GET', place)).json, 'members')
    assert.deepEqual(
      new Set(members.map(({ username, standing }) => `${String(username)} ${String(standing)}`)),
      new Set(['root admin', 'ada owner']),
    )
    assert.equal((await call(staff, 'DELETE', `${place}${superuser.id}/roles/${clerk}/`)).status, 204)
    assert.equal((await call(staff, 'DELETE', `${place}${superuser.id}/roles/${clerk}/`)).status, 404)
    assert.equal((await call(staff, 'DELETE', `${place}${user.id}/`)).status, 409)
    assert.equal(
      (await call(staff, 'POST', `organisations/${acme}/transfer/`, { from: user.id, to: superuser.id })).status,
      204,
    )
    assert.equal(
      (await call(staff, 'POST', `organisations/${acme}/transfer/`, { from: superuser.id, to: user.id })).status,
      204,
    )
    assert.equal((await call(staff, 'DELETE', `${place}${superuser.id}/`)).status, 204)
    assert.equal((await call(staff, 'DELETE', `${place}${superuser.id}/`)).status, 404)
  })

  it('looks after roles, within what the organisation may give', async () => {
    const { call, staff } = stage
    const place = `organisations/${acme}/roles/`
    assert.equal((await call(staff, 'POST', place, { name: 'clerk' })).status, 409)
    const beyond = await call(staff, 'POST', place, { name: 'boss', permissions: ['notes.delete'] })
    assert.ok(beyond.status === 400 && 'permissions' in beyond.json)
    const made = await call(staff, 'POST', place, { name: 'boss' })
    const id = String(made.json['id'])
    assert.deepEqual(
      (await call(staff, 'PATCH', `${place}${id}/`, { description: 'More' })).json['description'],
      'More',
    )
    assert.equal((await call(staff, 'PATCH', `${place}owner/`, { description: 'More' })).status, 409)
    const roles = list((await call(staff, 'GET', place)).json, 'roles')
    assert.deepEqual(
      roles.map(({ name }) => name),
      ['owner', 'admin', 'member', 'boss', 'clerk'],
    )
    assert.equal((await call(staff, 'DELETE', `${place}${id}/`)).status, 204)
    assert.equal((await call(staff, 'DELETE', `${place}${id}/`)).status, 404)
  })

  it('invites, sends again and cancels', async () => {
    const { call, staff, doorward } = stage
    const place = `organisations/${acme}/invitations/`
    const sent = await call(staff, 'POST', place, { email: 'eve@example.org', standing: 'admin' })
    assert.match(String(sent.json['link']), /\/accounts\/invitation\/dw_inv_/)
    const id = String(sent.json['id'])
    assert.equal((await call(staff, 'POST', place, { email: 'eve@example.org' })).status, 409)
    assert.equal((await call(staff, 'POST', `${place}${id}/resend/`)).status, 409)
    await doorward.clock.advance('1m')
    assert.equal((await call(staff, 'POST', `${place}${id}/resend/`)).status, 200)
    const [one] = list((await call(staff, 'GET', `${place}?state=waiting`)).json, 'invitations')
    assert.deepEqual([one?.['email'], one?.['invited_by'], one?.['standing']], ['eve@example.org', null, 'admin'])
    assert.ok(!JSON.stringify(one).includes('dw_inv_'))
    assert.equal((await call(staff, 'DELETE', `${place}${id}/`)).status, 204)
    assert.deepEqual(list((await call(staff, 'GET', `${place}?state=waiting`)).json, 'invitations'), [])
  })

  it('makes service accounts and keys that work, and suspends them with the organisation', async () => {
    const { call, callWith, staff } = stage
    const place = `organisations/${acme}/service-accounts/`
    assert.equal((await call(staff, 'POST', place, { name: 'job', scopes: ['write'] })).status, 400)
    const made = await call(staff, 'POST', place, { name: 'job', scopes: ['read'] })
    const id = String(made.json['id'])
    const { json } = await call(staff, 'POST', `${place}${id}/keys/`, { name: 'build', scopes: ['read'] })
    const whoami = async (): Promise<number> =>
      (await callWith({ 'x-api-key': String(json['key']) }, 'GET', '/api/whoami/')).status
    assert.equal(await whoami(), 200)
    const suspended = await call(staff, 'POST', `organisations/${acme}/suspend/`)
    assert.match(String(suspended.json['suspended_at']), /^\d{4}-/)
    assert.equal(await whoami(), 401)
    assert.equal(list((await call(staff, 'GET', 'organisations/?suspended=true')).json, 'organisations').length, 1)
    assert.equal((await call(staff, 'POST', `organisations/${acme}/resume/`)).json['suspended_at'], null)
    assert.equal(await whoami(), 200)
    assert.equal((await call(staff, 'DELETE', `${place}${id}/keys/${String(json['id'])}/`)).status, 204)
    assert.equal(await whoami(), 401)
    assert.equal(list((await call(staff, 'GET', place)).json, 'service_accounts').length, 1)
    assert.equal((await call(staff, 'DELETE', `${place}${id}/`)).status, 204)
    assert.equal((await call(staff, 'DELETE', `${place}${id}/`)).status, 404)
  })

  it('makes service accounts and clients of an organisation where those are made', async () => {
    const { call, staff } = stage
    const account = await call(staff, 'POST', 'service-accounts/', { name: 'x', scopes: ['read'], organisation: acme })
    assert.deepEqual([account.status, account.json['organisation']], [201, acme])
    assert.equal((await call(staff, 'POST', 'service-accounts/', { name: 'x', organisation: 'nobody' })).status, 400)
    const values = { client_name: 'x', grant_types: ['client_credentials'], organisation: acme }
    const client = await call(staff, 'POST', 'clients/', values)
    assert.deepEqual([client.status, client.json['organisation']], [201, acme])
    const listed = (await call(staff, 'GET', `clients/?organisation=${acme}`)).json['clients'] as readonly Json[]
    assert.deepEqual(
      listed.map(({ client_id: id }) => id),
      [client.json['client_id']],
    )
    assert.equal((await call(staff, 'POST', 'clients/', { ...values, organisation: 'nobody' })).status, 400)
  })

  it('deletes an organisation to whoever knows its short name', async () => {
    const { call, staff, user } = stage
    const made = await call(staff, 'POST', 'organisations/', { name: 'Gone', slug: 'gone', owner: user.id })
    const id = String(made.json['id'])
    assert.equal((await call(staff, 'DELETE', `organisations/${id}/`)).status, 400)
    assert.equal((await call(staff, 'DELETE', `organisations/${id}/?slug=acme`)).status, 400)
    assert.equal((await call(staff, 'DELETE', `organisations/${id}/?slug=gone`)).status, 204)
    assert.equal((await call(staff, 'GET', `organisations/${id}/`)).status, 404)
  })
})

describe('/api/admin/roles/', () => {
  let stage: AdminStage
  before(async () => {
    stage = await adminStage()
  })
  after(async () => stage[Symbol.asyncDispose]())

  it('makes, reads, changes, lists and deletes roles, but those that are built in', async () => {
    const { call, staff } = stage
    const made = await call(staff, 'POST', 'roles/', { name: 'editor', permissions: ['notes.change'] })
    assert.equal(made.status, 201)
    const id = String(made.json['id'])
    const changed = await call(staff, 'PATCH', `roles/${id}/`, { permissions: ['notes.view'] })
    assert.deepEqual(changed.json['permissions'], ['notes.view'])
    assert.deepEqual((await call(staff, 'GET', `roles/${id}/`)).json, changed.json)
    assert.equal((await call(staff, 'POST', 'roles/', { name: 'editor' })).status, 409)
    assert.equal((await call(staff, 'POST', 'roles/', { name: 'owner' })).status, 400)
    assert.equal((await call(staff, 'GET', 'roles/owner/')).json['is_built_in'], true)
    assert.equal((await call(staff, 'DELETE', 'roles/owner/')).status, 409)
    const names = ((await call(staff, 'GET', 'roles/')).json['roles'] as readonly Json[]).map(({ name }) => name)
    assert.deepEqual(names, ['owner', 'admin', 'member', 'editor'])
    assert.equal((await call(staff, 'DELETE', `roles/${id}/`)).status, 204)
    assert.equal((await call(staff, 'GET', `roles/${id}/`)).status, 404)
  })

  it('gives and takes roles, of staff and superusers by superusers alone', async () => {
    const { call, staff, superuser, user } = stage
    const { json } = await call(staff, 'POST', 'roles/', { name: 'auditor' })
    const place = `roles/${String(json['id'])}/holders/`
    assert.equal((await call(staff, 'PUT', `${place}${user.id}/`, { ends_at: '2099-01-01T00:00:00Z' })).status, 204)
    const [holder] = (await call(staff, 'GET', place)).json['holders'] as readonly Json[]
    assert.deepEqual([holder?.['username'], holder?.['ends_at']], ['ada', '2099-01-01T00:00:00.000Z'])
    assert.equal((await call(staff, 'PUT', `${place}${superuser.id}/`, {})).status, 403)
    assert.equal((await call(superuser, 'PUT', `${place}${staff.id}/`, {})).status, 204)
    assert.equal((await call(staff, 'DELETE', `${place}${staff.id}/`)).status, 204, 'one’s own')
    assert.equal((await call(staff, 'PUT', `roles/owner/holders/${user.id}/`, {})).status, 409)
    assert.equal((await call(staff, 'DELETE', `${place}${user.id}/`)).status, 204)
    assert.equal((await call(staff, 'DELETE', `${place}${user.id}/`)).status, 404)
    assert.equal((await call(staff, 'PUT', `${place}00000000001/`, {})).status, 404)
  })
})
