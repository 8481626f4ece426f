import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { authorizationOf } from './application.contract.ts'
import { type Console, openConsole } from '../console.contract.ts'

describe('applications in the console', () => {
  it('begin with the four kinds where there is none', async () => {
    await using at = await openConsole()
    const { text } = await at.staff.get('/admin/applications/')
    for (const type of ['machine', 'web', 'browser', 'native']) assert.match(text, new RegExp(`id="type-${type}"`))
  })

  it('are registered in three steps, with a secret once and a call that works when pasted', async () => {
    await using at = await openConsole()
    const { staff, base } = at
    const kinds = await staff.get('/admin/applications/new/')
    const second = await staff.get(hrefOf(kinds.text, 'type-machine'))
    assert.match(second.text, /<option value="confidential" +selected>/)
    assert.match(second.text, /name="grant_client_credentials"[^>]* checked/)
    assert.match(second.text, /name="user"[^>]*value="grace"/)
    const answers = 'type=machine&client_type=confidential&grant_client_credentials=on&name=My%20API%20Client&user=ada'
    const third = await staff.get(`/admin/applications/new/?step=3&${answers}`)
    assert.match(third.text, /name="scope_read"/)
    // Back keeps what was answered.
    const back = await staff.get(`/admin/applications/new/?step=2&${answers}&scope_read=on`)
    assert.match(back.text, /value="My API Client"/)
    assert.match(back.text, /name="scope_read" value="on"/)
    const checked = await staff.get(`/admin/applications/new/?step=4&${answers}&scope_read=on`)
    const made = await staff.submit(checked, 'create')
    assert.equal(made.status, 200, made.text)
    assert.equal(made.headers.get('cache-control'), 'no-store')
    const [, secret = ''] = /id="secret"[^]*?value="([^"]+)"/.exec(made.text) ?? []
    const [, id = ''] = /id="client-id">([^<]+)/.exec(made.text) ?? []
    const { client_id: clientId, owner } = await clientOf(at, id)
    assert.deepEqual([clientId, owner], [id, at.ada.id])
    const answer = await fetch(`${base}/o/token/`, {
      method: 'POST',
      headers: { authorization: authorizationOf(id, secret) },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    assert.equal(answer.status, 200)
    assert.match(made.text, /grant_type=client_credentials/)
    // A reload sends the form again, which shows nothing and makes nothing.
    const again = await staff.submit(checked, 'create')
    assert.equal(again.status, 409)
    assert.ok(!again.text.includes(secret))
    assert.equal((await at.doorward.instance.oauth.clients.list()).clients.length, 1)
    assert.ok(!(await staff.get(`/admin/applications/${id}/credentials/`)).text.includes(secret), 'B-STO-03')
    assert.ok(!(await staff.get('/admin/applications/')).text.includes(secret), 'B-STO-03')
  })

  it('go back to the step at fault: a wildcard is refused with its reason, and so is a user who is none', async () => {
    await using at = await openConsole()
    const uris = encodeURIComponent('https://*.app.example/cb')
    const page = await at.staff.get(
      `/admin/applications/new/?step=3&type=web&client_type=confidential&grant_authorization_code=on&name=Web&user=nobody&redirect_uris=${uris}`,
    )
    assert.equal(page.status, 400)
    assert.match(page.text, /wildcard \(\*\), which is not allowed/)
    assert.match(page.text, /Give the username, or the verified e-mail/)
    assert.match(page.text, /href="#redirect_uris"/)
    for (const query of [
      '',
      'type=nonsense',
      'type=web&step=9&name=',
      'type=constructor&client_type=__proto__&grant_x=on',
    ]) {
      assert.ok((await at.staff.get(`/admin/applications/new/?${query}`)).status < 500, query)
    }
    // Whoever sends the last form by hand is checked again.
    const checked = await at.staff.get(
      '/admin/applications/new/?step=4&type=machine&client_type=confidential&grant_client_credentials=on&name=A&user=',
    )
    const refused = await at.staff.submit(checked, 'create', { redirect_uris: 'javascript:alert(1)', name: '' })
    assert.equal(refused.status, 400)
    assert.equal((await at.doorward.instance.oauth.clients.list()).clients.length, 0)
  })

  it('have their settings, scopes and tokens changed, with what to mend', async () => {
    await using at = await openConsole()
    const id = await register(at)
    const place = `/admin/applications/${id}/`
    const saved = await at.staff.submit(await at.staff.get(place), 'save', {
      client_name: 'Renamed',
      redirect_uris: 'https://app.example/cb https://app.example/other',
      grant_types_authorization_code: 'on',
    })
    assert.match(saved.text, /The changes are saved\./)
    assert.deepEqual((await clientOf(at, id))['redirect_uris'], ['https://app.example/cb', 'https://app.example/other'])
    const wrong = await at.staff.submit(saved, 'save', {
      redirect_uris: 'http://app.example/cb',
      client_uri: 'ftp://x',
    })
    assert.equal(wrong.status, 400)
    assert.match(wrong.text, /href="#redirect_uris"/)
    assert.match(wrong.text, /href="#client_uri"/)
    const scopes = await at.staff.get(`${place}scopes/`)
    assert.match((await at.staff.submit(scopes, 'save', { scope_write: 'on' })).text, /The changes are saved\./)
    assert.equal((await clientOf(at, id))['scope'], 'read write')
    const tokens = await at.staff.get(`${place}tokens/`)
    const bad = await at.staff.submit(tokens, 'save', { access_token_lifetime: '99999999' })
    assert.equal(bad.status, 400)
    const good = await at.staff.submit(tokens, 'save', { access_token_lifetime: '60', access_token_format: 'jwt' })
    assert.match(good.text, /The changes are saved\./)
    const client = await clientOf(at, id)
    assert.deepEqual([client['access_token_lifetime'], client['access_token_format']], [60, 'jwt'])
    assert.match((await at.staff.get(`${place}history/`)).text, /client\.updated/)
    // Old and new stand in the history.
    assert.match((await at.staff.get(place)).text, /client_name: Job → Renamed/)
  })

  it('exchange their secret without a moment in which they fail: start, finish and cancel', async () => {
    await using at = await openConsole()
    const { client, secret: old } = await at.doorward.instance.oauth.clients.create(
      { name: 'Job', grantTypes: ['client_credentials'], scopes: ['read'] },
      { by: { actor: 'system' } },
    )
    const place = `/admin/applications/${client.id}/credentials/`
    const page = await at.staff.get(place)
    const started = await at.staff.submit(page, 'rotate', { overlap: '1d' })
    const [, fresh = ''] = /id="secret"[^]*?value="([^"]+)"/.exec(started.text) ?? []
    assert.notEqual(fresh, old)
    assert.equal((await at.staff.submit(page, 'rotate')).status, 409)
    const statusFor = async (secret: string | null) => {
      const headers = { authorization: authorizationOf(client.id, secret ?? '') }
      const body = new URLSearchParams({ grant_type: 'client_credentials' })
      return (await fetch(`${at.base}/o/token/`, { method: 'POST', headers, body })).status
    }
    assert.deepEqual([await statusFor(old), await statusFor(fresh)], [200, 200])
    // When a secret was used is written behind; closing writes it now.
    await at.doorward.instance.oauth.close()
    const both = await at.staff.get(place)
    assert.match(both.text, /Two secrets work now/)
    const asked = await at.staff.get(`${place}finish/`)
    assert.match(asked.text, /used in the last 24 hours/)
    assert.match((await at.staff.submit(asked, 'finish')).text, /Only the new secret works now\./)
    assert.deepEqual([await statusFor(old), await statusFor(fresh)], [401, 200])
    assert.equal((await at.staff.submit(asked, 'finish')).status, 409)

    await at.staff.submit(await at.staff.get(place), 'rotate', { overlap: 'none' })
    assert.match((await at.staff.submit(await at.staff.get(place), 'cancel')).text, /The new secret is dead/)
    assert.equal(await statusFor(fresh), 200)
  })

  it('are tried from their page: the token is described, and the secret is not shown again', async () => {
    await using at = await openConsole()
    const { client, secret } = await at.doorward.instance.oauth.clients.create(
      { name: 'Job', grantTypes: ['client_credentials'], scopes: ['read'] },
      { by: { actor: 'system' } },
    )
    const page = await at.staff.get(`/admin/applications/${client.id}/test/`)
    const tried = await at.staff.submit(page, 'token', { client_secret: secret ?? '', scope: 'read' })
    assert.match(tried.text, /A token that works until it expires/)
    assert.match(tried.text, /an access token/)
    assert.ok(!tried.text.includes(secret ?? '-'))
    const refused = await at.staff.submit(page, 'token', { client_secret: 'dw_sec_wrong' })
    assert.match(refused.text, /invalid_client/)
    assert.ok(!refused.text.includes('dw_sec_wrong'))
    assert.match(
      (await at.staff.submit(page, 'token', { client_secret: secret ?? '', scope: 'admin' })).text,
      /invalid_scope/,
    )
  })

  it('are disabled, lose their tokens, and are deleted once their name is typed', async () => {
    await using at = await openConsole()
    const { clients } = at.doorward.instance.oauth
    const made = async (accessTokenFormat: 'opaque' | 'jwt') =>
      clients.create(
        { name: 'Job', grantTypes: ['client_credentials'], scopes: ['read'], accessTokenFormat },
        { by: { actor: 'system' } },
      )
    for (const { client, secret } of [await made('opaque'), await made('jwt')]) {
      const place = `/admin/applications/${client.id}/danger/`
      const answer = await fetch(`${at.base}/o/token/`, {
        method: 'POST',
        headers: { authorization: authorizationOf(client.id, secret ?? '') },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      })
      const { access_token: token = '' } = (await answer.json()) as { access_token?: string }
      const isGood = async () => (await at.doorward.instance.oauth.access.find(token)) !== null
      assert.equal(await isGood(), true)
      await at.doorward.clock.advance('1s')
      assert.match(
        (await at.staff.submit(await at.staff.get(`${place}revoke/`), 'revoke')).text,
        /All its tokens are dead/,
      )
      assert.equal(await isGood(), false)
      assert.match(
        (await at.staff.submit(await at.staff.get(`${place}disable/`), 'disable')).text,
        /The application is disabled/,
      )
      assert.match((await at.staff.submit(await at.staff.get(place), 'enable')).text, /The application is enabled/)
      const asked = await at.staff.get(`${place}delete/`)
      assert.equal((await at.staff.submit(asked, 'delete', { typed: 'job' })).status, 400)
      assert.match((await at.staff.submit(asked, 'delete', { typed: 'Job' })).text, /The application Job is deleted/)
      assert.equal((await at.staff.submit(asked, 'delete', { typed: 'Job' })).status, 404)
      assert.equal((await at.staff.get(place)).status, 404)
    }
  })
})

