import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Identity } from '../core/identity.ts'
import { headerValue, identityHeaderNames, identityHeaders, type HeaderPreset } from './identity-headers.ts'

const ada: Identity = {
  via: 'session',
  principal: { kind: 'user', id: '1a', name: 'ada', email: 'ada@example.com' },
  auth: { amr: ['pwd'] },
}
const presets: readonly HeaderPreset[] = ['remote', 'authentik', 'oauth2-proxy', 'rauthy', 'none']

describe('identityHeaders', () => {
  it('writes Remote-User and its kin', () => {
    assert.deepEqual(Object.fromEntries(identityHeaders('remote', ada, ['editors', 'staff, all'])), {
      'remote-user': 'ada',
      'remote-groups': 'editors,staff%2C all',
      'remote-name': 'ada',
      'remote-email': 'ada@example.com',
    })
  })

  it('writes the names of authentik, with the groups as it parts them', () => {
    const headers = Object.fromEntries(identityHeaders('authentik', ada, ['a', 'b|c']))
    assert.equal(headers['x-authentik-username'], 'ada')
    assert.equal(headers['x-authentik-uid'], '1a')
    assert.equal(headers['x-authentik-groups'], 'a|b%7Cc')
    assert.equal(headers['x-authentik-jwt'], '')
  })

  it('writes the names of oauth2-proxy', () => {
    assert.deepEqual(Object.fromEntries(identityHeaders('oauth2-proxy', ada)), {
      'x-forwarded-user': '1a',
      'x-forwarded-email': 'ada@example.com',
      'x-forwarded-preferred-username': 'ada',
      'x-forwarded-groups': '',
    })
  })

  it('writes the names of Rauthy, and whether there were several factors', () => {
    const mfa = (amr: unknown): string | undefined =>
      Object.fromEntries(identityHeaders('rauthy', { ...ada, auth: { amr } }))['x-forwarded-user-mfa']
    assert.deepEqual(
      [mfa(['pwd']), mfa(['pwd', 'otp']), mfa(['mfa']), mfa('pwd'), mfa(null)],
      ['false', 'true', 'true', 'false', 'false'],
    )
  })

  for (const preset of presets) {
    it(`has every header of ${preset} always, for strangers and programs empty`, () => {
      const client: Identity = { via: 'oauth2', principal: { kind: 'client', id: 'ada', name: 'ada' }, auth: {} }
      const job: Identity = {
        via: 'apiKey',
        principal: { kind: 'service_account', id: '2b', name: 'ada', ownerId: null, scopes: [] },
        auth: {},
      }
      const bare: Identity = { via: 'session', principal: { kind: 'user', id: '1a', name: 'x' }, auth: null }
      for (const identity of [null, client, job, bare]) {
        assert.deepEqual(
          identityHeaders(preset, identity).map(([name]) => name),
          identityHeaderNames(preset),
        )
      }
      for (const identity of [null, client, job]) {
        assert.deepEqual([...new Set(identityHeaders(preset, identity).map(([, value]) => value))].join(), '')
      }
    })
  }
})

describe('headerValue', () => {
  it('leaves plain names as they are', () => {
    for (const name of ['ada', 'ada@example.com', "O'Brien (ops)", 'a b', '"quoted"'])
      assert.equal(headerValue(name), name)
  })

  it('writes everything else so that it cannot break out, and can be read back', () => {
    const names = [
      'zoë',
      '日本',
      'a\r\nX-Evil: 1',
      'a\0b',
      '100%',
      'a%20b',
      'a,b',
      'a|b',
      ' a ',
      '  ',
      '\t',
      '\u2028',
      '👩‍🔬',
      '\u0080',
    ]
    for (const name of names) {
      const value = headerValue(name)
      assert.match(value, /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/)
      assert.doesNotMatch(value, /[,|]/)
      assert.equal(decodeURIComponent(value), name)
    }
    assert.equal(headerValue('zoë'), 'zo%C3%AB')
  })

  it('writes half a character as the replacement character', () => {
    assert.equal(headerValue('a\ud800'), 'a%EF%BF%BD')
  })
})
