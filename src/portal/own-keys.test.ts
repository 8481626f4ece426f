import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Person, person, type Seen } from '../screens/person.contract.ts'
import { createTestDoorward, type TestDoorward, type TestDoorwardOptions } from '../testing/test-doorward.ts'
import type { TestUser } from '../testing/test-credentials.ts'

const password = 'correct horse battery'

describe('the list of one’s own keys', () => {
  it('comes page by page, and by what state they are in [D4]', async () => {
    await using at = await open({ settings: { keysPerUser: 0 } })
    const { apiKeys, clock } = at.doorward.instance
    const by = { actor: 'system' }
    for (let index = 0; index < 52; index += 1) await apiKeys.create({ owner: at.user, name: `key ${index}` })
    const bob = await at.doorward.users.create({ username: 'bob', password })
    await apiKeys.create({ owner: bob, name: 'of somebody else' })
    const { record: off } = await apiKeys.create({ owner: at.user, name: 'is off' })
    await apiKeys.disable(off.id, { by })
    await apiKeys.create({ owner: at.user, name: 'ends soon', expiresAt: clock() + 86_400_000 })

    const first = await at.ada.get('/portal/keys/')
    const next = /id="next-page"[^>]*|href="([^"]*)"[^>]*id="next-page"/.exec(first.text)?.[1] ?? ''
    const second = await at.ada.get(next.replaceAll('&amp;', '&'))
    const names = [...namesIn(first), ...namesIn(second)]
    assert.equal(namesIn(first).length, 50)
    assert.equal(names.length, 54)
    assert.equal(new Set(names).size, 54)
    assert.ok(!names.includes('of somebody else'))
    assert.deepEqual(namesIn(await at.ada.get('/portal/keys/?state=disabled')), ['is off'])
    assert.deepEqual(namesIn(await at.ada.get('/portal/keys/?state=expiring')), ['ends soon'])
    assert.match((await at.ada.get('/portal/keys/?state=revoked')).text, /No key matches/)
    for (const query of ['state=nonsense', 'state=%27']) {
      assert.equal(namesIn(await at.ada.get(`/portal/keys/?${query}`)).length, 50)
    }
    assert.equal((await at.ada.get('/portal/keys/?after=nonsense')).status, 400)
  })
})

describe('a service account of an organisation', () => {
  it('is looked after by whoever answers for it only while they are in the organisation, and it is in use (AD01)', async () => {
    await using at = await open()
    const { apiKeys, serviceAccounts, orgs } = at.doorward.instance
    const bob = await at.doorward.users.create({ username: 'bob', password })
    const acme = await orgs.organisations.create({ name: 'Acme', slug: 'acme', ownerId: bob.id })
    await orgs.members.add(acme.id, at.user.id, 'member')
    const values = { name: 'deploy', ownerId: at.user.id, organisationId: acme.id }
    const account = await serviceAccounts.create(values, { by: { actor: 'system' } })
    const owner = { kind: 'service_account', id: account.id } as const
    const { record } = await apiKeys.create({ owner, name: 'ci' })
    const page = `/portal/service-accounts/${account.id}/`
    const pages = [
      page,
      `${page}new-key/`,
      `${page}delete/`,
      `/portal/keys/${record.id}/`,
      `/portal/keys/${record.id}/revoke/`,
    ]
    const seen = async (): Promise<readonly number[]> =>
      Promise.all(pages.map(async (one) => (await at.ada.get(one)).status))
    const [all, none] = [pages.map(() => 200), pages.map(() => 404)]
    assert.deepEqual(await seen(), all)
    const stale = await at.ada.get(`/portal/keys/${record.id}/`)
    await orgs.organisations.suspend(acme.id)
    assert.deepEqual(await seen(), none)
    await orgs.organisations.resume(acme.id)
    assert.deepEqual(await seen(), all)
    await orgs.members.remove(acme.id, at.user.id)
    assert.deepEqual(await seen(), none)
    // Nor by a page that was opened before.
    for (const action of ['roll', 'update', 'disable']) assert.equal((await at.ada.submit(stale, action)).status, 404)
    assert.ok(!(await at.ada.get('/portal/service-accounts/')).text.includes('deploy'))
    assert.ok(!(await at.ada.get('/portal/usage/')).text.includes('>ci<'))
  })
})

