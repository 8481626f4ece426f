import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AuthError } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { bearer, bearerToken } from './bearer.ts'

const ann: User = { kind: 'user', id: '1', name: 'ann' }
const devices = new Map([['dev_1234', { principal: ann, auth: { device: 7 } }]])
const device = bearer({
  name: 'device',
  recognises: (token) => token.startsWith('dev_'),
  find: async (token) => devices.get(token) ?? null,
})

describe('bearer', () => {
  it('finds who a token is for', async () => {
    assert.deepEqual(await device.authenticate(withHeader('Bearer dev_1234')), devices.get('dev_1234'))
  })

  it('takes the scheme in any letter case [B-JAU-12 RS04]', async () => {
    for (const header of ['bearer dev_1234', 'BEARER \t dev_1234']) {
      assert.notEqual(await device.authenticate(withHeader(header)), null, header)
    }
  })

  it('leaves other schemes, other formats and requests without the header to others [AK01]', async () => {
    for (const header of [null, '', 'Basic YTpi', 'Token dev_1234', 'Bearer eyJhbGciOi.e30.AAAA']) {
      assert.equal(await device.authenticate(withHeader(header)), null, String(header))
    }
  })

  it('refuses a token of its format that is not found, and says so in the challenge [RS02]', async () => {
    const error = await refusal(withHeader('Bearer dev_9999'))
    assert.deepEqual([error.status, error.code, error.challenge], [401, 'invalid_token', { error: 'invalid_token' }])
    assert.doesNotMatch(error.message, /dev_9999/)
  })

  it('refuses a malformed header, whoever the token is for [RS04]', async () => {
    for (const header of ['Bearer', 'Bearer dev_1234 x', 'Bearer dev_1234, Bearer dev_1234', 'Bearer dev_\u00e9']) {
      const { status, code } = await refusal(withHeader(header))
      assert.deepEqual([status, code], [401, 'bad_authorization_header'], header)
    }
  })

  it('offers Bearer with a realm and no error [RS01]', () => {
    assert.equal(device.scheme, 'Bearer')
    assert.deepEqual(device.challenge?.(withHeader(null)), { scheme: 'Bearer', params: { realm: 'api' } })
  })

  it('passes on what the store throws', async () => {
    const broken = bearer({ name: 'x', recognises: () => true, find: async () => Promise.reject(new Error('disk')) })
    await assert.rejects(broken.authenticate(withHeader('Bearer a')), /disk/)
  })
})

describe('bearerToken', () => {
  it('does not read the query: a token there alone counts for nothing [RS03]', () => {
    assert.equal(bearerToken(withHeader(null, '/notes?access_token=dev_1234')), null)
  })

  it('refuses a token in the query beside the header with 400 (RFC 6750, section 2) [RS03]', () => {
    const urls = [
      '?access_token=a',
      '?a=b&access_token=',
      '?access%5Ftoken=a',
      '?%61ccess_token',
      '?x=%zz&access_token=a',
    ]
    for (const url of urls) {
      assert.throws(
        () => bearerToken(withHeader('Bearer dev_1234', `https://api.example/notes${url}`)),
        { status: 400, code: 'invalid_request', challenge: { error: 'invalid_request' } },
        url,
      )
    }
  })

  it('takes queries that only look alike', () => {
    for (const url of [
      '/access_token',
      '/?my_access_token=1',
      '/?q=access_token',
      '/?access_tokens=1',
      '/?Access_Token=1',
    ]) {
      assert.equal(bearerToken(withHeader('Bearer dev_1234', url)), 'dev_1234', url)
    }
  })
})

async function refusal(request: AuthRequest): Promise<AuthError> {
  const error: unknown = await device.authenticate(request).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof AuthError, 'it was not refused')
  return error
}

function withHeader(authorization: string | null, url = 'https://api.example/notes'): AuthRequest {
  return { method: 'GET', url, headers: { get: (name) => (name === 'authorization' ? authorization : null) } }
}
