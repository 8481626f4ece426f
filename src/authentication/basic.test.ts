import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AuthError, Throttled } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { basic } from './basic.ts'

const passwords = new Map([
  ['ann', 'secret'],
  ['bob', 'a:b:c'],
  ['zoë', 'pässwörd€'],
  ['rené', 'café'],
  ['spaced name', ' pass '],
  ['bob-left', 'a'],
])
const off = new Set(['bob-left'])
const people = basic({
  passwords: {
    verify: async (login, password): Promise<User | null> =>
      passwords.get(login) === password && !off.has(login) ? { kind: 'user', id: login, name: login } : null,
  },
})

describe('basic', () => {
  it('finds the user of a login and password [B-BASIC-01]', async () => {
    assert.deepEqual(await people.authenticate(withText('ann:secret', 'POST')), {
      principal: { kind: 'user', id: 'ann', name: 'ann' },
      auth: null,
    })
  })

  it('takes the scheme in any letter case (RFC 7617, section 2)', async () => {
    for (const scheme of ['basic', 'BASIC', 'bAsIc']) {
      assert.equal((await people.authenticate(withHeader(`${scheme}  YW5uOnNlY3JldA==`)))?.principal.name, 'ann')
    }
  })

  it('reads the example of RFC 7617, section 2', async () => {
    const seen: string[] = []
    await verifying(seen).authenticate(withHeader('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='))
    assert.deepEqual(seen, ['Aladdin', 'open sesame'])
  })

  it('reads UTF-8, as the example of RFC 7617, section 2.1, has it [B-BASIC-07 AK08]', async () => {
    const seen: string[] = []
    await verifying(seen).authenticate(withHeader('Basic dGVzdDoxMjPCow=='))
    assert.deepEqual(seen, ['test', '123£'])
    assert.equal((await people.authenticate(withText('zoë:pässwörd€')))?.principal.name, 'zoë')
  })

  it('reads Latin-1 where it cannot be UTF-8 [B-BASIC-07]', async () => {
    const latin1 = Buffer.from('rené:café', 'latin1').toString('base64')
    assert.equal((await people.authenticate(withHeader(`Basic ${latin1}`)))?.principal.name, 'rené')
  })

  it('splits at the first colon, and keeps blanks [AK08]', async () => {
    assert.equal((await people.authenticate(withText('bob:a:b:c')))?.principal.name, 'bob')
    assert.equal((await people.authenticate(withText('spaced name: pass ')))?.principal.name, 'spaced name')
  })

  it('stays silent on another scheme and without the header [B-BASIC-10]', async () => {
    for (const header of [null, '', 'Bearer YW5uOnNlY3JldA==', 'Basically YW5uOnNlY3JldA==']) {
      assert.equal(await people.authenticate(withHeader(header)), null, String(header))
    }
  })

  it('refuses the scheme without a value and with two [B-BASIC-03 B-BASIC-04 RS04]', async () => {
    for (const header of [
      'Basic',
      'Basic ',
      'Basic YW5u OnNlY3JldA==',
      'Basic YW5uOnNlY3JldA==, Basic YW5uOnNlY3JldA==',
    ]) {
      await refused(withHeader(header), 'bad_authorization_header')
    }
  })

  it('refuses what is not base64 with its padding (RFC 4648, section 3.2) [B-BASIC-05 AK08]', async () => {
    const values = [
      'YW5uOnNlY3JldA',
      'YW5uOnNlY3JldA=',
      'YW5uOnNlY3JldA===',
      'YW5uOnNlY3JldB==',
      '=',
      '%',
      'ann:secret',
      'w6k_w6k-',
    ]
    for (const value of values) await refused(withHeader(`Basic ${value}`), 'bad_authorization_header')
  })

  it('refuses text without a colon [B-BASIC-06]', async () => {
    for (const text of ['ann', 'annsecret', ' ']) await refused(withText(text), 'bad_authorization_header')
  })

  it('refuses control characters (RFC 7617, section 2)', async () => {
    for (const text of ['ann\u0000:secret', 'ann:secret\n', 'ann:sec\tret', '\u007fann:secret']) {
      await refused(withText(text), 'bad_authorization_header')
    }
  })

  it('refuses an empty login or password without asking for it [B-BASIC-06 AK08]', async () => {
    const seen: string[] = []
    for (const text of [':secret', 'ann:', ':']) {
      await assert.rejects(verifying(seen).authenticate(withText(text)), { code: 'authentication_failed' })
    }
    assert.deepEqual(seen, [])
  })

  it('refuses an unknown login, a wrong password and an inactive user alike [B-BASIC-08 B-BASIC-09]', async () => {
    const errors = await Promise.all(
      ['nobody:secret', 'ann:wrong', 'bob-left:a'].map((text) => refused(withText(text), 'authentication_failed')),
    )
    assert.equal(new Set(errors.map(({ message, challenge }) => JSON.stringify([message, challenge]))).size, 1)
    assert.doesNotMatch(errors.map(({ message }) => message).join(' '), /ann|secret|wrong/)
  })

  it('lets what stops guessing answer first [B-BASIC-11]', async () => {
    const throttled = basic({
      passwords: { verify: async () => Promise.reject(new Throttled(9, 'too_many_attempts')) },
    })
    await assert.rejects(throttled.authenticate(withText('ann:secret')), { status: 429, code: 'too_many_attempts' })
  })

  it('offers Basic with a realm and the charset (RFC 7617, section 2.1) [B-BASIC-02 AK08]', () => {
    assert.deepEqual(people.challenge?.(withHeader(null)), {
      scheme: 'Basic',
      params: { realm: 'api', charset: 'UTF-8' },
    })
  })

  it('offers nothing to what a page loads, so that no password box shows', () => {
    for (const mode of ['cors', 'no-cors', 'same-origin', 'websocket', '']) {
      assert.equal(
        people.challenge?.(withHeader(null, { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': mode })),
        null,
        mode,
      )
    }
    assert.notEqual(
      people.challenge?.(withHeader(null, { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' })),
      null,
    )
    assert.notEqual(people.challenge?.(withHeader(null, { 'sec-fetch-mode': 'cors' })), null, 'fetch of Node')
  })

  it('offers nothing to anyone where the challenge is switched off', () => {
    const silent = basic({ passwords: { verify: async () => null }, challenge: false })
    assert.equal(silent.challenge?.(withHeader(null)), null)
  })
})

function verifying(seen: string[]): ReturnType<typeof basic> {
  return basic({
    passwords: {
      verify: async (login, password) => {
        seen.push(login, password)
        return { kind: 'user', id: '1', name: login }
      },
    },
  })
}

async function refused(request: AuthRequest, code: string): Promise<AuthError> {
  const error: unknown = await people.authenticate(request).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof AuthError, `not refused: ${request.headers.get('authorization')}`)
  assert.deepEqual([error.status, error.code], [401, code])
  return error
}

function withText(text: string, method = 'GET'): AuthRequest {
  return { ...withHeader(`Basic ${Buffer.from(text).toString('base64')}`), method }
}

function withHeader(authorization: string | null, others: Readonly<Record<string, string>> = {}): AuthRequest {
  const get = (name: string) => (name === 'authorization' ? authorization : (others[name] ?? null))
  return { method: 'GET', url: '/', headers: { get } }
}
