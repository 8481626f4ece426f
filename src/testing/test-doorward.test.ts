import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AuthError } from '../core/errors.ts'
import type { TestDoorward } from './test-doorward.ts'
import { createTestDoorward } from './test-doorward.ts'
import type { CredentialKind } from './test-credentials.ts'

const kinds: readonly CredentialKind[] = ['session', 'basic', 'token', 'jwt', 'apiKey']

describe('createTestDoorward', () => {
  it('makes real credentials of each kind, which the chain of the server takes', async () => {
    await using door = await createTestDoorward()
    const ada = await door.users.create({ username: 'ada', isStaff: true })
    for (const kind of kinds) {
      const { via, principal } = await door.auth.require(door.request('POST', '/', await door.as(ada, kind)))
      assert.equal(via, kind)
      assert.equal(principal.id, ada.id)
    }
    const robot = await door.serviceAccounts.create({ scopes: ['read'] })
    for (const kind of ['token', 'apiKey'] as const) {
      const { principal } = await door.auth.require(door.request('GET', '/', await door.as(robot, kind)))
      assert.deepEqual([principal.kind, principal.name], ['service_account', robot.name])
    }
    await assert.rejects(door.as(robot, 'session'), TypeError)
  })

  it('says who cannot have a credential, and refuses values as the stores do', async () => {
    await using door = await createTestDoorward()
    const ada = await door.users.create({ username: 'ada' })
    await assert.rejects(door.users.create({ username: 'ADA' }), { code: 'conflict' })
    await assert.rejects(door.users.create({ password: 'short' }), { code: 'invalid' })
    await assert.rejects(door.as(ada, 'apiKey', { scopes: ['two words'] }), { code: 'invalid' })
    await door.instance.users.disable(ada.id)
    await assert.rejects(door.as(ada, 'jwt'), /ada is not an active user any more/)
    await assert.rejects(door.as(ada, 'token'), { code: 'invalid' })
  })

  it('gives API keys the scopes that are asked for', async () => {
    await using door = await createTestDoorward()
    const ada = await door.users.create()
    const request = door.request('GET', '/', await door.as(ada, 'apiKey', { scopes: ['notes.read'] }))
    const { auth } = await door.auth.require(request)
    assert.deepEqual((auth as { scopes: readonly string[] }).scopes, ['notes.read'])
  })

  it('refuses what was tampered with, what is over, and who is disabled, as the server does', async () => {
    await using door = await createTestDoorward()
    const ada = await door.users.create()
    const all = await Promise.all(kinds.map(async (kind) => [kind, await door.as(ada, kind)] as const))
    for (const [kind, headers] of all) {
      const [name, value] = Object.entries(headers)[0] as [string, string]
      const tampered = door.request('GET', '/', { [name]: `${value.slice(0, -3)}AAA` })
      await assert.rejects(door.auth.require(tampered), { status: 401 }, kind)
    }
    await door.instance.users.disable(ada.id)
    for (const [kind, headers] of all) {
      await assert.rejects(door.auth.require(door.request('GET', '/', headers)), { status: 401 }, kind)
    }
  })

  it('checks CSRF as in production: the token comes along unless it is left out [B-TST-03]', async () => {
    for (const publicUrl of [undefined, 'https://id.example']) {
      await using door = await createTestDoorward({ settings: publicUrl === undefined ? {} : { publicUrl } })
      const ada = await door.users.create()
      await door.auth.require(door.request('POST', '/', await door.as(ada, 'session')))
      const without = await door.as(ada, 'session', { csrf: false })
      await door.auth.require(door.request('GET', '/', without))
      const refused = door.request('POST', '/', without)
      await assert.rejects(door.auth.require(refused), { code: 'csrf_failed', message: 'The CSRF token is missing.' })
    }
  })

  it('holds settings for itself alone, and none outlives it [B-TST-05]', async () => {
    await using changed = await createTestDoorward({ settings: { tokenKeyword: 'Bearer', realm: 'changed' } })
    await using usual = await createTestDoorward()
    for (const [door, keyword, realm] of [
      [changed, 'Bearer', 'changed'],
      [usual, 'Token', 'api'],
    ] as const) {
      const ada = await door.users.create()
      assert.match((await door.as(ada, 'token'))['authorization'] ?? '', new RegExp(`^${keyword} dw_pat_`))
      const { headers } = door.auth.refusal(door.request('GET', '/'), await refusalOf(door, {}))
      assert.ok(headers.some(([, value]) => value.includes(`realm="${realm}"`)))
    }
    await assert.rejects(createTestDoorward({ settings: { nothing: 1 } as never }), /nothing is not a setting/)
  })

  it('shares nothing: what one made is nothing to another', async () => {
    await using one = await createTestDoorward()
    await using other = await createTestDoorward()
    const ada = await one.users.create()
    for (const kind of kinds) {
      const error = await refusalOf(other, await one.as(ada, kind))
      // A cookie that is nobody's makes a stranger; everything else is refused as such.
      assert.equal(error.status, 401, kind)
    }
  })
})

