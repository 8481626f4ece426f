import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatChallenge } from './challenge.ts'

describe('formatChallenge', () => {
  it('writes the scheme alone, or with its parameters', () => {
    assert.equal(formatChallenge({ scheme: 'Token' }), 'Token')
    assert.equal(
      formatChallenge({ scheme: 'Basic', params: { realm: 'api', charset: 'UTF-8' } }),
      'Basic realm="api", charset="UTF-8"',
    )
  })

  it('quotes a realm safely: no quote, backslash or line end gets out of it (RFC 9110, section 5.6.4) [AK08]', () => {
    const written = formatChallenge({ scheme: 'Basic', params: { realm: 'a"b\\c\r\nSet-Cookie: x\u00e9' } })
    assert.equal(written, String.raw`Basic realm="a\"b\\c  Set-Cookie: x "`)
  })
})
