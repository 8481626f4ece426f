import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { adminStage } from '../admin-api.contract.ts'
import { openConsole } from '../console.contract.ts'

const by = { actor: 'system' }
const web = {
  name: 'Shop',
  redirectUris: ['https://shop.example/cb'],
  scopes: ['openid', 'profile', 'email', 'read'],
} as const

describe('the owner of an application in the console (A13)', () => {
  it('is changed to a person, to an organisation and to nobody', async () => {
    await using at = await openConsole()
    const { instance } = at.doorward
    const { client } = await instance.oauth.clients.create(web, { by, owner: at.ada.id })
    const { id: organisation } = await instance.orgs.organisations.create(
      { name: 'Acme', slug: 'acme', ownerId: at.staffUser.id },
      by,
    )
    const place = `/admin/applications/${client.id}/owner/`
    const page = await at.staff.get(place)
    assert.match(page.text, />ada</)
    for (const typed of [
      { kind: 'user', owner: '' },
      { kind: 'user', owner: 'nobody' },
      { kind: 'organisation', owner: 'ada' },
      { kind: '__proto__', owner: 'grace' },
    ]) {
      const refused = await at.staff.submit(page, 'change', typed)
      assert.equal(refused.status, 400)
      assert.match(refused.text, /that is there\./)
    }
    const moved = await at.staff.submit(page, 'change', { kind: 'organisation', owner: 'acme' })
    assert.match(moved.text, /Somebody else answers for it from now on/)
    assert.match(moved.text, />Acme</)
    const found = await instance.oauth.clients.find(client.id)
    assert.deepEqual([found?.ownerId, found?.organisationId], [null, organisation])
    await at.staff.submit(page, 'change', { kind: 'user', owner: 'grace' })
    assert.equal((await instance.oauth.clients.find(client.id))?.ownerId, at.staffUser.id)
    await at.staff.submit(page, 'change', { kind: 'nobody' })
    const last = await instance.oauth.clients.find(client.id)
    assert.deepEqual([last?.ownerId, last?.organisationId], [null, null])
    assert.match((await at.staff.get(`/admin/applications/${client.id}/history/`)).text, /client\.owner_changed/)
  })

  it('of one that asks nobody is changed by superusers alone', async () => {
    await using at = await openConsole()
    const { instance } = at.doorward
    const { client } = await instance.oauth.clients.create({ ...web, consent: 'never' }, { by })
    const place = `/admin/applications/${client.id}/owner/`
    const typed = { kind: 'user', owner: 'ada' }
    assert.equal((await at.staff.submit(await at.staff.get(place), 'change', typed)).status, 403)
    assert.equal((await at.root.submit(await at.root.get(place), 'change', typed)).status, 200)
  })
})

describe('the preview of tokens (A13)', () => {
  it('tells what an application would be told of a user, with the scopes chosen, and issues nothing', async () => {
    await using at = await openConsole()
    const { database, oauth } = at.doorward.instance
    const { client } = await oauth.clients.create(web, { by })
    const place = `/admin/applications/${client.id}/preview/`
    const empty = await at.staff.get(place)
    assert.equal(empty.status, 200)
    const before = await counts(at)
    const seen = await at.staff.get(`${place}?user=ada&scope_openid=on&scope_email=on`)
    assert.match(seen.text, /id="id-token"/)
    assert.match(seen.text, /&quot;email&quot;: &quot;ada@example\.org&quot;/)
    assert.match(seen.text, new RegExp(`&quot;sub&quot;: &quot;${at.ada.id}&quot;`))
    assert.doesNotMatch(seen.text, /jti|at_hash|eyJ/)
    const without = await at.staff.get(`${place}?user=ada&scope_read=on`)
    assert.match(without.text, /None: it goes with the scope openid/)
    assert.match(without.text, /&quot;scope&quot;: &quot;read&quot;/)
    assert.match((await at.staff.get(`${place}?user=nobody`)).text, /that is there/)
    await at.doorward.instance.users.disable(at.ada.id)
    assert.match((await at.staff.get(`${place}?user=ada`)).text, /The account is disabled/)
    const after = await counts(at)
    assert.deepEqual(after, before)

    async function counts({ doorward }: typeof at): Promise<readonly number[]> {
      const { read } = doorward.instance.database
      const tables = ['access_tokens', 'grants', 'grant_tokens', 'consents'] as const
      return Promise.all(tables.map(async (table) => (await read.selectFrom(table).selectAll().execute()).length))
    }
    assert.equal(
      (await database.read.selectFrom('audit_events').select('id').where('event', '=', 'access_token.issued').execute())
        .length,
      0,
    )
  })
})

