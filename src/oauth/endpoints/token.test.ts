import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openOAuthDesk } from '../oauth-desk.contract.ts'

describe('the token endpoint', () => {
  it('gives a client that acts for itself an access token, by Basic and in the body [B-TKE-16 TK16]', async () => {
    const desk = await openOAuthDesk()
    const { id, secret } = await desk.addClient({ grantTypes: ['client_credentials'], scopes: ['read', 'write'] })
    const basic = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
    for (const answer of [
      await desk.post('/o/token/', { grant_type: 'client_credentials' }, { authorization: basic }),
      await desk.post('/o/token/', { grant_type: 'client_credentials', client_id: id, client_secret: secret }),
    ]) {
      assert.equal(answer.status, 200)
      const { access_token: token, ...rest } = answer.json
      assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 3600, scope: 'read write' })
      assert.equal(answer.header('cache-control'), 'no-store')
      const identity = await desk.identify({ authorization: `Bearer ${String(token)}` })
      assert.deepEqual(identity?.principal, { kind: 'client', id, name: 'an application' })
    }
    await desk.close()
  })

  it('tells nothing about why a client is refused [TK07 B-TKE-06]', async () => {
    const desk = await openOAuthDesk()
    const { id, secret } = await desk.addClient({ grantTypes: ['client_credentials'], scopes: ['read'] })
    const answers = []
    for (const [client, shown] of [
      [id, 'wrong'],
      ['nobody', secret],
    ] as const) {
      const fields = { grant_type: 'client_credentials', client_id: client, client_secret: shown }
      answers.push(await desk.post('/o/token/', fields))
    }
    for (const answer of answers) {
      assert.equal(answer.status, 401)
      assert.deepEqual(answer.json, {
        error: 'invalid_client',
        error_description: 'The client could not be authenticated.',
      })
      assert.match(answer.header('www-authenticate') ?? '', /^Basic realm=/)
    }
    await desk.close()
  })
})
