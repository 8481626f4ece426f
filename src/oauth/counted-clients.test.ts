import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openAuthorizeDesk } from './authorize.contract.ts'
import { openOAuthDesk } from './oauth-desk.contract.ts'

describe('what a client does is counted for whoever answers for it [D3]:', () => {
  it('each token that it is given, and each request with one, opaque or a JWT', async () => {
    const desk = await openOAuthDesk()
    for (const accessTokenFormat of ['opaque', 'jwt'] as const) {
      const metadata = { accessTokenFormat }
      const { id, secret } = await desk.addClient({ grantTypes: ['client_credentials'], scopes: ['read'], metadata })
      const fields = { grant_type: 'client_credentials', client_id: id, client_secret: secret }
      const { access_token: token } = (await desk.post('/o/token/', fields)).json
      await desk.post('/o/token/', fields)
      for (let times = 0; times < 3; times += 1) await desk.identify({ authorization: `Bearer ${String(token)}` })
      await assert.rejects(desk.identify({ authorization: `Bearer ${String(token)}x` }))
      await desk.server.clientUsage.flush()
      const [sum] = (await desk.server.clientUsage.sums([id], 0)).values()
      assert.deepEqual(sum, { tokens: 2, requests: 3, refused: 0 }, accessTokenFormat)
    }
    await desk.close()
  })

  it('each refusal, by its error, wherever it asks; what names a client that is not there is counted for nobody', async () => {
    const desk = await openAuthorizeDesk()
    const { clientUsage } = desk.server
    const client = await desk.addWeb()
    const shown = { client_id: client.id, client_secret: client.secret ?? '' }
    await desk.post('/o/token/', { ...shown, client_secret: 'wrong', grant_type: 'authorization_code' })
    await desk.post('/o/token/', { ...shown, client_id: 'nobody', grant_type: 'authorization_code' })
    await desk.post('/o/token/', { ...shown, grant_type: 'authorization_code', code: 'x' })
    await desk.post('/o/token/', { ...shown, grant_type: 'client_credentials' })
    await desk.post('/o/device-authorization/', shown)
    await desk.post('/o/par/', { ...shown, response_type: 'code', redirect_uri: 'https://evil.example/cb' })
    const ada = await desk.browserOf(await desk.addPerson('ada'))
    assert.equal((await desk.ask(ada, client, { redirect_uri: 'https://evil.example/cb' })).status, 400)
    await desk.ask(ada, client, { scope: 'unheard-of' })
    await desk.decide(ada, await desk.ask(ada, client), 'deny')
    await desk.ask(ada, client, { prompt: 'none' })
    await clientUsage.flush()
    assert.deepEqual(await clientUsage.refusals(client.id, 0), [
      { reason: 'invalid_request', refused: 2 },
      { reason: 'unauthorized_client', refused: 2 },
      { reason: 'access_denied', refused: 1 },
      { reason: 'invalid_client', refused: 1 },
      { reason: 'invalid_grant', refused: 1 },
      { reason: 'invalid_scope', refused: 1 },
    ])
    assert.deepEqual([...(await clientUsage.sums(['nobody'], 0))], [])
    await desk.close()
  })

  it('and no request waits for it to be written, nor writes', async () => {
    const desk = await openOAuthDesk()
    const { id, secret } = await desk.addClient({ grantTypes: ['client_credentials'], scopes: ['read'] })
    const fields = { grant_type: 'client_credentials', client_id: id, client_secret: secret }
    const { access_token: token } = (await desk.post('/o/token/', fields)).json
    await desk.identify({ authorization: `Bearer ${String(token)}` })
    const rows = desk.database.read.selectFrom('client_usage_days').selectAll()
    assert.deepEqual(await rows.execute(), [])
    await desk.server.clientUsage.flush()
    assert.equal((await rows.execute()).length, 2)
    await desk.close()
  })
})