describe('/api/admin/clients/{client_id}/change-owner/ and preview/ [A13]', () => {
  it('do the same, and refuse what makes no sense', async () => {
    await using stage = await adminStage()
    const { call, staff, superuser, user, doorward } = stage
    const { clients } = doorward.instance.oauth
    const { client } = await clients.create({ ...web, accessTokenFormat: 'jwt' }, { by })
    const place = `clients/${client.id}`
    const changed = await call(staff, 'POST', `${place}/change-owner/`, { owner: user.id })
    assert.deepEqual([changed.status, changed.json['owner'], changed.json['organisation']], [200, user.id, null])
    for (const body of [{ owner: 'x' }, { owner: user.id, organisation: 'y' }, { owner: 1 }, { other: user.id }]) {
      assert.equal((await call(staff, 'POST', `${place}/change-owner/`, body)).status, 400)
    }
    assert.equal((await call(staff, 'POST', 'clients/none/change-owner/', {})).status, 404)
    const trusted = await clients.create({ ...web, consent: 'never' }, { by })
    assert.equal((await call(staff, 'POST', `clients/${trusted.client.id}/change-owner/`, {})).status, 403)
    assert.equal((await call(superuser, 'POST', `clients/${trusted.client.id}/change-owner/`, {})).status, 200)

    const preview = await call(staff, 'GET', `${place}/preview/?user=${user.id}&scope=openid+profile`)
    const token = preview.json['access_token'] as { format: string; claims: Record<string, unknown> }
    assert.deepEqual(
      [token.format, token.claims['sub'], token.claims['scope'], token.claims['client_id'], token.claims['jti']],
      ['jwt', user.id, 'openid profile', client.id, undefined],
    )
    assert.equal((preview.json['userinfo'] as Record<string, unknown>)['preferred_username'], 'ada')
    assert.equal((await call(staff, 'GET', `${place}/preview/?user=${user.id}&scope=write`)).status, 400)
    assert.equal((await call(staff, 'GET', `${place}/preview/?user=nobody`)).status, 404)
    assert.equal((await call(staff, 'GET', `${place}/preview/`)).status, 400)
    await doorward.instance.users.disable(user.id)
    assert.equal((await call(staff, 'GET', `${place}/preview/?user=${user.id}`)).status, 409)
  })
})

describe('an application whose client_id is an odd address', () => {
  it('opens in the console, with all its pages, and is found from what belongs to it', async () => {
    await using at = await openConsole()
    const { clients } = at.doorward.instance.oauth
    for (const identifier of [
      'https://app.example/c;v=1',
      'https://app.example/a%20b/%2e%2e?x=1#y',
      '..',
      '~x',
      "a'b",
    ]) {
      await clients.create({ ...web, name: 'Odd' }, { by, identifier })
      const list = await at.staff.get('/admin/applications/')
      const [, place = ''] = /href="(\/admin\/applications\/[^"]+)"[^>]*><bdi>Odd</.exec(list.text) ?? []
      for (const tab of [
        '',
        'credentials/',
        'scopes/',
        'tokens/',
        'grants/',
        'test/',
        'preview/',
        'history/',
        'danger/',
      ]) {
        assert.equal((await at.staff.get(place + tab)).status, 200, place + tab)
      }
      const saved = await at.staff.submit(await at.staff.get(place), 'save', { client_name: 'Odd' })
      assert.match(saved.text, /The changes are saved/, identifier)
      await clients.delete(identifier, { by })
    }
  })
})
