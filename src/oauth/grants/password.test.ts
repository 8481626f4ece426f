import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createPasswordHasher } from '../../crypto/password-hash.ts'
import { createPasswords } from '../../accounts/passwords.ts'
import { Throttled } from '../../core/errors.ts'
import { openSqlite } from '../../storage/sqlite.ts'
import { type Answered, openOAuthDesk, type OAuthDesk } from '../oauth-desk.contract.ts'
import type { OAuthServerOptions } from '../server.ts'

const scopes = ['openid', 'read', 'write']
const refused = { error: 'invalid_grant', error_description: 'The username and the password are not right.' }
const right = 'correct horse battery'

interface Place {
  readonly desk: OAuthDesk
  readonly ask: (fields?: Readonly<Record<string, string>>, grantTypes?: readonly string[]) => Promise<Answered>
  readonly close: () => Promise<void>
}

describe('the password grant', () => {
  async function open(
    options: Partial<OAuthServerOptions> = {},
    guesses = 10,
    whenVerified: (desk: Pick<OAuthDesk, 'database' | 'time'>) => Promise<void> = async () => undefined,
  ): Promise<Place> {
    const time = { now: Date.UTC(2026, 5, 1) }
    const clock = (): number => time.now
    const database = await openSqlite({ path: ':memory:', clock })
    await database.migrate()
    const hasher = createPasswordHasher()
    let failures = 0
    const attempt = async () => {
      if (failures >= guesses) throw new Throttled(60, 'too_many_attempts')
      failures += 1
      return { succeeded: async () => void (failures -= 1), withdrawn: async () => void (failures -= 1) }
    }
    const passwords = createPasswords({ database, hasher, guard: { attempt }, clock })
    const verify: typeof passwords.verify = async (...shown) => {
      const user = await passwords.verify(...shown)
      await whenVerified({ database, time })
      return user
    }
    const desk = await openOAuthDesk({ passwords: { verify }, legacy: ['password'], ...options }, { database, time })
    await desk.addUser({ username: 'Ada', username_key: 'ada', password_hash: await hasher.hash(right) })
    return {
      desk,
      ask: async (fields = {}, grantTypes = ['password', 'refresh_token']) => {
        const { id, secret } = await desk.addClient({ grantTypes, scopes })
        const own = { client_id: id, client_secret: secret, grant_type: 'password' }
        return desk.post('/o/token/', { ...own, username: 'ada', password: right, ...fields })
      },
      close: async () => {
        await desk.close()
        await Promise.all([passwords.close(), hasher.close()])
        await database.close()
      },
    }
  }

  it('is not offered unless the server says so, whatever a client is registered for [B-TKE-17 TK18]', async () => {
    for (const options of [{ legacy: [] }, { legacy: ['implicit', 'hybrid'] as const }]) {
      const { ask, close } = await open(options)
      const { status, json } = await ask()
      assert.deepEqual([status, json['error']], [400, 'unsupported_grant_type'])
      await close()
    }
  })

  it('is not for clients that are not registered for it [TK18]', async () => {
    const { ask, close } = await open()
    const { status, json } = await ask({}, ['authorization_code', 'refresh_token'])
    assert.deepEqual([status, json['error']], [400, 'unauthorized_client'])
    await close()
  })

  it('gives tokens for a password that is right [B-TKE-17]', async () => {
    const { desk, ask, close } = await open()
    const { status, json, header } = await ask({ scope: 'read' })
    assert.equal(status, 200)
    assert.equal(header('cache-control'), 'no-store')
    const { access_token: access, refresh_token: refresh, ...rest } = json
    assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 3600, scope: 'read' })
    const identity = await desk.identify({ authorization: `Bearer ${String(access)}` })
    assert.equal(identity?.principal.kind, 'user')
    assert.equal(identity?.principal.name, 'Ada')
    const found = await desk.server.refreshTokens.find(String(refresh))
    assert.equal(found?.grant.detail.by, 'password')
    const events = await desk.database.read.selectFrom('audit_events').select('event').orderBy('position').execute()
    assert.deepEqual(events.map(({ event }) => event).slice(-2), ['grant.created', 'access_token.issued'])
    await close()
  })

  it('gives no refresh token to a client that may not refresh, nor with openid but without offline_access', async () => {
    const { ask, close } = await open()
    assert.equal('refresh_token' in (await ask({ scope: 'read' }, ['password'])).json, false)
    const { json } = await ask({ scope: 'openid read' })
    assert.equal('refresh_token' in json, false)
    assert.match(String(json['id_token']), /^eyJ/)
    await close()
  })

  it('answers alike for a wrong password, nobody, and one who is disabled [B-TKE-17]', async () => {
    const { desk, ask, close } = await open()
    for (const fields of [{ password: 'wrong' }, { username: 'nobody' }, { username: '\u0130\u0301' }]) {
      const answer = await ask(fields)
      assert.deepEqual([answer.status, answer.json], [400, refused])
    }
    await desk.database.write(async (unit) => {
      await unit.updateTable('users').set({ is_active: 0 }).execute()
    })
    const answer = await ask()
    assert.deepEqual([answer.status, answer.json], [400, refused])
    await close()
  })

  it('is never enough for a user who needs a second factor [B-TKE-17]', async () => {
    const asked: string[] = []
    const { ask, close } = await open({
      needsSecondFactor: async ({ name }) => {
        asked.push(name)
        return true
      },
    })
    const answer = await ask()
    assert.deepEqual([answer.status, answer.json], [400, refused])
    assert.deepEqual(asked, ['Ada'])
    await close()
  })

  it('stops guessing as every other way in does', async () => {
    const { ask, close } = await open({}, 3)
    for (let guess = 0; guess < 3; guess += 1) await ask({ password: `wrong${guess}` })
    const answer = await ask()
    assert.equal(answer.status, 429)
    assert.equal(answer.json['error'], 'slow_down')
    assert.equal(answer.header('retry-after'), '60')
    await close()
  })

  it('gives nothing that outlives a sign-out everywhere while the password was looked at', async () => {
    const { desk, ask, close } = await open({}, 10, async ({ database, time }) => {
      time.now += 10
      await database.write(async (unit) => {
        await unit
          .updateTable('users')
          .set({ signed_out_at: time.now - 5 })
          .execute()
      })
    })
    const { json } = await ask({ scope: 'read' })
    const found = await desk.server.refreshTokens.find(String(json['refresh_token']))
    assert.equal(found?.isLive, false)
    assert.equal(await desk.server.accessTokens.find(String(json['access_token'])), null)
    await close()
  })

  it('refuses what is missing or too long, and scopes and resources that the client may not have', async () => {
    const { ask, close } = await open()
    for (const [fields, error] of [
      [{ username: '' }, 'invalid_request'],
      [{ password: '' }, 'invalid_request'],
      [{ password: 'x'.repeat(5000) }, 'invalid_request'],
      [{ username: 'x'.repeat(50_000) }, 'invalid_grant'],
      [{ scope: 'admin' }, 'invalid_scope'],
      [{ resource: 'https://elsewhere.example/' }, 'invalid_target'],
    ] as const) {
      const answer = await ask(fields)
      assert.deepEqual([answer.status, answer.json['error']], [400, error])
    }
    await close()
  })
})
