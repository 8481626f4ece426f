import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Found } from '../core/authenticator.ts'
import type { Client, User } from '../core/identity.ts'
import { scopesOf } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import type { AccessTokenAuth } from './access-token.ts'
import { accessToken } from './access-token.ts'

const auth: AccessTokenAuth = { id: 'a1', clientId: 'c1', scopes: ['read'], expiresAt: 9 }
const granted = new Map<string, Found<User | Client, AccessTokenAuth>>([
  ['dw_at_user', { principal: { kind: 'user', id: '1', name: 'ann' }, auth }],
  ['dw_at_client', { principal: { kind: 'client', id: 'c1', name: 'nightly export' }, auth }],
])
const oauth2 = accessToken({
  recognises: (token) => token.startsWith('dw_at_'),
  find: async (token) => granted.get(token) ?? null,
})

describe('accessToken', () => {
  it('finds the user who gave leave, or the client that acts for itself, with the scopes', async () => {
    for (const [token, found] of granted) {
      assert.equal(await oauth2.authenticate(withHeader(`Bearer ${token}`)), found)
      assert.deepEqual(scopesOf({ via: oauth2.name, ...found }), ['read'])
    }
    assert.equal(oauth2.name, 'oauth2')
  })

  it('refuses one of its own that is not found [RS02]', async () => {
    await assert.rejects(oauth2.authenticate(withHeader('Bearer dw_at_gone')), {
      status: 401,
      code: 'invalid_token',
      challenge: { error: 'invalid_token' },
    })
  })

  it('leaves other tokens to others', async () => {
    assert.equal(await oauth2.authenticate(withHeader('Bearer dw_key_1')), null)
    assert.equal(await oauth2.authenticate(withHeader('Token dw_at_user')), null)
  })

  it('offers Bearer with its realm [RS01]', () => {
    const notes = accessToken({ recognises: () => true, find: async () => null, realm: 'notes' })
    assert.deepEqual(notes.challenge?.(withHeader(null)), { scheme: 'Bearer', params: { realm: 'notes' } })
  })
})

function withHeader(authorization: string | null): AuthRequest {
  return { method: 'GET', url: '/', headers: { get: (name) => (name === 'authorization' ? authorization : null) } }
}
