import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { grantTo } from '../granted.contract.ts'
import { type Answered, openOAuthDesk, type OAuthDesk } from '../oauth-desk.contract.ts'

const [notes, files] = ['https://notes.example/v1', 'https://files.example']
let desk: OAuthDesk

before(async () => {
  desk = await openOAuthDesk()
})

after(async () => desk.close())

describe('the parameter resource (RFC 8707)', () => {
  it('makes a token for the resources that are registered for the client, one or several [TX12]', async () => {
    const ask = await client()
    const one = await ask([['resource', notes]])
    assert.equal(one.status, 200, one.text)
    assert.equal(await audienceOf(one), notes)
    const two = await ask([
      ['resource', notes],
      ['resource', files],
      ['resource', notes],
    ])
    assert.deepEqual(await audienceOf(two), [notes, files])
  })

  it('refuses what is no absolute URI, and one with a fragment [TX12]', async () => {
    const ask = await client()
    for (const resource of [
      'notes',
      '/v1',
      '//notes.example',
      `${notes}#a`,
      `${notes}#`,
      'https://a b',
      'https://',
      '\u00e4',
    ]) {
      const answer = await ask([['resource', resource]])
      assert.deepEqual([answer.status, answer.json['error']], [400, 'invalid_target'], resource)
    }
  })

  it('refuses what is not registered for the client, likeness or not [TX12]', async () => {
    const ask = await client()
    for (const resource of [
      'https://other.example',
      `${notes}/5`,
      'https://notes.example',
      `${notes}?a=1`,
      notes.toUpperCase(),
    ]) {
      const answer = await ask([
        ['resource', notes],
        ['resource', resource],
      ])
      assert.deepEqual([answer.status, answer.json['error']], [400, 'invalid_target'], resource)
    }
  })

  it('reads an address with the slash that a URL has behind its host as the same', async () => {
    const ask = await client()
    assert.equal(await audienceOf(await ask([['resource', `${files}/`]])), files)
  })

  it('takes the name of the server’s own API from every client, with or without that slash', async () => {
    const ask = await client()
    for (const resource of ['https://id.example', 'https://id.example/']) {
      const answer = await ask([['resource', resource]])
      assert.equal(answer.status, 200, answer.text)
      const headers = { authorization: `Bearer ${String(answer.json['access_token'])}` }
      assert.notEqual(await desk.identify(headers), null)
    }
  })

  it('narrows a refreshed token to some of those that were granted, and no others [TX13]', async () => {
    const owner = await desk.addClient({
      grantTypes: ['refresh_token'],
      scopes: ['read', 'write'],
      metadata: { resources: [notes, files] },
    })
    const granted = await grantTo(desk, { client: owner, grant: { resources: [notes, files] } })
    let text = granted.refreshToken
    const refresh = async (resource: string): Promise<Answered> => {
      const answer = await granted.refresh(text, resource === '' ? {} : { resource })
      const { refresh_token: next } = answer.json
      text = typeof next === 'string' ? next : text
      return answer
    }
    assert.equal(await audienceOf(await refresh(files), owner), files)
    assert.deepEqual(await audienceOf(await refresh(''), owner), [notes, files])
    for (const resource of ['https://other.example', 'https://id.example', 'relative']) {
      assert.equal((await refresh(resource)).json['error'], 'invalid_target', resource)
    }
    assert.equal(await audienceOf(await refresh(notes), owner), notes)
    const ownApi = await grantTo(desk, { client: owner })
    assert.equal((await ownApi.refresh(ownApi.refreshToken, { resource: notes })).json['error'], 'invalid_target')
    const own = await ownApi.refresh(ownApi.refreshToken, { resource: 'https://id.example/' })
    assert.equal(own.status, 200, own.text)
  })
})

type Pairs = readonly (readonly [string, string])[]

async function client(): Promise<(pairs: Pairs) => Promise<Answered>> {
  const added = await desk.addClient({
    grantTypes: ['client_credentials'],
    scopes: ['read'],
    metadata: { resources: [notes, files] },
  })
  asker = added
  const own: Pairs = [
    ['grant_type', 'client_credentials'],
    ['client_id', added.id],
    ['client_secret', added.secret],
  ]
  return async (pairs) =>
    desk.post('/o/token/', new URLSearchParams([...own, ...pairs].map(([a, b]) => [a, b])).toString())
}

let asker: { readonly id: string; readonly secret: string } | undefined

async function audienceOf({ json }: Answered, of = asker): Promise<unknown> {
  const fields = { client_id: of?.id ?? '', client_secret: of?.secret ?? '', token: String(json['access_token']) }
  return (await desk.post('/o/introspect/', fields)).json['aud']
}
