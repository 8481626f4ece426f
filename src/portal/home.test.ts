import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { person } from '../screens/person.contract.ts'
import { createTestDoorward } from '../testing/test-doorward.ts'

const password = 'correct horse battery'
const by = { actor: 'system' }

describe('the three steps of the portal [D1]', () => {
  it('are ticked one by one; the last by the first call, whoever of one’s own makes it', async () => {
    const calls = {
      key: async (at: Stage) => {
        const { key } = await at.instance.apiKeys.create({ owner: { kind: 'user', id: at.id }, name: 'nightly' })
        return { 'x-api-key': key }
      },
      'key of a service account': async (at: Stage) => {
        const { id } = await at.instance.serviceAccounts.create({ name: 'deploy', scopes: [], ownerId: at.id }, { by })
        const { key } = await at.instance.apiKeys.create({ owner: { kind: 'service_account', id }, name: 'ci' })
        return { 'x-api-key': key }
      },
      app: async (at: Stage) => {
        const values = { name: 'Job', grantTypes: ['client_credentials'], scopes: ['read'] }
        const { client, secret } = await at.instance.oauth.clients.create(values, { by, owner: at.id })
        const { token } = await at.tokenFor(client.id, secret ?? '')
        return { authorization: `Bearer ${token}` }
      },
    }
    for (const [name, credential] of Object.entries(calls)) {
      await using at = await stage()
      assert.deepEqual(await at.ticks(), ['done', 'to do', 'to do'], name)
      assert.doesNotMatch(at.text(), /data-looks-again/)
      const headers = await credential(at)
      if (name !== 'app') {
        assert.deepEqual(await at.ticks(), ['done', 'done', 'to do'], name)
        assert.match(at.text(), /data-looks-again[^]*look again<\/a>/)
      }
      assert.equal((await fetch(`${at.base}/api/whoami/`, { headers })).status, 200)
      await at.doorward.clock.advance(1000)
      assert.deepEqual(await at.ticks(), ['done', 'done', 'done'], name)
      assert.doesNotMatch(at.text(), /data-looks-again|look again/)
    }
  })

  it('say what the API is called, where it is, and where its operations stand', async () => {
    await using at = await stage({ siteName: 'Acme <Notes>' })
    await at.ticks()
    assert.match(at.text(), /API of <bdi>Acme &lt;Notes&gt;<\/bdi>, at <code id="base-url">http/)
    assert.match(at.text(), /href="\/api\/"[^]*href="\/api\/openapi\.json"/)
  })
})

type Stage = Awaited<ReturnType<typeof stage>>

async function stage(settings = {}) {
  const doorward = await createTestDoorward({ settings })
  const base = await doorward.listen()
  const { id } = await doorward.users.create({ username: 'ada', password })
  const ada = person(base)
  await ada.signIn('ada', password)
  let seen = ''
  return {
    doorward,
    base,
    id,
    instance: doorward.instance,
    text: () => seen,
    ticks: async () => {
      seen = (await ada.get('/portal/')).text
      const [, steps = ''] = /id="steps"([^]*?)<\/ol>/.exec(seen) ?? []
      return [...steps.matchAll(/class="badge[^"]*">([^<]+)</g)].map(([, badge]) => badge)
    },
    tokenFor: async (client_id: string, client_secret: string) => {
      const body = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret })
      const answer = await fetch(`${base}/o/token/`, { method: 'POST', body })
      const { access_token: token } = (await answer.json()) as { readonly access_token: string }
      return { token }
    },
    [Symbol.asyncDispose]: doorward.close,
  }
}
