import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { accessToken } from '../authentication/access-token.ts'
import { sessionCookie } from '../authentication/session-cookie.ts'
import { type Auth, createAuth } from '../core/auth.ts'
import type { Authenticator } from '../core/authenticator.ts'
import type { Permission } from '../core/permission.ts'
import type { AuthRequest } from '../core/request.ts'
import { createCsrf } from '../http/csrf.ts'
import { freshLogin } from '../permissions/fresh-login.ts'
import { hasAnyScope, hasScope, hasScopeByMethod } from '../permissions/has-scope.ts'
import { isAuthenticated } from '../permissions/is-authenticated.ts'
import { isUser } from '../permissions/is-user.ts'
import { formatId } from '../storage/id.ts'
import { grantToNew } from './granted.contract.ts'
import { openOAuthDesk, type OAuthDesk } from './oauth-desk.contract.ts'

let desk: OAuthDesk
let auth: Auth
let tokens: Readonly<Record<'read' | 'write' | 'both' | 'notes', string>>

before(async () => {
  const scopes = { read: 'Read', write: 'Write', 'notes:read': 'Read notes', 'notes:write': 'Write notes' }
  desk = await openOAuthDesk({ scopes })
  const csrf = createCsrf({ key: Buffer.alloc(32, 1) })
  const authenticators: readonly Authenticator[] = [
    accessToken({ ...desk.server.access, audience: 'https://id.example' }),
    sessionCookie({ sessions: desk.sessions, csrf, cookie: desk.sessions.cookieName }),
  ]
  auth = createAuth({ authenticators })
  tokens = {
    read: await tokenFor('read'),
    write: await tokenFor('write'),
    both: await tokenFor('read write'),
    notes: await tokenFor('notes:read'),
  }
})

after(async () => desk.close())

