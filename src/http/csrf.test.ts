import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PermissionDenied } from '../core/errors.ts'
import type { AuthRequest } from '../core/request.ts'
import { createCsrf } from './csrf.ts'

interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly fields?: Readonly<Record<string, string>>
}

const key = Buffer.alloc(32, 7)
const csrf = createCsrf({ key })
const token = csrf.tokenFor('session-1')

describe('createCsrf', () => {
  it('makes one token for a session on every node, and another for every other session and key', () => {
    assert.match(token, /^[\w-]{43}$/)
    assert.equal(createCsrf({ key: Buffer.from(key) }).tokenFor('session-1'), token)
    assert.notEqual(csrf.tokenFor('session-2'), token)
    assert.notEqual(createCsrf({ key: Buffer.alloc(32, 8) }).tokenFor('session-1'), token)
  })

  it('makes a new anonymous token each time', () => {
    assert.match(csrf.anonymousToken(), /^[0-9A-Za-z]{22}\.[\w-]{43}$/)
    assert.notEqual(csrf.anonymousToken(), csrf.anonymousToken())
  })

  it('writes a cookie that scripts can read', () => {
    assert.equal(csrf.cookie('t'), 'csrftoken=t; Path=/; Secure; SameSite=Lax')
    assert.equal(createCsrf({ key, secure: false }).cookie('t'), 'csrftoken=t; Path=/; SameSite=Lax')
    assert.match(createCsrf({ key, cookieName: '__Host-csrftoken' }).cookie('t'), /^__Host-csrftoken=t; /)
  })

  it('refuses settings that cannot hold', () => {
    assert.throws(() => createCsrf({ key: new Uint8Array(31) }), /32 bytes/)
    assert.throws(() => createCsrf({ key, origins: ['app.example'] }), /"app\.example"/)
    assert.throws(() => createCsrf({ key, cookieName: 'a b' }), /cookie name/)
    assert.throws(() => createCsrf({ key, cookieName: '__Host-c', secure: false }), /secure/)
    assert.throws(() => createCsrf({ key, headerName: 'a b' }), /header name/)
  })
})

describe('Csrf.check', () => {
  it('lets a request pass with the token of its session in the header or the form [B-SESS-02]', async () => {
    await csrf.check(sent({ headers: { 'x-csrftoken': token } }), 'session-1')
    await csrf.check(sent({ fields: { csrfmiddlewaretoken: token } }), 'session-1')
    await csrf.check(sent({ headers: { 'x-csrftoken': '' }, fields: { csrfmiddlewaretoken: token } }), 'session-1')
  })

  it('lets safe methods pass [B-SESS-08]', async () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'TRACE']) {
      await csrf.check(sent({ method, headers: { origin: 'https://evil.example' } }), 'session-1')
    }
  })

  it('refuses a request without the token: a right origin does not replace it [B-SESS-01 SE10]', async () => {
    await refused(csrf.check(sent({}), 'session-1'), /token is missing/)
    await refused(csrf.check(sent({ fields: { csrfmiddlewaretoken: '' } }), 'session-1'), /token is missing/)
    await refused(csrf.check({ ...sent({}), field: undefined }, 'session-1'), /token is missing/)
    // A cookie travels by itself, so it proves nothing.
    await refused(csrf.check(sent({ headers: { cookie: `csrftoken=${token}` } }), 'session-1'), /token is missing/)
  })

  it('refuses a wrong token, and that of another session [SE10]', async () => {
    const wrong = [
      'x',
      `${token}x`,
      token.slice(1),
      token.toLowerCase(),
      `${token}, ${token}`,
      csrf.tokenFor('session-2'),
    ]
    for (const value of [...wrong, csrf.tokenFor(''), csrf.anonymousToken(), 'é'.repeat(43), 'x'.repeat(1_000_000)]) {
      await refused(csrf.check(sent({ headers: { 'x-csrftoken': value } }), 'session-1'), /not that of this session/)
    }
  })

  it('does not look for a right field behind a wrong header', async () => {
    const both = sent({ headers: { 'x-csrftoken': 'x' }, fields: { csrfmiddlewaretoken: token } })
    await refused(csrf.check(both, 'session-1'), /not that of this session/)
  })

  it('refuses a foreign origin: a right token does not replace it [B-SESS-17 SE11]', async () => {
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
    ]) {
      await refused(csrf.check(sent({ headers: { 'x-csrftoken': token, ...headers } }), 'session-1'), /./)
    }
  })

  it('does not read the body of a request with a foreign origin', async () => {
    let reads = 0
    const field = (): Promise<string> => Promise.resolve(String((reads += 1)))
    await refused(csrf.check({ ...sent({ headers: { origin: 'https://evil.example' } }), field }, 'session-1'), /./)
    assert.equal(reads, 0)
  })

  it('lets a listed origin pass with the token', async () => {
    const withApp = createCsrf({ key, origins: ['https://app.example'] })
    await withApp.check(sent({ headers: { origin: 'https://app.example', 'x-csrftoken': token } }), 'session-1')
    await refused(withApp.check(sent({ headers: { origin: 'https://app.example' } }), 'session-1'), /token is missing/)
  })

  it('reads header and field by the names it was given', async () => {
    const renamed = createCsrf({ key, headerName: 'X-Anti-Forgery', fieldName: '_csrf' })
    await renamed.check(sent({ headers: { 'x-anti-forgery': token } }), 'session-1')
    await renamed.check(sent({ fields: { _csrf: token } }), 'session-1')
    await refused(renamed.check(sent({ headers: { 'x-csrftoken': token } }), 'session-1'), /token is missing/)
  })
})

