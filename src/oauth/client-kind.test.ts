import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ClientKind, clientKindOf, clientKinds } from './client-kind.ts'

describe('the kind of a client', () => {
  it('is that which it was registered as', () => {
    for (const [kind, { isConfidential, grantTypes, applicationType }] of Object.entries(clientKinds)) {
      const metadata = applicationType === undefined ? {} : { applicationType }
      assert.equal(clientKindOf({ isConfidential, grantTypes, metadata }), kind)
    }
  })

  it('is told as near as can be of others: of an API that gets no tokens, and of legacy grants', () => {
    const cases: readonly (readonly [ClientKind, boolean, readonly string[]])[] = [
      ['machine', true, []],
      ['native', false, []],
      ['machine', true, ['password']],
      ['web', true, ['password', 'implicit']],
      ['browser', false, ['implicit']],
      ['machine', true, ['client_credentials', 'urn:ietf:params:oauth:grant-type:device_code']],
      ['device', true, ['urn:ietf:params:oauth:grant-type:device_code']],
    ]
    for (const [kind, isConfidential, grantTypes] of cases) {
      assert.equal(clientKindOf({ isConfidential, grantTypes, metadata: {} }), kind, grantTypes.join(' '))
    }
  })
})