describe('an access token at the API (RFC 6750)', () => {
  it('is asked for with a bare challenge where none is sent: no error says what is wrong with nothing [RS01 B-RS-01]', async () => {
    const { status, challenge, code } = await ask(request(null))
    assert.deepEqual([status, code, challenge], [401, 'not_authenticated', 'Bearer realm="api"'])
  })

  it('is refused with invalid_token whatever is wrong with it, and all alike [RS02 B-RS-01]', async () => {
    const { read } = tokens
    const answers = await Promise.all(
      [`${read.slice(0, -1)}_`, 'dw_at_x', read.toLowerCase()].map(async (text) => ask(request(text))),
    )
    for (const answer of answers) {
      assert.deepEqual([answer.status, answer.code], [401, 'invalid_token'])
      assert.equal(answer.challenge, 'Bearer realm="api", error="invalid_token"')
    }
  })

  it('that lacks a scope is 403 insufficient_scope, which names the scope (section 3.1) [RS02 B-RS-02]', async () => {
    const { status, challenge, code } = await ask(request(tokens.read), hasScope('write'))
    assert.deepEqual([status, code], [403, 'insufficient_scope'])
    assert.equal(challenge, 'Bearer realm="api", error="insufficient_scope", scope="write"')
    assert.equal((await ask(request(tokens.write), hasScope('write'))).status, 200)
  })

  it('opens what needs a fresh sign-in only as long as the sign-in behind it is one (RFC 9470, section 3)', async () => {
    const seconds = Math.floor(desk.time.now / 1000)
    const rule = freshLogin({ within: 600, clock: () => desk.time.now })
    for (const accessTokenFormat of ['opaque', 'jwt'] as const) {
      for (const [age, status] of [
        [10, 200],
        [601, 401],
      ] as const) {
        const detail = { by: 'authorization_code', authTime: seconds - age } as const
        const { next } = await grantToNew(desk, { grant: { detail } }, { accessTokenFormat })
        const answer = await ask(request((await next()).access), rule)
        assert.equal(answer.status, status)
        if (status === 200) continue
        assert.equal(answer.code, 'insufficient_user_authentication')
        assert.match(answer.challenge ?? '', /error="insufficient_user_authentication", max_age="600"/)
      }
    }
    // A client that acts for itself never signed in.
    assert.equal((await ask(request(tokens.read), rule)).status, 401)
  })

  it('needs all scopes of a rule, or one where one is enough [B-RS-03]', async () => {
    assert.equal((await ask(request(tokens.both), hasScope('read', 'write'))).status, 200)
    assert.equal((await ask(request(tokens.read), hasScope('read', 'write'))).status, 403)
    assert.equal((await ask(request(tokens.read), hasAnyScope('read', 'write'))).status, 200)
    assert.equal((await ask(request(tokens.notes), hasAnyScope('read', 'write'))).status, 403)
  })

  it('reads with one scope and writes with the other, and earlier requests change nothing [B-RS-03 B-RS-04]', async () => {
    const rule = hasScopeByMethod({ read: 'read', write: 'write' })
    for (let time = 0; time < 2; time += 1) {
      for (const [method, token, status] of [
        ['GET', 'read', 200],
        ['HEAD', 'read', 200],
        ['GET', 'write', 403],
        ['POST', 'write', 200],
        ['DELETE', 'write', 200],
        ['POST', 'read', 403],
        // A method that nobody thought of writes.
        ['PURGE', 'read', 403],
      ] as const) {
        assert.equal((await ask(request(tokens[token], { method }), rule)).status, status, `${method} ${token}`)
      }
    }
  })

  it('takes scopes of a resource, such as notes:read [B-RS-05]', async () => {
    const rule = hasScopeByMethod({ read: 'notes:read', write: 'notes:write' })
    assert.equal((await ask(request(tokens.notes), rule)).status, 200)
    assert.equal((await ask(request(tokens.notes, { method: 'POST' }), rule)).status, 403)
    assert.equal((await ask(request(tokens.read), rule)).status, 403)
  })

  it('comes in beside sessions, which no scope narrows [B-RS-06]', async () => {
    const user = await desk.addUser()
    const { value } = await desk.sessions.create({ userId: formatId(user.id) })
    const bySession = request(null, { cookie: `${desk.sessions.cookieName}=${value}` })
    assert.equal((await ask(bySession, hasScope('write'))).status, 200)
    assert.equal((await ask(request(tokens.write), hasScope('write'))).status, 200)
    assert.equal((await ask(request(tokens.read), hasScope('write'))).status, 403)
  })

  it('cannot be asked for by a rule without scopes, or with one that is none [B-RS-07]', () => {
    assert.throws(() => hasScope(), TypeError)
    assert.throws(() => hasAnyScope(), TypeError)
    for (const scope of ['', 'read write', 'ré"d']) assert.throws(() => hasScope(scope), TypeError)
  })

  it('of a client that acts for itself passes isAuthenticated, and not isUser', async () => {
    assert.equal((await ask(request(tokens.read), isAuthenticated)).status, 200)
    assert.equal((await ask(request(tokens.read), isUser)).status, 403)
  })

  it('counts in the header alone: in the query it is nothing, and in both it is too much [RS03 B-RS-12]', async () => {
    const url = `/api/?access_token=${tokens.read}`
    assert.equal((await ask(request(null, { url }))).status, 401)
    assert.equal((await ask(request(tokens.read, { url }))).status, 400)
    assert.equal((await ask(request(tokens.read, { url: '/api/?%61ccess_token=x' }))).status, 400)
  })

  it('is no concern of a query that is broken [B-RS-09]', async () => {
    for (const query of ['%', '%zz', 'a=%ff', 'access_toke%', '=&&=', '\ud800']) {
      assert.equal((await ask(request(tokens.read, { url: `/api/?${query}` }))).status, 200, query)
    }
  })

  it('is read from every honest spelling of the header, and from no other, never with a fault [RS04 B-RS-10]', async () => {
    const { read } = tokens
    for (const header of [
      `bearer ${read}`,
      `BEARER ${read}`,
      `Bearer    ${read}`,
      `Bearer\t${read}`,
      ` Bearer ${read} `,
    ]) {
      assert.equal((await ask(request(null, { authorization: header }))).status, 200, header)
    }
    for (const header of [
      'Bearer',
      'Bearer ',
      `BearerX ${read}`,
      `Bearer ${read} x`,
      `Bearer ${read}, Bearer ${read}`,
      `Bearer,${read}`,
      'Bearer ä',
    ]) {
      const { status } = await ask(request(null, { authorization: header }))
      assert.ok(status === 401 || status === 400, `${header}: ${status}`)
    }
  })
})

async function tokenFor(scope: string): Promise<string> {
  const { id, secret } = await desk.addClient({ grantTypes: ['client_credentials'], scopes: scope.split(' ') })
  const fields = { grant_type: 'client_credentials', client_id: id, client_secret: secret }
  return String((await desk.post('/o/token/', fields)).json['access_token'])
}

function request(
  token: string | null,
  { method = 'GET', url = '/api/', ...more }: Readonly<Record<string, string>> = {},
): AuthRequest {
  const headers: Readonly<Record<string, string>> = {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...more,
  }
  return { method, url, headers: { get: (name) => headers[name] ?? null } }
}

async function ask(
  sent: AuthRequest,
  rule: Permission = isAuthenticated,
): Promise<{ readonly status: number; readonly code: string; readonly challenge: string }> {
  try {
    await auth.require(sent, rule)
    return { status: 200, code: '', challenge: '' }
  } catch (error) {
    const { status, headers, body } = auth.refusal(sent, error)
    const challenge = headers.filter(([name]) => name === 'www-authenticate').map(([, value]) => value)
    return { status, code: (JSON.parse(body) as { code: string }).code, challenge: challenge.join(', ') }
  }
}