describe('tokens and grants in the console', () => {
  it('are found by a pasted token, which is neither shown nor logged (B-STO-03)', async () => {
    await using at = await openConsole()
    const { instance } = at.doorward
    const owner = { kind: 'user', id: at.ada.id } as const
    const { text: token } = await instance.apiTokens.issue({ owner, name: 'laptop' })
    const { key, record } = await instance.apiKeys.create({ owner, name: 'job', scopes: ['read'] })
    const page = await at.staff.get('/admin/tokens/look-up/')
    const lookUp = async (text: string) => {
      const seen = await at.staff.submit(page, 'look-up', { token: text })
      assert.ok(!seen.text.includes(text) || text.length < 12, 'the token is shown')
      return seen.text
    }
    assert.match(await lookUp(token), /a personal API token[^]*Good[^]*>ada</)
    assert.match(await lookUp(key), /an API key[^]*Good/)
    await instance.apiKeys.revoke(record.id, { by: { actor: 'system' } })
    assert.match(await lookUp(key), /Over/)
    const { access } = await instance.pairs.obtain({ kind: 'user', id: at.ada.id, name: 'ada' })
    assert.match(await lookUp(access), /a JWT[^]*Good[^]*Signed by this server/)
    assert.match(await lookUp(`${access.slice(0, -8)}AAAAAAAA`), /cannot be believed/)
    assert.match(await lookUp(instance.format.make('pat', instance.database.newId()).text), /none like it here/)
    assert.match(await lookUp(instance.format.make('code', instance.database.newId()).text), /cannot be looked up/)
    assert.match(await lookUp('a'.repeat(40)), /none like it here/)
    assert.match(await lookUp('no token at all'), /no token of any kind/)
    assert.equal((await at.staff.submit(page, 'look-up', { token: '' })).status, 400)
    const rows = await instance.database.read.selectFrom('audit_events').selectAll().execute()
    assert.ok(
      !JSON.stringify(rows, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)).includes(key),
    )
  })

  it('end as a whole: a grant takes all its tokens along (B-STO-08)', async () => {
    await using at = await openConsole()
    const { oauth, database, clock } = at.doorward.instance
    const { client } = await oauth.clients.create(
      { name: 'Shop', redirectUris: ['https://shop.example/cb'], scopes: ['read'] },
      { by: { actor: 'system' } },
    )
    const row = oauth.grants.make({
      clientKey: await keyOf(at, client.id),
      userId: await userKey(at),
      signInId: null,
      scopes: ['read'],
      resources: [],
      isOffline: true,
      expiresAt: clock() + 1e9,
      detail: { by: 'authorization_code' },
    })
    await database.append({ grants: row })
    const list = await at.staff.get('/admin/grants/?state=alive&user=ada')
    const place = hrefOf(list.text, '/admin/grants/')
    assert.match((await at.staff.get(`/admin/applications/${client.id}/grants/`)).text, /Goes on/)
    const asked = await at.staff.get(`${place}end/`)
    assert.match((await at.staff.submit(asked, 'end')).text, /The grant has ended/)
    assert.match((await at.staff.submit(asked, 'end')).text, /had ended already/)
    assert.match((await at.staff.get(place)).text, /Ended: revoked/)
    assert.equal((await at.staff.get('/admin/grants/00000000001/')).status, 404)
    assert.equal((await at.staff.get('/admin/grants/?after=forged')).status, 400)
    assert.match((await at.staff.get('/admin/grants/?user=nobody')).text, /No grant matches/)
  })
})

