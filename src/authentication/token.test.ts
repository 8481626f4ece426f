import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AuthError } from '../core/errors.ts'
import type { Found } from '../core/authenticator.ts'
import type { AuthRequest } from '../core/request.ts'
import { token } from './token.ts'

const value = '9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b'
const rows = new Map<string, Found & { readonly active: boolean }>([
  [value, { principal: { kind: 'user', id: '1', name: 'ann' }, auth: { id: 't1' }, active: true }],
  ['b'.repeat(40), { principal: { kind: 'user', id: '2', name: 'bob' }, auth: { id: 't2' }, active: false }],
])
const reads: string[] = []
const tokens = {
  find: async (text: string): Promise<Found | null> => {
    reads.push(text)
    const row = rows.get(text)
    return row?.active === true ? row : null
  },
}
const opaque = token({ tokens })

describe('token', () => {
  it('finds whom a token is for, in any store that finds one, with one read [B-TOK-01 B-TOK-06 B-TOK-08]', async () => {
    reads.length = 0
    assert.equal(await opaque.authenticate(withHeader(`Token ${value}`, 'POST')), rows.get(value))
    assert.deepEqual(reads, [value])
  })

  it('takes the keyword in any letter case, and any blanks around the token', async () => {
    for (const header of [`token ${value}`, `TOKEN\t${value}`, `  tOkEn \t  ${value} `]) {
      assert.notEqual(await opaque.authenticate(withHeader(header)), null, header)
    }
  })

  it('refuses an unknown token and one of an inactive user alike [B-TOK-02 B-TOK-03]', async () => {
    const errors = await Promise.all(['c'.repeat(40), 'b'.repeat(40)].map((text) => refused(`Token ${text}`)))
    for (const { status, code } of errors) assert.deepEqual([status, code], [401, 'invalid_token'])
    assert.equal(errors[0]?.message, errors[1]?.message)
  })

  it('refuses tokens of odd length, other length or another prefix [B-TOK-23]', async () => {
    for (const text of [value.slice(1), `${value}0`, value.slice(0, 39), `x${value}`, 'a'.repeat(8192)]) {
      assert.equal((await refused(`Token ${text}`)).code, 'invalid_token')
    }
  })

  it('refuses the keyword without a token, and with two, saying what is wrong [B-TOK-04 B-TOK-24]', async () => {
    for (const [header, said] of [
      ['Token', /no credential/],
      ['Token ', /no credential/],
      [`Token ${value} ${value}`, /blanks/],
      [`Token ${value}, Token ${value}`, /more than once/],
    ] as const) {
      const { status, code, message } = await refused(header)
      assert.deepEqual([status, code], [401, 'bad_authorization_header'])
      assert.match(message, said)
    }
  })

  it('refuses invalid characters, and never fails over them [B-TOK-05]', async () => {
    for (const text of ['¸', '\u00fc'.repeat(40), '\u0000', 'a\u007fb', '\ud800', '\u20ac', 'a'.repeat(9000)]) {
      const { status, code } = await refused(`Token ${text}`)
      assert.deepEqual([status, code], [401, 'bad_authorization_header'])
    }
  })

  it('leaves other schemes to others', async () => {
    for (const header of [null, '', `Bearer ${value}`, `Tokens ${value}`, 'Basic YTpi', value]) {
      assert.equal(await opaque.authenticate(withHeader(header)), null, String(header))
    }
  })

  it('offers its keyword, as Django REST clients expect it, and a realm when told to', () => {
    assert.deepEqual(opaque.challenge?.(withHeader(null)), { scheme: 'Token' })
    const named = token({ tokens, keyword: 'Key', realm: 'notes' })
    assert.deepEqual(named.challenge?.(withHeader(null)), { scheme: 'Key', params: { realm: 'notes' } })
  })

  it('works with another keyword [B-TOK-07]', async () => {
    const keyed = token({ tokens, keyword: 'Key' })
    for (const header of [`Key ${value}`, `key ${value}`, `KEY ${value}`]) {
      assert.notEqual(await keyed.authenticate(withHeader(header)), null, header)
    }
    assert.equal(await keyed.authenticate(withHeader(`Token ${value}`)), null)
  })

  describe('with the keyword Bearer', () => {
    const shared = token({ tokens, keyword: 'Bearer', recognises: (text) => /^[0-9a-f]{40}$/.test(text) })

    it('takes tokens of its shape, in any letter case [B-TOK-07]', async () => {
      for (const header of [`Bearer ${value}`, `bearer ${value}`, `BEARER ${value}`]) {
        assert.notEqual(await shared.authenticate(withHeader(header)), null, header)
      }
      await assert.rejects(shared.authenticate(withHeader(`Bearer ${'c'.repeat(40)}`)), { code: 'invalid_token' })
    })

    it('leaves tokens of another shape to others', async () => {
      for (const text of ['eyJhbGciOi.e30.AAAA', value.toUpperCase(), `${value}0`]) {
        assert.equal(await shared.authenticate(withHeader(`Bearer ${text}`)), null, text)
      }
    })

    it('offers a realm (RFC 6750, section 3)', () => {
      assert.deepEqual(shared.challenge?.(withHeader(null)), { scheme: 'Bearer', params: { realm: 'api' } })
    })

    it('has to be told the shape', () => {
      for (const keyword of ['Bearer', 'bearer']) {
        assert.throws(() => token({ tokens, keyword }), { name: 'TypeError', message: /recognises/ })
      }
    })
  })

  it('throws for a keyword that is no scheme name', () => {
    for (const keyword of ['', 'My Token', 'Token,', 'T\u00f6ken', 'Token\n']) {
      assert.throws(() => token({ tokens, keyword }), { name: 'TypeError', message: /keyword/ }, keyword)
    }
  })
})

async function refused(header: string): Promise<AuthError> {
  const error: unknown = await opaque.authenticate(withHeader(header)).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof AuthError, `not refused: ${header}`)
  return error
}

function withHeader(authorization: string | null, method = 'GET'): AuthRequest {
  return { method, url: '/', headers: { get: (name) => (name === 'authorization' ? authorization : null) } }
}
