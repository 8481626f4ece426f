import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { headerOf } from '../../accounts/browser.contract.ts'
import { type AskingClient, type AuthorizeDesk, openAuthorizeDesk, saidIn } from '../authorize.contract.ts'

const legacy = ['implicit', 'hybrid'] as const
const nonce = 'n-0S6_WzA2Mj'

async function openLegacyDesk(): Promise<{ readonly desk: AuthorizeDesk; readonly client: AskingClient }> {
  const desk = await openAuthorizeDesk({ legacy })
  const responseTypes = [
    'code',
    'token',
    'id_token',
    'id_token token',
    'code id_token',
    'code token',
    'code id_token token',
  ]
  const grantTypes = ['authorization_code', 'refresh_token', 'implicit']
  return { desk, client: await desk.addWeb({ responseTypes, consent: 'never' }, { grantTypes }) }
}

/** The left half of SHA-256, as RS256 has it (OpenID Connect Core 1.0, section 3.1.3.6). */
function half(text: string): string {
  return createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url')
}

function claimsOf(jwt: string | null): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(jwt?.split('.')[1] ?? '', 'base64url').toString()) as Readonly<Record<string, unknown>>
}

describe('the implicit and hybrid flows, where they are switched on', () => {
  it('answer in the fragment with what was asked for, and nothing in the query [AZ20 ID02 B-OID-03]', async () => {
    const { desk, client } = await openLegacyDesk()
    const ada = await desk.addPerson('ada')
    const browser = await desk.browserOf(ada)
    const token = ['access_token', 'token_type', 'expires_in', 'scope']
    for (const [response_type, names] of [
      ['token', [...token, 'state', 'iss']],
      ['id_token', ['id_token', 'state', 'iss']],
      ['id_token token', [...token, 'id_token', 'state', 'iss']],
      ['token id_token', [...token, 'id_token', 'state', 'iss']],
      ['code id_token', ['code', 'id_token', 'state', 'iss']],
      ['code token', ['code', ...token, 'state', 'iss']],
      ['code id_token token', ['code', ...token, 'id_token', 'state', 'iss']],
    ] as const) {
      const answer = await desk.ask(browser, client, { response_type, nonce })
      assert.match(headerOf(answer, 'location') ?? '', /^https:\/\/app\.example\/cb#/)
      const said = saidIn(answer)
      assert.deepEqual([...said.keys()].toSorted(), (names as readonly string[]).toSorted())
      const accessToken = said.get('access_token')
      if (accessToken !== null) {
        const identity = await desk.identify({ authorization: `Bearer ${accessToken}` })
        assert.equal(identity?.principal.id, ada)
      }
      if (said.has('id_token')) {
        const claims = claimsOf(said.get('id_token'))
        assert.equal(claims['nonce'], nonce)
        assert.equal(claims['at_hash'], accessToken === null ? undefined : half(accessToken))
        assert.equal(claims['c_hash'], said.has('code') ? half(said.get('code') ?? '') : undefined)
        assert.equal(claims['s_hash'], half('af0ifjsldkj'))
      }
      if (said.has('code')) assert.equal((await desk.redeem(client, said.get('code') ?? '')).status, 200)
    }
    await desk.close()
  })

  it('need a nonce where an ID token comes by way of the browser, and OpenID [ID03 B-OID-04]', async () => {
    const { desk, client } = await openLegacyDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    for (const response_type of ['id_token', 'id_token token', 'code id_token', 'code id_token token']) {
      assert.equal(saidIn(await desk.ask(browser, client, { response_type })).get('error'), 'invalid_request')
      const bare = await desk.ask(browser, client, { response_type, nonce, scope: 'read' })
      assert.equal(saidIn(bare).get('error'), 'invalid_scope')
    }
    for (const response_type of ['code', 'token', 'code token']) {
      assert.ok(!saidIn(await desk.ask(browser, client, { response_type })).has('error'))
    }
    await desk.close()
  })

  it('never put tokens in a query, and refuse in the fragment too [AZ36]', async () => {
    const { desk, client } = await openLegacyDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const query = await desk.ask(browser, client, { response_type: 'id_token token', nonce, response_mode: 'query' })
    assert.match(headerOf(query, 'location') ?? '', /^https:\/\/app\.example\/cb#error=invalid_request&/)
    const form = await desk.ask(browser, client, { response_type: 'id_token', nonce, response_mode: 'form_post' })
    assert.match(form.body, /name="id_token"/)
    const refused = await desk.ask(browser, client, { response_type: 'token', scope: 'admin' })
    assert.match(headerOf(refused, 'location') ?? '', /^https:\/\/app\.example\/cb#error=invalid_scope&/)
    await desk.close()
  })

  it('still need PKCE for their code, and are only for clients that are registered for them [AZ03 PK02]', async () => {
    const { desk, client } = await openLegacyDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const bare = { response_type: 'code id_token', nonce, code_challenge: null, code_challenge_method: null }
    assert.equal(saidIn(await desk.ask(browser, client, bare)).get('error'), 'invalid_request')
    const plain = await desk.addWeb()
    const noHybrid = await desk.addWeb({}, { grantTypes: ['authorization_code', 'implicit'] })
    const bound = await desk.addWeb({ dpopBoundAccessTokens: true }, { grantTypes: ['implicit'] })
    for (const [who, response_type] of [
      [plain, 'token'],
      [plain, 'code id_token'],
      [noHybrid, 'code token'],
      [bound, 'token'],
      [bound, 'code'],
    ] as const) {
      const answer = await desk.ask(browser, who, { response_type, nonce })
      assert.equal(saidIn(answer).get('error'), 'unauthorized_client', response_type)
    }
    await desk.close()
  })

  it('are switched on one by one', async () => {
    for (const only of legacy) {
      const desk = await openAuthorizeDesk({ legacy: [only] })
      const browser = await desk.browserOf(await desk.addPerson('ada'))
      const responseTypes = ['token', 'code token']
      const grantTypes = ['authorization_code', 'implicit']
      const client = await desk.addWeb({ responseTypes, consent: 'never' }, { grantTypes })
      const said = saidIn(
        await desk.ask(browser, client, { response_type: only === 'implicit' ? 'code token' : 'token' }),
      )
      assert.equal(said.get('error'), 'unsupported_response_type')
      await desk.close()
    }
  })
})