/** Where a link leads, by its id or by how it begins. */
function hrefOf(text: string, what: string): string {
  const tags = [...text.matchAll(/<a\s[^>]*>/g)].map(([tag]) => tag)
  const tag = tags.find((one) =>
    what.startsWith('/') ? new RegExp(`href="${what}[^"?]+"`).test(one) : one.includes(`id="${what}"`),
  )
  return /href="([^"]*)"/.exec(tag ?? '')?.[1]?.replaceAll('&amp;', '&') ?? assert.fail(`no link ${what}`)
}

async function register(at: Console): Promise<string> {
  const { client } = await at.doorward.instance.oauth.clients.create(
    { name: 'Job', grantTypes: ['client_credentials'], scopes: ['read'] },
    { by: { actor: 'system' } },
  )
  return client.id
}

async function clientOf(at: Console, id: string): Promise<Readonly<Record<string, unknown>>> {
  const headers = await at.doorward.as(at.rootUser, 'session')
  const answer = await fetch(`${at.base}/api/admin/clients/${id}/`, { headers })
  return (await answer.json()) as Readonly<Record<string, unknown>>
}

async function keyOf(at: Console, id: string): Promise<bigint> {
  const query = at.doorward.instance.database.read.selectFrom('clients').select('id').where('identifier', '=', id)
  return (await query.executeTakeFirstOrThrow()).id
}

async function userKey(at: Console): Promise<bigint> {
  const query = at.doorward.instance.database.read
    .selectFrom('users')
    .select('id')
    .where('username', '=', at.ada.username)
  return (await query.executeTakeFirstOrThrow()).id
}
