import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import type { User } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { createCsrf } from '../http/csrf.ts'
import type { SessionAuth } from './session-cookie.ts'
import { sessionCookie } from './session-cookie.ts'

const ann: User = { kind: 'user', id: '1', name: 'ann' }
const auth: SessionAuth = { id: 's1', createdAt: 1, authenticatedAt: 1, expiresAt: 9, amr: ['pwd'] }
const live = { principal: ann, auth }
const sessions = { find: async (value: string) => (value === 'live' ? live : null) }

const csrf = createCsrf({ key: randomBytes(32) })
const session = sessionCookie({ sessions, csrf })

describe('sessionCookie', () => {
  it('finds the session of the cookie [B-SESS-02]', async () => {
    assert.equal(await session.authenticate(sent({ cookie: 'theme=dark; sessionid=live' })), live)
  })

  it('makes nobody of a cookie that is absent, empty, unknown or over [B-SESS-03 B-SESS-05]', async () => {
    for (const cookie of [
      undefined,
      '',
      'sessionid',
      'sessionid=',
      'sessionid=gone',
      'xsessionid=live',
      'SessionId=live',
    ]) {
      const headers = cookie === undefined ? {} : { cookie }
      assert.equal(await session.authenticate(sent(headers)), null, cookie)
      assert.equal(await session.authenticate(sent(headers, 'POST')), null, cookie)
    }
  })

  it('takes any text for a value', async () => {
    for (const value of ['x'.repeat(16_000), '"live"', '\u00e9\u00ff', '%00', 'a=b=c', 'live,live', "' or 1=1 --"]) {
      assert.equal(await session.authenticate(sent({ cookie: `sessionid=${value}` })), null, value)
    }
  })

  it('asks for no CSRF token where the method is safe (RFC 9110, section 9.2.1) [B-SESS-08]', async () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'TRACE']) {
      assert.equal(await session.authenticate(sent({ cookie: 'sessionid=live' }, method)), live)
    }
  })

  it('asks for one with every other method [B-SESS-01 B-SESS-02 SE10]', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'QUERY', 'get', 'PROPFIND', '']) {
      const cookie = 'sessionid=live'
      await assert.rejects(session.authenticate(sent({ cookie }, method)), { status: 403, code: 'csrf_failed' }, method)
      await assert.rejects(session.authenticate(sent({ cookie, 'x-csrftoken': csrf.tokenFor('s2') }, method)), {
        code: 'csrf_failed',
      })
      assert.equal(await session.authenticate(sent({ cookie, 'x-csrftoken': csrf.tokenFor('s1') }, method)), live)
    }
  })

  it('asks for a page of ours to have sent it [SE11]', async () => {
    const headers = { cookie: 'sessionid=live', 'x-csrftoken': csrf.tokenFor('s1') }
    for (const origin of ['https://evil.example', 'null', 'http://api.example']) {
      await assert.rejects(session.authenticate(sent({ ...headers, origin }, 'POST')), { code: 'csrf_failed' }, origin)
    }
  })

  it('asks for one whatever the Authorization header holds [SE13]', async () => {
    for (const authorization of ['Bearer bad', 'Bearer', 'Basic !', 'Token a, Token b', '\u0000']) {
      const request = sent({ cookie: 'sessionid=live', authorization }, 'POST')
      await assert.rejects(session.authenticate(request), { status: 403, code: 'csrf_failed' }, authorization)
    }
  })

  it('refuses two different values, whether one of them is live or none', async () => {
    for (const cookie of [
      'sessionid=live; sessionid=gone',
      'sessionid=a; sessionid=live',
      'sessionid=live; sessionid=',
    ]) {
      await assert.rejects(session.authenticate(sent({ cookie })), { status: 400, code: 'invalid_request' }, cookie)
    }
  })

  it('takes the same value twice', async () => {
    assert.equal(await session.authenticate(sent({ cookie: 'sessionid=live; sessionid=live' })), live)
  })

  it('reads a cookie of another name when told to', async () => {
    const renamed = sessionCookie({ sessions, csrf, cookie: '__Host-id' })
    assert.equal(await renamed.authenticate(sent({ cookie: 'sessionid=live' })), null)
    assert.equal(await renamed.authenticate(sent({ cookie: '__Host-id=live' })), live)
  })

  it('has no challenge: a browser could not answer it [B-SESS-04]', () => {
    assert.deepEqual([session.name, session.challenge, session.scheme], ['session', undefined, undefined])
  })
})

const page: Readonly<Record<string, string>> = { host: 'api.example', origin: 'https://api.example' }

function sent(headers: Readonly<Record<string, string>>, method = 'GET'): AuthRequest {
  return { method, url: '/', headers: { get: (name) => ({ ...page, ...headers })[name] ?? null } }
}
