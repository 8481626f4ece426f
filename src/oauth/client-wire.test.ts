import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromWire, registrableNames, toWire } from './client-wire.ts'

const client = {
  name: 'An application',
  authMethod: 'none',
  grantTypes: ['authorization_code'],
  scopes: ['read', 'write'],
  metadata: { redirectUris: ['https://app.example/cb'], consent: 'always', dpopBoundAccessTokens: true },
} as const

describe('toWire and fromWire', () => {
  it('write what is registered by the names of RFC 7591, and read it again', () => {
    const members = toWire(client)
    assert.deepEqual(members, {
      client_name: 'An application',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
      scope: 'read write',
      redirect_uris: ['https://app.example/cb'],
      dpop_bound_access_tokens: true,
      consent: 'always',
    })
    assert.deepEqual(fromWire(members), {
      name: 'An application',
      authMethod: 'none',
      grantTypes: ['authorization_code'],
      scopes: ['read', 'write'],
      redirectUris: ['https://app.example/cb'],
      dpopBoundAccessTokens: true,
      consent: 'always',
    })
  })

  it('leave out what only administrators decide, where a client speaks of itself', () => {
    assert.deepEqual(fromWire({ consent: 'never', may_exchange: true, introspects: ['*'] }, registrableNames), {})
    assert.ok(!('consent' in toWire(client, registrableNames)))
  })

  it('take null and an empty text for left out, and ignore what they do not know (RFC 7592, section 2.2) [B-OID-17]', () => {
    const sent = {
      logo_uri: '',
      tos_uri: null,
      'client_name#ja': 'x',
      __proto__: { client_name: 'x' },
      grant_types: [],
    }
    assert.deepEqual(fromWire(sent), { grantTypes: [] })
  })

  it('leave values of the wrong type to the check', () => {
    assert.deepEqual(fromWire({ scope: ['read'], client_name: 7 }), { scopes: ['read'], name: 7 })
  })
})
