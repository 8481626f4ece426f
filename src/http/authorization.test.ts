import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AuthenticationFailed } from '../core/errors.ts'
import { credentialOf, readAuthorization } from './authorization.ts'
import type { AuthRequest } from '../core/request.ts'

describe('readAuthorization', () => {
  it('splits the scheme, in lower case, from the rest [RS04]', () => {
    assert.deepEqual(readAuthorization(withHeader('Bearer abc')), { scheme: 'bearer', value: 'abc' })
    assert.deepEqual(readAuthorization(withHeader('BASIC YTpi')), { scheme: 'basic', value: 'YTpi' })
    assert.deepEqual(readAuthorization(withHeader('Digest a="b", c="d"')), { scheme: 'digest', value: 'a="b", c="d"' })
  })

  it('takes any number of spaces and tabs around both [RS04]', () => {
    for (const header of ['Bearer   abc', 'Bearer\tabc', ' \tBearer \t abc\t ', 'bearer abc  ']) {
      assert.deepEqual(readAuthorization(withHeader(header)), { scheme: 'bearer', value: 'abc' })
    }
  })

  it('gives a scheme alone an empty value', () => {
    assert.deepEqual(readAuthorization(withHeader('Bearer')), { scheme: 'bearer', value: '' })
    assert.deepEqual(readAuthorization(withHeader('Bearer \t')), { scheme: 'bearer', value: '' })
  })

  it('is null without a header and with an empty one [B-JAU-01]', () => {
    for (const header of [null, '', '  ', '\t']) assert.equal(readAuthorization(withHeader(header)), null)
  })
})

describe('credentialOf', () => {
  it('gives the credential of its own scheme, whatever the case [RS04]', () => {
    for (const header of ['Bearer a.b-c_d~e+f/g==', 'bearer a.b-c_d~e+f/g==', 'BEARER \t a.b-c_d~e+f/g==']) {
      assert.equal(credentialOf(withHeader(header), 'Bearer'), 'a.b-c_d~e+f/g==')
      assert.equal(credentialOf(withHeader(header), 'bearer'), 'a.b-c_d~e+f/g==')
    }
    assert.equal(credentialOf(withHeader('Api-Key k1.secret'), 'api-key'), 'k1.secret')
  })

  it('stays silent on another scheme, no header and an empty one [B-BASIC-10 B-JAU-01 B-KEY-13 B-RS-10]', () => {
    const others = [null, '', ' ', 'Basic YTpi', 'BearerX abc', 'Bear abc', 'Bearer,abc', 'B', 'Basic YTpi, Bearer abc']
    for (const header of others) assert.equal(credentialOf(withHeader(header), 'bearer'), null, String(header))
    // Characters that differ by the same bit as the cases of a letter do.
    assert.equal(credentialOf(withHeader('Api\rKey abc'), 'api-key'), null)
  })

  it('refuses its own scheme without a credential [B-RS-10 B-JAU-03 B-TOK-24 RS04]', () => {
    for (const header of ['Bearer', 'Bearer ', 'bearer\t', ' BEARER']) refused(header, /no credential/)
  })

  it('refuses more than one part [B-JAU-03 B-TOK-24 RS04]', () => {
    for (const header of ['Bearer a b', 'Bearer a\tb', 'Bearer a b c d']) refused(header, /blanks inside/)
  })

  it('refuses a header that was sent twice, which arrives with a comma', () => {
    for (const header of ['Bearer a, Bearer b', 'Bearer a,b', 'Bearer ,', 'Bearer a, Basic YTpi']) {
      refused(header, /more than once/)
    }
  })

  it('refuses control characters and what is not ASCII', () => {
    for (const header of [
      'Bearer a\0b',
      'Bearer a\u007f',
      'Bearer é',
      'Bearer a\u00a0b',
      'Bearer \u2003',
      'Bearer a\r\nb',
    ]) {
      refused(header, /not allowed/)
    }
  })

  it('refuses a credential above 8 KiB and takes one of exactly that', () => {
    assert.equal(credentialOf(withHeader(`Bearer ${'a'.repeat(8192)}`), 'bearer')?.length, 8192)
    refused(`Bearer ${'a'.repeat(8193)}`, /too long/)
    refused(`Bearer ${'é'.repeat(1_000_000)}`, /too long/)
  })

  it('never repeats the credential in the message', () => {
    for (const header of ['Bearer s3cret s3cret', 'Bearer s3cret,s3cret', 'Bearer s3cré']) {
      assert.throws(
        () => credentialOf(withHeader(header), 'bearer'),
        (error: Error) => !error.message.includes('s3cr'),
      )
    }
  })
})

function refused(header: string, message: RegExp): void {
  assert.throws(
    () => credentialOf(withHeader(header), 'bearer'),
    (error: unknown) => {
      assert.ok(error instanceof AuthenticationFailed)
      assert.equal(error.status, 401)
      assert.equal(error.code, 'bad_authorization_header')
      assert.deepEqual(error.challenge, { error: 'invalid_request' })
      assert.match(error.message, message)
      return true
    },
  )
}

function withHeader(value: string | null): AuthRequest {
  return { method: 'GET', url: '/', headers: { get: (name) => (name === 'authorization' ? value : null) } }
}
