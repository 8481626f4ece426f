import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OAuthError } from '../oauth-error.ts'
import { essentialAcr, requestedClaims, wantedSubject } from './claims.ts'

describe('requestedClaims', () => {
  it('reads what is asked for, and where it is to be told [ID10]', () => {
    // OpenID Connect Core 1.0, section 5.5: the example.
    const claims = requestedClaims(
      JSON.stringify({
        userinfo: {
          given_name: { essential: true },
          nickname: null,
          email: { essential: true },
          'http://example.info/claims/groups': null,
        },
        id_token: { auth_time: { essential: true }, acr: { values: ['urn:mace:incommon:iap:silver'] } },
      }),
    )
    assert.deepEqual(Object.keys(claims?.userinfo ?? {}).length, 4)
    assert.deepEqual(claims?.userinfo?.['given_name'], { essential: true })
    assert.equal(claims?.userinfo?.['nickname'], null)
    assert.deepEqual(claims?.id_token?.['acr'], { values: ['urn:mace:incommon:iap:silver'] })
    assert.equal(requestedClaims(null), undefined)
    assert.deepEqual(requestedClaims('{}'), {})
  })

  it('ignores members that it does not know', () => {
    // Section 5.5: "Other members MAY be present. Any members used that are not understood MUST be ignored."
    assert.deepEqual(requestedClaims('{"other":7,"userinfo":{"email":{"essential":true,"purpose":"x"}}}'), {
      userinfo: { email: { essential: true } },
    })
  })

  it('refuses what is malformed with invalid_request [ID10]', () => {
    for (const text of [
      'no json',
      '[]',
      'null',
      '7',
      '""',
      '{"userinfo":[]}',
      '{"userinfo":"email"}',
      '{"id_token":{"email":true}}',
      '{"id_token":{"email":[]}}',
      '{"id_token":{"email":{"essential":"yes"}}}',
      '{"id_token":{"email":{"values":"x"}}}',
      '{"userinfo":{},"userinfo":{}}',
      '{"__proto__":{}}',
      '{"userinfo":'.repeat(100) + '1' + '}'.repeat(100),
      '\ud800',
    ]) {
      assert.throws(
        () => requestedClaims(text),
        (error) => error instanceof OAuthError && error.code === 'invalid_request',
        text,
      )
    }
  })
})

describe('what an authorization has to meet', () => {
  it('is a certain user where sub is asked for with a value', () => {
    assert.equal(wantedSubject(requestedClaims('{"id_token":{"sub":{"value":"248289761001"}}}')), '248289761001')
    assert.equal(wantedSubject(requestedClaims('{"id_token":{"sub":null}}')), null)
    assert.equal(wantedSubject(undefined), null)
  })

  it('is a class of sign-in where acr is essential [ID10]', () => {
    const acr = (request: object): readonly string[] | null =>
      essentialAcr(requestedClaims(JSON.stringify({ id_token: { acr: request } })))
    assert.deepEqual(acr({ essential: true, values: ['phr', 'urn:doorward:acr:mfa'] }), ['phr', 'urn:doorward:acr:mfa'])
    assert.deepEqual(acr({ essential: true, value: 'phr' }), ['phr'])
    assert.equal(acr({ values: ['phr'] }), null)
    assert.equal(acr({ essential: true }), null)
    assert.equal(essentialAcr(undefined), null)
  })
})