describe('a new key', () => {
  it('begins with a preset, and is called like no other [D5]', async () => {
    await using at = await open()
    const chosen = async (preset: string): Promise<unknown> =>
      /<select id="key-scope-notes"[^]*?<option value="(\w+)"\s+selected/.exec(
        (await at.ada.get(`/portal/keys/new/?preset=${preset}`)).text,
      )?.[1]
    assert.deepEqual(
      [await chosen('read'), await chosen('write'), await chosen('nothing'), await chosen('made-up')],
      ['read', 'write', 'none', 'none'],
    )
    const form = await at.ada.get('/portal/keys/new/')
    await at.ada.submit(await at.ada.submit(form, 'review', { name: 'nightly' }), 'create')
    const again = await at.ada.submit(form, 'review', { name: 'nightly' })
    assert.equal(again.status, 400)
    assert.match(again.text, /Another key is called so/)
    // Renamed, neither.
    const weekly = await at.ada.submit(await at.ada.submit(form, 'review', { name: 'weekly' }), 'create')
    const page = /href="(\/portal\/keys\/[^/"]+\/)"[^>]*>Go to the key|id="secret-stored" href="([^"]+)"/.exec(
      weekly.text,
    )
    const renamed = await at.ada.submit(await at.ada.get(page?.[2] ?? page?.[1] ?? ''), 'update', { name: 'nightly' })
    assert.equal(renamed.status, 400)
    assert.match(renamed.text, /Another key is called so/)
  })

  it('is one of as many as may be, which the page says before and after it is looked over', async () => {
    await using at = await open({ settings: { keysPerUser: 2 } })
    const { apiKeys } = at.doorward.instance
    await apiKeys.create({ owner: at.user, name: 'one' })
    const review = await at.ada.submit(await at.ada.get('/portal/keys/new/'), 'review', { name: 'three' })
    await apiKeys.create({ owner: at.user, name: 'two' })
    for (const refused of [
      await at.ada.submit(review, 'create'),
      await at.ada.submit(await at.ada.get('/portal/keys/new/'), 'review', { name: 'three' }),
    ]) {
      assert.equal(refused.status, 400)
      assert.match(refused.text, /role="alert"[^]*more than 2 keys at a time/)
      assert.match(refused.text, /value="three"/)
    }
    assert.equal((await apiKeys.list(at.user)).length, 2)
  })

  it('is tried out from the page where it is shown, on a page of its own [D6]', async () => {
    await using at = await open()
    const review = await at.ada.submit(await at.ada.get('/portal/keys/new/'), 'review', {
      name: 'nightly',
      resource_notes: 'read',
    })
    const made = await at.ada.submit(review, 'create')
    assert.match(made.text, /id="test-call-form" target="_blank"/)
    const tried = await at.ada.submit(made, 'call')
    assert.equal(tried.status, 200)
    assert.match(tried.text, /<h1>The key works<\/h1>[^]*id="test-status">200</)
    assert.match(tried.text, /&quot;via&quot;:&quot;apiKey&quot;[^]*notes:read/)
    const secret = /id="secret"[^>]*value="([^"]+)"/.exec(made.text)?.[1] ?? ''
    assert.ok(secret !== '' && !tried.text.includes(secret))
    assert.equal(tried.headers.get('cache-control'), 'no-store')
    // From elsewhere it is refused, and so is what is none.
    const { apiKeys, keyUsage } = at.doorward.instance
    const [record] = await apiKeys.list(at.user)
    await apiKeys.update(record?.id ?? '', { allowedAddresses: ['192.0.2.1'] }, { by: { actor: 'system' } })
    const refused = await at.ada.submit(made, 'call')
    assert.match(refused.text, /<h1>The key was refused<\/h1>[^]*id="test-status">401</)
    for (const key of ['', 'nothing', 'a b\r\nx: y', 'ü', `dw_live_${'x'.repeat(600)}`]) {
      assert.match((await at.ada.submit(made, 'call', { key })).text, /The key was refused/)
    }
    assert.equal((await at.ada.post('/portal/keys/test-call/', { action: 'call', key: secret })).status, 403)
    assert.equal((await at.ada.get('/portal/keys/test-call/')).status, 200)
    await keyUsage.flush()
    // What it was refused for stands with the key, by reason [D7].
    const page = await at.ada.get(`/portal/keys/${record?.id}/`)
    assert.match(page.text, /Refused in the last 30 days, by reason[^]*not from this address[^]*>1</)
  })
})

async function open(
  options: TestDoorwardOptions = {},
): Promise<AsyncDisposable & { readonly doorward: TestDoorward; readonly ada: Person; readonly user: TestUser }> {
  const oauthScopes = { openid: 'Know who you are', 'notes:read': 'Read your notes', 'notes:write': 'Change them' }
  const doorward = await createTestDoorward({ ...options, settings: { oauthScopes, ...options.settings } })
  const base = await doorward.listen()
  const user = await doorward.users.create({ username: 'ada', password })
  const ada = person(base)
  await ada.signIn('ada', password)
  return { doorward, ada, user, [Symbol.asyncDispose]: doorward.close }
}

function namesIn({ text }: Seen): readonly string[] {
  return [...text.matchAll(/<a href="\/portal\/keys\/[^"]+"><bdi>([^<]*)<\/bdi>/g)].map(([, name = '']) => name)
}
