import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RequestRefused } from '../core/errors.ts'
import type { AuthRequest } from '../core/request.ts'
import { createHostCheck } from './hosts.ts'

describe('createHostCheck', () => {
  const check = createHostCheck(['api.example', 'other.example:8443', '[::1]:8000', '[2001:db8::1]', 'localhost:*'])

  it('lets served hosts through and gives them back', () => {
    const served = [
      'api.example',
      'API.Example',
      'api.example:443',
      'api.example:80',
      'other.example:8443',
      '[::1]:8000',
    ]
    for (const host of [
      ...served,
      '[2001:db8::1]',
      '[2001:DB8::1]:443',
      'localhost',
      'localhost:1',
      'localhost:65535',
    ]) {
      assert.equal(check(request(host)), host)
    }
  })

  it('refuses every other one [B-SESS-18]', () => {
    const others = [
      'evil.example',
      'xapi.example',
      'a.api.example',
      'api.example.',
      'api.example:8080',
      'api.example:',
      '::1',
    ]
    const ports = [
      'other.example',
      'other.example:443',
      '[::1]',
      '[::1]:8001',
      '[2001:db8::1]:81',
      'localhost:',
      'localhost:x',
    ]
    const broken = [
      '',
      ' ',
      'api.example ',
      'user@api.example',
      'api.example/x',
      'api.example\0',
      'api.example\\',
      'ａpi.example',
    ]
    for (const host of [...others, ...ports, ...broken, 'localhost:99999999', 'localhost:1:1']) refused(request(host))
  })

  it('refuses a missing and a doubled header (RFC 9112, section 3.2) [B-SESS-18]', () => {
    refused(request(null))
    refused(request('api.example, api.example'))
    refused(request('api.example, evil.example'))
  })

  it('holds a target in absolute form to the same list [B-SESS-18]', () => {
    assert.equal(check(request('api.example', 'https://api.example/a?b')), 'api.example')
    assert.equal(check(request('api.example', 'http://api.example')), 'api.example')
    assert.equal(check(request('api.example', '*')), 'api.example')
    for (const url of [
      'http://evil.example/',
      'https://evil.example?x',
      'HTTP://evil.example',
      'http://api.example@evil.example/',
    ]) {
      refused(request('api.example', url))
    }
  })

  it('says nothing about the host in the message', () => {
    assert.throws(
      () => check(request('evil.example')),
      (error: Error) => !error.message.includes('evil'),
    )
  })

  it('names a bad entry, and does not go without any', () => {
    assert.throws(() => createHostCheck([]), /at least one/)
    const bad = [
      '',
      '*',
      '.example',
      '*.example',
      'a b',
      'http://a',
      'a/',
      'a:',
      'a:0',
      'a:70000',
      'a:b',
      '::1',
      '[::1',
      '[]',
      '[1]',
      'é',
    ]
    for (const entry of [...bad, '1.2.3.999', '-a']) {
      assert.throws(
        () => createHostCheck(['api.example', entry]),
        (error: Error) => error instanceof TypeError && error.message.includes(`"${entry}"`),
        entry,
      )
    }
  })

  function refused(wrong: AuthRequest): void {
    assert.throws(
      () => check(wrong),
      (error: unknown) => error instanceof RequestRefused && error.status === 400 && error.code === 'host_not_allowed',
      `${wrong.headers.get('host')} ${wrong.url}`,
    )
  }
})

function request(host: string | null, url = '/'): AuthRequest {
  return { method: 'GET', url, headers: { get: (name) => (name === 'host' ? host : null) } }
}
