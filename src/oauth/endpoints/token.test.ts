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

  it('takes ids and secrets as they are form-encoded in Basic, and nothing that is no Basic value [B-TKE-07 B-TKE-06]', async () => {
    const desk = await openOAuthDesk()
    const { id, secret } = await desk.addClient({ grantTypes: ['client_credentials'], scopes: ['read'] })
    // RFC 6749, section 2.3.1 and appendix B: every character may be written as an escape.
    const escaped = Array.from(Buffer.from(secret), (byte) => `%${byte.toString(16)}`).join('')
    const fields = { grant_type: 'client_credentials' }
    const right = { authorization: `Basic ${Buffer.from(`${id}:${escaped}`).toString('base64')}` }
    assert.equal((await desk.post('/o/token/', fields, right)).status, 200)
    for (const value of [
      '',
      'x',
      '%%%',
      Buffer.from(id).toString('base64'),
      Buffer.from(`${id}:%zz`).toString('base64'),
      '/w==',
    ]) {
      const answer = await desk.post('/o/token/', fields, { authorization: `Basic ${value}` })
      assert.ok(answer.status === 401 || answer.status === 400, value)
      assert.ok(['invalid_client', 'invalid_request'].includes(String(answer.json['error'])), value)
    }
    await desk.close()
  })

  it('lets no client act for itself that keeps no secret, whatever it is registered for [TK15]', async () => {
    const desk = await openOAuthDesk()
    const { id } = await desk.addClient({ grantTypes: ['client_credentials'], scopes: ['read'], isPublic: true })
    const answer = await desk.post('/o/token/', { grant_type: 'client_credentials', client_id: id })
    assert.deepEqual([answer.status, answer.json['error']], [400, 'unauthorized_client'])
    await desk.close()
  })

  it('asks a client that keeps a secret for it, and takes the name of no other beside it [B-TKE-09 B-TKE-12]', async () => {
    const desk = await openOAuthDesk()
    const { id, secret } = await desk.addClient({ grantTypes: ['client_credentials'], scopes: ['read'] })
    const other = await desk.addClient({ grantTypes: ['client_credentials'], scopes: ['read'] })
    const basic = { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` }
    const grant = { grant_type: 'client_credentials' }
    const alone = await desk.post('/o/token/', { ...grant, client_id: id })
    assert.deepEqual([alone.status, alone.json['error']], [401, 'invalid_client'])
    const differing = await desk.post('/o/token/', { ...grant, client_id: other.id }, basic)
    assert.deepEqual([differing.status, differing.json['error']], [401, 'invalid_client'])
    const spoofed = await desk.post('/o/token/', { ...grant, client: other.id }, basic)
    const identity = await desk.identify({ authorization: `Bearer ${String(spoofed.json['access_token'])}` })
    assert.equal(identity?.principal.id, id, 'a field named client says nothing')
    await desk.close()
  })

  it('gives tokens the life of the server or of the client, and says so; afterwards they are dead [B-TKE-15]', async () => {
    const desk = await openOAuthDesk({ accessTokenLifetime: 120 })
    const registration = { grantTypes: ['client_credentials'], scopes: ['read'] }
    const usual = await desk.addClient(registration)
    const short = await desk.addClient({ ...registration, metadata: { accessTokenLifetime: 30 } })
    for (const [{ id, secret }, seconds] of [
      [usual, 120],
      [short, 30],
    ] as const) {
      const fields = { grant_type: 'client_credentials', client_id: id, client_secret: secret }
      const { json } = await desk.post('/o/token/', fields)
      assert.equal(json['expires_in'], seconds)
      const authorization = `Bearer ${String(json['access_token'])}`
      desk.time.now += seconds * 1000 - 1
      assert.equal((await desk.identify({ authorization }))?.via, 'oauth2')
      desk.time.now += 1
      await assert.rejects(desk.identify({ authorization }), { code: 'invalid_token' })
    }
    await desk.close()
  })
})
