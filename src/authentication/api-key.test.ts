import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Found } from '../core/authenticator.ts'
import { AuthError, AuthenticationFailed } from '../core/errors.ts'
import type { Principal } from '../core/identity.ts'
import { scopesOf } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import type { ApiKeyAuth } from './api-key.ts'
import { apiKey } from './api-key.ts'

const auth: ApiKeyAuth = { id: 'k1', name: 'ci', scopes: ['read'], mode: 'live', rate: null, expiresAt: null }
const principal: Principal = { kind: 'service_account', id: '1', name: 'ci', ownerId: null, scopes: ['read', 'write'] }
const found: Found<Principal, ApiKeyAuth> = { principal, auth }

/** What the store answers for each key that has the shape. */
const answers: Readonly<Record<string, () => Found<Principal, ApiKeyAuth> | null>> = {
  dw_key_good: () => found,
  dw_key_wrong: () => null,
  dw_key_expired: () => {
    throw new AuthenticationFailed('invalid_token', 'It expired.', { cause: 'expired' })
  },
  dw_key_revoked: () => {
    throw new AuthenticationFailed('key_revoked', 'It was revoked.')
  },
  dw_key_broken: () => {
    throw new Error('disk')
  },
}
const keys = {
  recognises: (text: string) => text.startsWith('dw_key_'),
  find: async (text: string, { address }: { readonly address: string | null }) =>
    text === 'dw_key_office' ? (address === '10.0.0.7' ? found : null) : (answers[text]?.() ?? null),
}
const key = apiKey({ keys })

