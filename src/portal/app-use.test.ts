import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { adminStage, type AdminStage } from '../admin/admin-api.contract.ts'
import { person } from '../screens/person.contract.ts'
import { createTestDoorward } from '../testing/test-doorward.ts'

const password = 'correct horse battery'

describe('how an application is used', () => {
  it('stands on its page by day, with what each refusal means, for its owner alone [D3]', async () => {
    await using doorward = await createTestDoorward()
    const base = await doorward.listen()
    const { id: owner } = await doorward.users.create({ username: 'ada', password })
    const { clientId, secret } = await machineOf(doorward, owner)
    const ada = person(base)
    await ada.signIn('ada', password)
    const page = `/portal/apps/${clientId}/use/`
    const empty = (await ada.get(page)).text
    assert.match(empty, /Access tokens that it was given in the last 30 days: none yet/)
    assert.match(empty, /Requests to this API with its tokens in the last 30 days: none yet/)
    assert.match(empty, /It was never refused/)

    await callAsApp(base, { clientId, secret })
    await doorward.instance.oauth.clientUsage.flush()
    const { text } = await ada.get(page)
    assert.match(text, /Access tokens that it was given in the last 30 days: 1 in all/)
    assert.match(text, /Requests to this API with its tokens in the last 30 days: 2 in all/)
    assert.match(text, /<code>invalid_client<\/code>[^]*It did not show who it is[^]*>1</)
    assert.doesNotMatch(text, /scope="col" class="number">Refused/)
    assert.match((await ada.get('/portal/usage/')).text, /By app[^]*apps\/[^/]+\/use\/[^]*Job[^]*>1<[^]*>2<[^]*>1</)

    await doorward.users.create({ username: 'bob', password })
    const bob = person(base)
    await bob.signIn('bob', password)
    assert.equal((await bob.get(page)).status, 404)
    assert.doesNotMatch((await bob.get('/portal/usage/')).text, /Job/)
  })

  it('is told to programs of its owner, by application and together with all that is theirs [D3 D9]', async () => {
    await using at = await adminStage({ settings: { requestsPerPrincipal: '50/hour', requestsPerAddress: '500/day' } })
    const { doorward, base, call, user: ada, staff } = at
    const { clientId, secret } = await machineOf(doorward, ada.id)
    await doorward.instance.apiKeys.create({ owner: { kind: 'user', id: ada.id }, name: 'nightly', rate: '5/min' })
    await callAsApp(base, { clientId, secret })
    await doorward.instance.oauth.clientUsage.flush()
    const day = new Date(doorward.clock.now()).toISOString().slice(0, 10)
    const used = await call(ada, 'GET', `/api/account/apps/${clientId}/usage/`)
    assert.deepEqual(used.json, {
      days: [{ day, tokens: 1, requests: 2, refused: 1 }],
      refusals: [{ reason: 'invalid_client', refused: 1 }],
    })
    assert.equal((await call(staff, 'GET', `/api/account/apps/${clientId}/usage/`)).status, 404)

    const all = await call(ada, 'GET', '/api/account/usage/')
    assert.deepEqual(all.json['apps'], [
      { client_id: clientId, client_name: 'Job', tokens: 1, requests: 2, refused: 1 },
    ])
    assert.deepEqual(
      (all.json['keys'] as readonly { readonly name: string; readonly rate: string | null }[]).map((key) => [
        key.name,
        key.rate,
      ]),
      [['nightly', '5/min']],
    )
    assertAsInHeaders(all)
    assert.deepEqual((await call(staff, 'GET', '/api/account/usage/')).json['apps'], [])
    assert.equal((await call(null, 'GET', '/api/account/usage/')).status, 401)
  })
})

/** The limits are in the numbers of this very answer. */
function assertAsInHeaders({ json, headers }: Awaited<ReturnType<AdminStage['call']>>): void {
  const limits = json['limits'] as readonly Readonly<Record<string, number | string>>[]
  assert.deepEqual(
    limits.map(({ policy }) => policy),
    ['principal', 'address', 'key'],
  )
  const said = [...(headers.get('ratelimit') ?? '').matchAll(/"(\w+)";r=(\d+);t=(\d+)/g)]
  const policies = headers.get('ratelimit-policy') ?? ''
  assert.equal(said.length, 2)
  for (const [, policy, left, reset] of said) {
    const one = limits.find((limit) => limit['policy'] === policy) ?? assert.fail()
    assert.equal(one['remaining'], Number(left))
    assert.equal(Number(one['used']) + Number(left), one['limit'])
    assert.ok(Math.abs(Number(one['reset']) - Number(reset)) <= 1, 'a second may have begun between')
    assert.ok(policies.includes(`"${policy}";q=${one['limit']};w=${one['window']}`), policies)
  }
}

async function machineOf({ instance }: AdminStage['doorward'], owner: string) {
  const values = { name: 'Job', grantTypes: ['client_credentials'], scopes: ['read'] }
  const { client, secret } = await instance.oauth.clients.create(values, { by: { actor: 'system' }, owner })
  return { clientId: client.id, secret: secret ?? '' }
}

/** One token, two requests with it, and one refusal. */
async function callAsApp(base: string, { clientId, secret }: { readonly clientId: string; readonly secret: string }) {
  const ask = async (client_secret: string) =>
    fetch(`${base}/o/token/`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret }),
    })
  assert.equal((await ask('wrong')).status, 401)
  const { access_token: token } = (await (await ask(secret)).json()) as { readonly access_token: string }
  for (let times = 0; times < 2; times += 1) {
    const answer = await fetch(`${base}/api/whoami/`, { headers: { authorization: `Bearer ${token}` } })
    assert.equal(answer.status, 200)
  }
}