describe('queries', () => {
  it('are none for a JWT, and exactly one read for a token, a key and a session [B-JAU-13]', async () => {
    await using door = await createTestDoorward()
    const ada = await door.users.create()
    for (const [kind, reads] of [
      ['jwt', 0],
      ['token', 1],
      ['apiKey', 1],
      ['session', 1],
    ] as const) {
      const headers = await door.as(ada, kind)
      await door.queries.reset()
      await door.auth.require(door.request('GET', '/', headers))
      assert.deepEqual([door.queries.reads, door.queries.writes], [reads, 0], kind)
    }
  })

  it('are counted once a request, however often it is asked who it is', async () => {
    await using door = await createTestDoorward()
    const request = door.request('GET', '/', await door.as(await door.users.create(), 'token'))
    await door.queries.reset()
    for (const ask of [door.auth.identify, door.auth.require, door.auth.identify]) await ask(request)
    assert.equal(door.queries.reads, 1)
  })

  it('are counted in units of writing, and in appends', async () => {
    await using door = await createTestDoorward()
    const { database } = door.instance
    await door.queries.reset()
    await database.append({ groups: { id: database.newId(), name: 'staff', permissions: '' } })
    assert.deepEqual([door.queries.reads, door.queries.writes], [0, 1])
    let committed = false
    await database.write(async (unit) => {
      database.afterCommit(unit, () => (committed = true))
      await database.audit(unit, { event: 'group.renamed', actor: 'system', subject: 'group:staff' })
      await unit.selectFrom('groups').selectAll().execute()
      await unit.updateTable('groups').set({ name: 'crew' }).execute()
    })
    assert.deepEqual([door.queries.reads, door.queries.writes], [0, 3])
    assert.ok(committed)
    const events = await database.read.selectFrom('audit_events').select('event').execute()
    assert.ok(events.some(({ event }) => event === 'group.renamed'))
    assert.equal(door.queries.reads, 1)
  })
})

describe('listen', () => {
  it("serves the server's own routes, and others behind the same chain", async () => {
    await using door = await createTestDoorward()
    const ada = await door.users.create({ username: 'ada' })
    const address = await door.listen({
      routes: (auth) => [
        {
          path: '/notes/',
          guard: async (request) => auth.require(request),
          methods: { GET: async () => ({ status: 200, headers: [], body: 'a note' }) },
        },
      ],
    })
    const signIn = { username: 'ada', password: ada.password }
    const pair = await fetch(`${address}/api/token/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(signIn),
    })
    const { access } = (await pair.json()) as { access: string }
    const notes = await fetch(`${address}/notes/`, { headers: { authorization: `Bearer ${access}` } })
    assert.equal(await notes.text(), 'a note')
    assert.equal((await fetch(`${address}/notes/`)).status, 401)
  })
})

async function refusalOf(door: TestDoorward, headers: Readonly<Record<string, string>>): Promise<AuthError> {
  try {
    await door.auth.require(door.request('GET', '/', headers))
  } catch (error) {
    return error as AuthError
  }
  throw new Error('It was let in.')
}