describe('Csrf.checkAnonymous', () => {
  const anonymous = csrf.anonymousToken()
  const cookie = `csrftoken=${anonymous}`

  it('lets a form pass whose token is in the cookie too [B-SESS-07]', async () => {
    await csrf.checkAnonymous(sent({ headers: { cookie }, fields: { csrfmiddlewaretoken: anonymous } }))
    await csrf.checkAnonymous(sent({ headers: { cookie, 'x-csrftoken': anonymous } }))
  })

  it('finds its cookie beside others of the name, as another application may have set', async () => {
    const headers = { cookie: `csrftoken=other; ${cookie}`, 'x-csrftoken': anonymous }
    await csrf.checkAnonymous(sent({ headers }))
  })

  it('lets safe methods pass [B-SESS-08]', async () => {
    await csrf.checkAnonymous(sent({ method: 'GET' }))
  })

  it('refuses a form without cookie or without token [B-SESS-07 SE10]', async () => {
    await refused(csrf.checkAnonymous(sent({ fields: { csrfmiddlewaretoken: anonymous } })), /cookie is missing/)
    await refused(csrf.checkAnonymous(sent({ headers: { cookie } })), /token is missing/)
    await refused(
      csrf.checkAnonymous(sent({ headers: { cookie: 'csrftoken=' }, fields: { csrfmiddlewaretoken: '' } })),
      /missing/,
    )
  })

  it('refuses a token that is not that of the cookie', async () => {
    const headers = { cookie, 'x-csrftoken': csrf.anonymousToken() }
    await refused(csrf.checkAnonymous(sent({ headers })), /not that of the cookie/)
  })

  it('refuses a pair that fits but was not made here', async () => {
    const changed = `${anonymous.startsWith('x') ? 'y' : 'x'}${anonymous.slice(1)}`
    const foreign = createCsrf({ key: Buffer.alloc(32, 8) }).anonymousToken()
    for (const value of [
      'x',
      '.',
      `.${anonymous}`,
      `${anonymous}.`,
      changed,
      foreign,
      csrf.tokenFor('session-1'),
      `x.${token}`,
    ]) {
      const headers = { cookie: `csrftoken=${value}`, 'x-csrftoken': value }
      await refused(csrf.checkAnonymous(sent({ headers })), /not made by this site/)
    }
  })

  it('refuses a foreign origin [SE11]', async () => {
    const headers = { cookie, 'x-csrftoken': anonymous, origin: 'https://evil.example' }
    await refused(csrf.checkAnonymous(sent({ headers })), /not this site/)
  })
})

describe('Csrf.checkOrigin', () => {
  it('checks the origin alone', () => {
    csrf.checkOrigin(sent({}))
    assert.throws(() => csrf.checkOrigin(sent({ headers: { origin: 'https://evil.example' } })), PermissionDenied)
  })
})

async function refused(attempt: Promise<void>, reason: RegExp): Promise<void> {
  await assert.rejects(attempt, (error: unknown) => {
    assert.ok(error instanceof PermissionDenied)
    assert.equal(error.code, 'csrf_failed')
    assert.match(error.message, reason)
    return true
  })
}

function sent({ method = 'POST', headers = {}, fields = {} }: Sent): AuthRequest {
  const all: Readonly<Record<string, string>> = { host: 'site.example', origin: 'https://site.example', ...headers }
  return {
    method,
    url: '/',
    headers: { get: (name) => all[name] ?? null },
    field: (name) => Promise.resolve(fields[name] ?? null),
  }
}
