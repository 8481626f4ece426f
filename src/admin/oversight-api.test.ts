import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type AdminStage, adminStage, type Answered } from './admin-api.contract.ts'

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

describe('what administrators look into, under /api/admin/', () => {
  let stage: AdminStage
  let client: { readonly id: string; readonly secret: string }
  before(async () => {
    stage = await adminStage({ settings: { oauthLegacy: ['password'], guessesPerAddress: null } })
    const { call, superuser } = stage
    const made = await call(superuser, 'POST', 'clients/', {
      client_name: 'App',
      grant_types: ['password', 'refresh_token', 'client_credentials'],
      scope: 'read write',
    })
    assert.equal(made.status, 201, made.text)
    client = { id: String(made.json['client_id']), secret: String(made.json['client_secret']) }
  })
  after(async () => stage[Symbol.asyncDispose]())

  async function granted(who: { readonly username: string; readonly password: string }): Promise<Tokens> {
    return token({ grant_type: 'password', username: who.username, password: who.password, scope: 'read' })
  }

  async function token(fields: Readonly<Record<string, string>>): Promise<Tokens> {
    const body = new URLSearchParams({ ...fields, client_id: client.id, client_secret: client.secret })
    const response = await fetch(`${stage.base}/o/token/`, { method: 'POST', body })
    const text = await response.text()
    assert.equal(response.status, 200, text)
    return JSON.parse(text) as Tokens
  }

  async function isGood(bearer: string): Promise<boolean> {
    const request = stage.doorward.request('GET', '/', { authorization: `Bearer ${bearer}` })
    return stage.doorward.auth.identify(request).then(
      (identity) => identity !== null,
      () => false,
    )
  }

  const find = async (text: string): Promise<Answered> =>
    stage.call(stage.staff, 'POST', 'tokens/look-up/', { token: text })

  it('tells what a pasted token is, and ends it: grants with all their tokens [B-STO-08 B-STO-03]', async () => {
    const { call, staff, user } = stage
    const { access_token: access, refresh_token: refresh } = await granted(user)
    const found = await find(access)
    assert.equal(found.status, 200)
    const { kind, state, owner, client_id: of, scopes, grant } = found.json
    assert.deepEqual(
      { kind, state, owner, of, scopes },
      { kind: 'access_token', state: 'active', owner: { kind: 'user', id: user.id }, of: client.id, scopes: ['read'] },
    )
    assert.equal((await find(refresh)).json['kind'], 'refresh_token')
    for (const text of [
      '',
      'x',
      `${access}x`,
      access.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
      'a'.repeat(16_385),
    ]) {
      assert.ok([400, 404].includes((await find(text)).status), text)
    }
    const list = await call(staff, 'GET', `grants/?user=${user.id}&alive=true&client_id=${client.id}`)
    assert.deepEqual(
      (list.json['grants'] as readonly { id: string }[]).map(({ id }) => id),
      [grant],
    )
    assert.equal((await call(staff, 'POST', 'tokens/revoke/', { token: refresh })).status, 204)
    assert.equal(await isGood(access), false)
    assert.equal((await find(access)).json['state'], 'revoked')
    assert.equal((await call(staff, 'GET', `grants/${String(grant)}/`)).json['revoked_for'], 'revoked')
    assert.equal((await call(staff, 'POST', 'tokens/revoke/', { token: refresh })).status, 204, 'harmless twice')
  })

  it('ends an access token alone, of whatever kind', async () => {
    const { call, staff, user, doorward } = stage
    const machine = (await token({ grant_type: 'client_credentials' })).access_token
    assert.deepEqual([(await find(machine)).json['owner'], await isGood(machine)], [null, true])
    const ada = await doorward.instance.usersByName.find(user.username)
    assert.ok(ada)
    const pair = await doorward.instance.pairs.obtain(ada)
    assert.deepEqual(
      [(await find(pair.access)).json['format'], (await find(pair.refresh)).json['kind']],
      ['jwt', 'refresh_token'],
    )
    for (const text of [machine, pair.access]) {
      assert.equal((await call(staff, 'POST', 'tokens/revoke/', { token: text })).status, 204)
      assert.equal(await isGood(text), false)
    }
    assert.equal((await call(staff, 'POST', 'tokens/revoke/', { token: pair.refresh })).status, 204)
    await assert.rejects(doorward.instance.pairs.verify(pair.refresh))
    const { key } = await doorward.instance.apiKeys.create({ owner: user, name: 'leaked' })
    const { text } = await doorward.instance.apiTokens.issue({ owner: user, name: 'leaked' })
    const { value } = await doorward.instance.sessions.create({ userId: user.id })
    for (const [pasted, kind] of [
      [key, 'api_key'],
      [text, 'api_token'],
      [value, 'session'],
    ] as const) {
      assert.equal((await find(` ${pasted}\n`)).json['kind'], kind)
      assert.equal((await call(staff, 'POST', 'tokens/revoke/', { token: pasted })).status, 204)
      assert.notEqual((await find(pasted)).json['state'], 'active')
    }
  })

  it('keeps the tokens of administrators for superusers, and writes no pasted token down [AD01 B-STO-03]', async () => {
    const { call, staff, superuser, doorward } = stage
    const { refresh_token: refresh, access_token: access } = await granted(superuser)
    const { grant } = (await find(access)).json
    assert.equal((await call(staff, 'POST', 'tokens/revoke/', { token: access })).status, 403)
    assert.equal((await call(staff, 'POST', `grants/${String(grant)}/revoke/`)).status, 403)
    assert.equal(await isGood(access), true)
    assert.equal((await call(superuser, 'POST', `grants/${String(grant)}/revoke/`)).status, 204)
    assert.deepEqual([await isGood(access), (await find(refresh)).json['state']], [false, 'revoked'])
    const rows = await doorward.instance.database.read.selectFrom('audit_events').selectAll().execute()
    const log = JSON.stringify(rows, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
    for (const secret of [access, refresh]) assert.ok(!log.includes(secret))
  })

  it('lists signing keys to staff, and lets superusers rotate and end them', async () => {
    const { call, staff, superuser } = stage
    const before = (await call(staff, 'GET', 'signing-keys/')).json['keys'] as readonly { kid: string; alg: string }[]
    assert.equal((await call(staff, 'POST', 'signing-keys/rotate/', {})).status, 403)
    const made = (await call(superuser, 'POST', 'signing-keys/rotate/', { now: true })).json['keys']
    assert.ok((made as readonly unknown[]).length > 0)
    const after = (await call(staff, 'GET', 'signing-keys/')).json['keys'] as readonly { kid: string }[]
    assert.ok(after.length > before.length)
    const old = String(before[0]?.kid)
    assert.equal((await call(staff, 'POST', `signing-keys/${old}/retire/`)).status, 403)
    assert.equal((await call(superuser, 'POST', `signing-keys/${old}/retire/`)).status, 204)
    assert.equal((await call(superuser, 'POST', 'signing-keys/nobody/retire/')).status, 404)
    const kids = (await call(staff, 'GET', 'signing-keys/')).text
    assert.ok(!kids.includes('"d"') && !kids.includes('private'))
  })

  it('searches the audit log by every filter, checks it, and takes it out [AD07 B-STO-12]', async () => {
    const { call, staff, user, doorward } = stage
    const list = async (query: string) =>
      (await call(staff, 'GET', `audit/?${query}`)).json['entries'] as readonly Readonly<Record<string, unknown>>[]
    const [entry] = await list(`subject=client:${client.id}&event=client.created`)
    assert.equal(entry?.['actor'], `user:${stage.superuser.id}`)
    const requestId = entry['request_id']
    assert.ok(typeof requestId === 'string' && entry['address'] === '127.0.0.1')
    assert.deepEqual(await list(`request_id=${requestId}`), [entry])
    assert.deepEqual((await call(staff, 'GET', `audit/${String(entry['id'])}/`)).json, entry)
    assert.ok((await list('event=grant.')).every(({ event }) => String(event).startsWith('grant.')))
    assert.ok((await list(`actor=user:${staff.id}&address=127.0.0.1`)).length > 0)
    assert.deepEqual(await list(`subject=user:${user.id}&until=2020-01-01`), [])
    assert.deepEqual(await list('from=2020-01-01&text=no%20such%20text'), [])
    for (const query of ['from=now', 'actor=', 'after=x', 'what=1', 'limit=500']) {
      assert.equal((await call(staff, 'GET', `audit/?${query}`)).status, 400, query)
    }
    const page = await call(staff, 'GET', 'audit/?limit=3')
    const next = await call(staff, 'GET', `audit/?limit=3&after=${String(page.json['next'])}`)
    const ids = [page, next].flatMap(({ json }) => (json['entries'] as readonly { id: string }[]).map(({ id }) => id))
    assert.deepEqual(ids, ids.toSorted().toReversed())

    const verified = await call(staff, 'POST', 'audit/verify/')
    assert.deepEqual(verified.json['breaks'], [])
    await doorward.instance.database.write(async (unit) => {
      const forged = unit.updateTable('audit_events').set({ actor: 'system' }).where('event', '=', 'client.created')
      await forged.execute()
    })
    const [found] = (await call(staff, 'POST', 'audit/verify/')).json['breaks'] as readonly Record<string, unknown>[]
    assert.deepEqual([found?.['id'], found?.['reason']], [entry['id'], 'changed'])
  })

  it('exports entries as JSON, and as CSV in which no cell is a formula', async () => {
    const { call, staff, doorward } = stage
    await doorward.instance.database.write(async (unit) =>
      doorward.instance.database.audit(unit, { event: 'test.evil', actor: '=HYPERLINK("x")', subject: 'a,"b"\nc' }),
    )
    const csv = await call(staff, 'GET', 'audit/export/?event=test.evil')
    assert.equal(csv.headers.get('content-type'), 'text/csv; charset=utf-8')
    assert.equal(csv.headers.get('x-complete'), 'true')
    const [head, row] = csv.text.split('\r\n')
    assert.equal(head, 'id,at,event,actor,subject,address,request_id,chain,position,detail')
    assert.ok(row?.includes(`,test.evil,"'=HYPERLINK(""x"")","a,""b""\nc",,,`), row)
    const json = await call(staff, 'GET', 'audit/export/?event=test.evil&format=json')
    assert.match(json.headers.get('content-disposition') ?? '', /attachment; filename="audit.json"/)
    assert.equal((JSON.parse(json.text) as { entries: readonly unknown[] }).entries.length, 1)
    assert.equal((await call(staff, 'GET', 'audit/export/?format=xml')).status, 400)
  })

  it('lists what throttles have counted, and forgets it', async () => {
    const { call, staff, user, base, history } = stage
    const wrong = new URLSearchParams({ username: user.username, password: 'wrong' })
    await (await fetch(`${base}/api/token/`, { method: 'POST', body: wrong })).arrayBuffer()
    const list = async () => (await call(staff, 'GET', 'throttles/?prefix=guess.pair')).json
    const [counter] = (await list())['counters'] as readonly { key: string }[]
    assert.ok(counter !== undefined && !counter.key.includes(user.username))
    assert.equal((await call(staff, 'POST', 'throttles/reset/', { key: counter.key })).status, 204)
    assert.deepEqual((await list())['counters'], [])
    assert.equal((await history(`throttle:${counter.key}`))[0]?.actor, `user:${staff.id}`)
    assert.equal((await call(staff, 'POST', 'throttles/reset/', {})).status, 400)
  })

  it('explains why a request would be let in or refused, without a secret in it', async () => {
    const { call, staff, user, doorward } = stage
    const { key } = await doorward.instance.apiKeys.create({ owner: user, name: 'tested', scopes: ['read'] })
    const explained = await call(staff, 'POST', 'explain/', {
      method: 'GET',
      path: '/api/admin/users/?secret=1',
      headers: { 'X-API-Key': key },
    })
    assert.equal(explained.status, 200)
    const { identity, answer, permission, request } = explained.json as Readonly<
      Record<string, Record<string, unknown>>
    >
    assert.equal(identity?.['via'], 'apiKey')
    assert.equal(request?.['path'], '/api/admin/users/')
    assert.equal(permission?.['name'], "allOf(isStaff, hasScope('admin'))")
    assert.deepEqual([answer?.['allowed'], answer?.['status']], [false, 403])
    assert.ok(!explained.text.includes(key))
    const stranger = await call(staff, 'POST', 'explain/', {})
    assert.equal((stranger.json['answer'] as Record<string, unknown>)['status'], 401)
    const forged = await call(staff, 'POST', 'explain/', { token: 'dw_at_nonsense', address: '203.0.113.9' })
    assert.equal((forged.json['answer'] as Record<string, unknown>)['code'], 'invalid_token')
    for (const body of [{ path: 'x' }, { method: 'get it' }, { headers: { 'a b': 'c' } }, { address: 'here' }]) {
      assert.equal((await call(staff, 'POST', 'explain/', body)).status, 400)
    }
  })
})