describe('apiKey', () => {
  it('takes a key in its own header, under Api-Key and under Bearer [B-KEY-02]', async () => {
    for (const headers of [
      { 'x-api-key': 'dw_key_good' },
      { 'x-api-key': ' \tdw_key_good ' },
      { authorization: 'Api-Key dw_key_good' },
      { authorization: 'api-key dw_key_good' },
      { authorization: 'API-KEY\tdw_key_good' },
      { authorization: 'Bearer dw_key_good' },
      { authorization: 'bearer dw_key_good' },
    ]) {
      assert.equal(await key.authenticate(sent(headers)), found, JSON.stringify(headers))
    }
  })

  it('takes a key in another header when told to, in any letter case [B-KEY-02]', async () => {
    const renamed = apiKey({ keys, header: 'X-Notes-Key' })
    assert.equal(await renamed.authenticate(sent({ 'x-notes-key': 'dw_key_good' })), found)
    assert.equal(await renamed.authenticate(sent({ 'x-api-key': 'dw_key_good' })), null)
    for (const header of ['', 'x api key', 'x_api_key', 'x:']) {
      assert.throws(() => apiKey({ keys, header }), { name: 'TypeError', message: /header/ })
    }
  })

  it('gives the key’s record and its scopes, and not the key [B-KEY-20]', async () => {
    const given = await key.authenticate(sent({ 'x-api-key': 'dw_key_good' }))
    assert.ok(given !== null)
    assert.equal(given.auth, auth)
    assert.deepEqual(scopesOf({ via: 'apiKey', ...given }), ['read'])
  })

  it('stays silent without a key and on other schemes, so that others can act [B-KEY-09 B-KEY-13]', async () => {
    for (const headers of [
      {},
      { 'x-api-key': '' },
      { 'x-api-key': ' ' },
      { authorization: 'Basic YTpi' },
      { authorization: 'Token dw_key_good' },
      { authorization: 'Bearer eyJhbGciOi.e30.AAAA' },
      { x_api_key: 'dw_key_good' },
      { 'api-key': 'dw_key_good' },
    ]) {
      assert.equal(await key.authenticate(sent(headers)), null, JSON.stringify(headers))
    }
  })

  it('refuses every key that is no good alike, and keeps the reason for the log [B-KEY-03 AK01]', async () => {
    const errors = await Promise.all(
      ['wrong', 'expired', 'revoked', 'unknown', 'office', ''].map((end) => refused({ 'x-api-key': `dw_key_${end}` })),
    )
    errors.push(await refused({ 'x-api-key': 'no such shape' }), await refused({ authorization: 'Api-Key eyJ.e30.A' }))
    const shown = errors.map(({ status, code, message, challenge }) => ({ status, code, message, challenge }))
    for (const one of shown) assert.deepEqual(one, shown[0])
    assert.deepEqual(shown[0], {
      status: 401,
      code: 'invalid_token',
      message: 'The token is not valid.',
      challenge: { error: 'invalid_token' },
    })
    assert.equal(errors[1]?.cause, 'expired')
    const second = errors[2]?.cause
    assert.ok(second instanceof AuthError && second.message === 'It was revoked.')
  })

  it('refuses the right keyword with something malformed [B-KEY-03 B-KEY-13]', async () => {
    for (const value of ['Api-Key', 'Api-Key ', 'Api-Key dw_key_good x', 'Api-Key dw_key_good, Api-Key dw_key_good']) {
      assert.equal((await refused({ authorization: value })).code, 'bad_authorization_header', value)
    }
  })

  it('refuses its header sent twice with 400', async () => {
    for (const value of ['dw_key_good, dw_key_good', 'dw_key_good,', ',']) {
      const { status, code } = await refused({ 'x-api-key': value })
      assert.deepEqual([status, code], [400, 'invalid_request'])
    }
  })

  it('refuses two different keys in two headers with 400, and takes the same one twice', async () => {
    for (const scheme of ['Api-Key', 'Bearer']) {
      const both = (other: string) => ({ 'x-api-key': 'dw_key_good', authorization: `${scheme} ${other}` })
      const { status, code } = await refused(both('dw_key_wrong'))
      assert.deepEqual([status, code], [400, 'invalid_request'])
      assert.equal(await key.authenticate(sent(both('dw_key_good'))), found)
    }
  })

  it('takes any text for a key', async () => {
    for (const value of [
      'x'.repeat(16_000),
      'dw_key_\u00e9',
      'dw_key_\u0000',
      'dw_key_\ud800',
      '%00',
      '"',
      '__proto__',
    ]) {
      assert.equal((await refused({ 'x-api-key': value })).code, 'invalid_token')
    }
  })

  it('hands the caller’s address on', async () => {
    const headers = { 'x-api-key': 'dw_key_office', 'x-real-ip': '10.0.0.7' }
    assert.equal(await key.authenticate({ ...sent(headers), peer: { address: '10.0.0.7' } }), found)
    await assert.rejects(key.authenticate({ ...sent(headers), peer: { address: '10.0.0.8' } }), {
      code: 'invalid_token',
    })
    const proxied = apiKey({ keys, address: ({ headers }) => headers.get('x-real-ip') })
    assert.equal(await proxied.authenticate(sent(headers)), found)
  })

  it('refuses keys that came by plain http, where that is asked for [B-KEY-22]', async () => {
    const strict = apiKey({ keys, requireHttps: true })
    const headers = { 'x-api-key': 'dw_key_good' }
    for (const url of ['http://api.example/', 'HTTP://api.example/', '/notes', '']) {
      await assert.rejects(strict.authenticate(sent(headers, url)), { status: 400, code: 'invalid_request' }, url)
      assert.equal(await strict.authenticate(sent({}, url)), null)
    }
    for (const url of ['https://api.example/', 'HTTPS://api.example/']) {
      assert.equal(await strict.authenticate(sent(headers, url)), found)
    }
  })

  it('lets a function tell what came by https [B-KEY-22]', async () => {
    const behind = apiKey({ keys, requireHttps: ({ headers }) => headers.get('x-forwarded-proto') === 'https' })
    const headers = { 'x-api-key': 'dw_key_good', 'x-forwarded-proto': 'https' }
    assert.equal(await behind.authenticate(sent(headers, '/notes')), found)
    await assert.rejects(behind.authenticate(sent({ ...headers, 'x-forwarded-proto': 'http' }, 'https://a/')), {
      status: 400,
    })
  })

  it('passes on what is broken', async () => {
    await assert.rejects(key.authenticate(sent({ 'x-api-key': 'dw_key_broken' })), /disk/)
  })

  it('offers its scheme with a realm', () => {
    assert.deepEqual(key.challenge?.(sent({})), { scheme: 'Api-Key', params: { realm: 'api' } })
  })
})

async function refused(headers: Readonly<Record<string, string>>): Promise<AuthError> {
  const error: unknown = await key.authenticate(sent(headers)).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof AuthError, `not refused: ${JSON.stringify(headers)}`)
  return error
}

function sent(headers: Readonly<Record<string, string>>, url = 'https://api.example/'): AuthRequest {
  return { method: 'GET', url, headers: { get: (name) => headers[name] ?? null } }
}
