import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Console, openConsole } from '../console.contract.ts'

describe('API keys in the console', () => {
  it('are found by how they stand, and shown by their beginnings alone (B-STO-03)', async () => {
    await using at = await openConsole()
    const { clock } = at.doorward
    const texts = [await keyFor(at, 'old')]
    await clock.advance('91d')
    const root = await at.signedIn(at.rootUser)
    texts.push(await keyFor(at, 'fresh'), await keyFor(at, 'ending', at.doorward.instance.clock() + 86_400_000))
    const names = async (query: string) =>
      [...(await root.get(`/admin/keys/?${query}`)).text.matchAll(/<bdi>(old|fresh|ending)</g)].map(([, name]) => name)
    assert.deepEqual(await names(''), ['ending', 'fresh', 'old'])
    assert.deepEqual(await names('state=unused'), ['old'])
    assert.deepEqual(await names('state=unending'), ['fresh', 'old'])
    assert.deepEqual(await names('state=expiring'), ['ending'])
    assert.deepEqual(await names('state=revoked'), [])
    assert.deepEqual(await names('owner=ada'), ['ending', 'fresh', 'old'])
    assert.deepEqual(await names('owner=nobody'), [])
    const { text } = await root.get('/admin/keys/')
    for (const one of texts) assert.ok(!text.includes(one))
    assert.equal((await root.get('/admin/keys/?after=forged')).status, 400)
    assert.equal((await root.get('/admin/keys/?state=unused&after=forged')).status, 400)
  })

  it('are revoked many at once, after a page that names them, but not those of administrators', async () => {
    await using at = await openConsole()
    for (const name of ['one', 'two', 'three']) await keyFor(at, name)
    const { record } = await at.doorward.instance.apiKeys.create({
      owner: { kind: 'user', id: at.rootUser.id },
      name: 'root key',
    })
    const list = await at.staff.get('/admin/keys/')
    const boxes = Object.fromEntries([...list.text.matchAll(/name="(row_\w+)"/g)].map(([, name]) => [name ?? '', 'on']))
    assert.equal(Object.keys(boxes).length, 4)
    const asked = await at.staff.submit(list, 'rows', boxes)
    assert.match(asked.text, /Revoke 3 keys\?/)
    assert.match(asked.text, /root key \([^]*only a superuser may revoke it/i)
    // What was left out is not revoked by a form that asks for it all the same.
    const done = await at.staff.submit(asked, 'revoke', { [`row_${record.id}`]: 'on' })
    assert.match(done.text, /3 keys are revoked\. Left out: root key \([^)]*\) \(The key of an administrator/)
    const { keyList } = at
    assert.equal((await keyList.read(record.id))?.revokedAt, null)
    assert.match((await at.staff.submit(asked, 'revoke')).text, /0 keys are revoked/)
    assert.match((await at.staff.submit(list, 'rows')).text, /No key was chosen/)
    const strange = await at.staff.submit(list, 'rows', { 'row_../../x': 'on', row_00000000001: 'on' })
    assert.match(strange.text, /None of the keys that were chosen can be revoked/)
    assert.match((await at.staff.submit(list, 'rows', boxes)).text, /Revoked already/)
  })

  it('say when, from where and by which program each was used last, by page and by JSON (A16)', async () => {
    await using at = await openConsole()
    const text = await keyFor(at, 'job')
    const { apiKeys } = at.doorward.instance
    const headers = new Headers({ 'user-agent': 'curl/8.5.0 <b>' })
    await apiKeys.find(text, { address: '192.0.2.7', request: { method: 'GET', url: '/', headers } })
    await apiKeys.close()
    const list = await at.staff.get('/admin/keys/')
    assert.match(list.text, /from 192\.0\.2\.7 by <bdi>curl<\/bdi>/)
    const place = /href="(\/admin\/keys\/\w+\/)"/.exec(list.text)?.[1] ?? ''
    assert.match((await at.staff.get(place)).text, /<bdi>curl\/8\.5\.0 &lt;b&gt;<\/bdi>/)
    const answer = JSON.parse((await at.staff.get(`/api${place}`)).text) as Record<string, unknown>
    assert.equal(answer['last_used_user_agent'], 'curl/8.5.0 <b>')
    assert.equal(answer['last_used_address'], '192.0.2.7')
  })

  it('are bounded, switched off and on, and revoked; an end is moved forward, not on', async () => {
    await using at = await openConsole()
    const now = at.doorward.instance.clock()
    const text = await keyFor(at, 'job', now + 30 * 86_400_000)
    const place = /href="(\/admin\/keys\/\w+\/)"/.exec((await at.staff.get('/admin/keys/')).text)?.[1] ?? ''
    const isGood = async () =>
      (await at.doorward.instance.apiKeys.find(text, { address: null }))?.principal !== undefined
    const page = await at.staff.get(place)
    const day = (days: number) => new Date(now + days * 86_400_000).toISOString().slice(0, 10)
    assert.match(
      (await at.staff.submit(page, 'save', { rate: '10/min', expires_at: day(5) })).text,
      /The changes are saved/,
    )
    for (const fields of [
      { expires_at: day(10) },
      { expires_at: '' },
      { expires_at: day(-1) },
      { expires_at: 'soon' },
      { rate: 'often' },
    ]) {
      assert.equal(
        (await at.staff.submit(await at.staff.get(place), 'save', fields)).status,
        400,
        JSON.stringify(fields),
      )
    }
    assert.match((await at.staff.submit(page, 'disable')).text, /switched off for now/)
    assert.equal(await isGood(), false)
    assert.match((await at.staff.submit(await at.staff.get(place), 'enable')).text, /The key works again/)
    assert.equal(await isGood(), true)
    assert.match((await at.staff.submit(await at.staff.get(`${place}revoke/`), 'revoke')).text, /The key is revoked/)
    assert.equal(await isGood(), false)
    const after = await at.staff.submit(page, 'disable', { action: 'enable' })
    assert.equal(after.status, 409)
    assert.match(after.text, /Make a new one/)
    assert.equal((await at.staff.get('/admin/keys/00000000001/')).status, 404)
  })

  it('of administrators are changed by superusers alone', async () => {
    await using at = await openConsole()
    const { record } = await at.doorward.instance.apiKeys.create({
      owner: { kind: 'user', id: at.rootUser.id },
      name: 'root key',
    })
    await keyFor(at, 'job')
    const list = await at.staff.get('/admin/keys/')
    const [, proof = ''] = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(list.text) ?? []
    for (const [page, action] of [
      ['', 'save'],
      ['', 'disable'],
      ['', 'enable'],
      ['revoke/', 'revoke'],
    ] as const) {
      const answer = await at.staff.post(`/admin/keys/${record.id}/${page}`, { csrfmiddlewaretoken: proof, action })
      assert.equal(answer.status, 403, action)
    }
    assert.doesNotMatch((await at.staff.get(`/admin/keys/${record.id}/`)).text, /id="revoke"/)
  })
})

describe('service accounts in the console', () => {
  it('are made with somebody who answers for them, get a key once, and rotate it', async () => {
    await using at = await openConsole()
    const page = await at.staff.get('/admin/service-accounts/new/')
    const wrong = await at.staff.submit(page, 'create', { name: '', owner: 'nobody' })
    assert.equal(wrong.status, 400)
    assert.match(wrong.text, /href="#owner"/)
    const made = await at.staff.submit(wrong, 'create', { name: 'Deploy', owner: 'ada', scope_read: 'on' })
    assert.match(made.text, /The service account is made/)
    const place = made.path
    const form = await at.staff.get(`${place}keys/new/`)
    const shown = await at.staff.submit(form, 'create', { name: 'runner', scope_read: 'on', lifetime: '30' })
    const [, key = ''] = /id="secret"[^]*?value="([^"]+)"/.exec(shown.text) ?? []
    const find = async (text: string) => at.doorward.instance.apiKeys.find(text, { address: null })
    assert.equal((await find(key))?.principal.name, 'Deploy')
    assert.equal((await at.staff.submit(form, 'create', { name: 'runner' })).status, 409)
    const account = await at.staff.get(place)
    assert.ok(!account.text.includes(key))
    const rotate = /href="([^"]+)">Rotate</.exec(account.text)?.[1] ?? ''
    const next = await at.staff.submit(await at.staff.get(rotate), 'rotate', { overlap: '1d' })
    const [, fresh = ''] = /id="secret"[^]*?value="([^"]+)"/.exec(next.text) ?? []
    assert.ok((await find(key)) !== null && (await find(fresh)) !== null)
    assert.match((await at.staff.submit(await at.staff.get(rotate), 'finish')).text, /Only the new secret works now/)
    assert.equal(await find(key), null)
    assert.notEqual(await find(fresh), null)
    const bad = await at.staff.submit(await at.staff.get(`${place}keys/new/`), 'create', {
      name: 'x',
      addresses: 'home',
    })
    assert.equal(bad.status, 400)
    assert.match(bad.text, /href="#addresses"/)
  })

  it('are changed, disabled and deleted, and those whose owner left are told', async () => {
    await using at = await openConsole()
    const account = await at.doorward.serviceAccounts.create({ name: 'Deploy', ownerId: at.ada.id, scopes: ['read'] })
    const place = `/admin/service-accounts/${account.id}/`
    const orphans = async () => (await at.staff.get('/admin/service-accounts/?state=orphans')).text
    assert.match(await orphans(), /Somebody answers for every one/)
    await at.doorward.instance.users.delete(at.ada.id)
    assert.match(await orphans(), /Nobody answers for it/)
    const page = await at.staff.get(place)
    assert.equal((await at.staff.submit(page, 'save', { owner: '' })).status, 400)
    assert.match(
      (await at.staff.submit(page, 'save', { owner: 'grace', scope_write: 'on' })).text,
      /The changes are saved/,
    )
    assert.match((await at.staff.submit(page, 'disable')).text, /disabled/)
    assert.match((await at.staff.submit(await at.staff.get(place), 'enable')).text, /works again/)
    const asked = await at.staff.get(`${place}delete/`)
    assert.equal((await at.staff.submit(asked, 'delete', { typed: 'deploy' })).status, 400)
    assert.match((await at.staff.submit(asked, 'delete', { typed: 'Deploy' })).text, /is deleted/)
    assert.equal((await at.staff.get(place)).status, 404)
    assert.equal((await at.staff.submit(asked, 'delete', { typed: 'Deploy' })).status, 404)
  })
})

async function keyFor(at: Console, name: string, expiresAt: number | null = null): Promise<string> {
  const made = await at.doorward.instance.apiKeys.create({
    owner: { kind: 'user', id: at.ada.id },
    name,
    scopes: ['read'],
    expiresAt,
  })
  return made.key
}
