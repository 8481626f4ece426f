import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseId } from '../../src/storage/id.ts'
import { createTestDoorward, type TestDoorward } from '../../src/testing/test-doorward.ts'
import type { TestUser } from '../../src/testing/test-credentials.ts'

const by = { by: { actor: 'system' } }
const path = '/api/applications/'

describe('the applications of a user', () => {
  async function open() {
    const doorward = await createTestDoorward()
    const origin = await doorward.listen()
    const call = async (method: string, where: string, headers: Readonly<Record<string, string>> = {}) => {
      const answer = await fetch(`${origin}${where}`, { method, headers })
      const text = await answer.text()
      return { status: answer.status, json: text === '' ? null : (JSON.parse(text) as unknown) }
    }
    const client = async (name: string) => {
      const grantTypes = ['authorization_code', 'refresh_token']
      const values = { name, grantTypes, redirectUris: ['https://app.example/cb'], scopes: ['read', 'write'] }
      return doorward.instance.oauth.clients.create(values, by)
    }
    return { doorward, origin, call, client }
  }

  /** What the pages store when a user allows a client something. */
  async function allow(doorward: TestDoorward, user: TestUser, clientId: string, scopes: readonly string[]) {
    const { oauth, database, clock } = doorward.instance
    const client = await oauth.findClient(clientId)
    const userId = parseId(user.id)
    assert.ok(client !== null && userId !== null)
    const row = oauth.grants.make({
      clientKey: client.key,
      userId,
      signInId: null,
      scopes,
      resources: [],
      isOffline: true,
      expiresAt: clock() + 86_400_000,
      detail: { by: 'authorization_code' },
    })
    const grant = { id: row.id, expiresAt: row.expires_at }
    const { text, row: token } = oauth.refreshTokens.first({ grant, client, confirmation: null, now: clock() })
    await database.append({ grants: row, grant_tokens: token })
    await database.write(async (unit) =>
      oauth.consents.remember(unit, { userId: user.id, clientKey: client.key, scopes, resources: [] }),
    )
    return text
  }

  it('are listed for themselves alone, and go with all their tokens when they are taken back [B-RVI-17]', async () => {
    const { doorward, origin, call, client } = await open()
    const [ada, bob] = [await doorward.users.create(), await doorward.users.create()]
    const [notes, other] = [await client('Notes'), await client('Another')]
    const tokens = [
      await allow(doorward, ada, notes.client.id, ['read']),
      await allow(doorward, ada, notes.client.id, ['write']),
    ]
    await allow(doorward, ada, other.client.id, ['read'])
    await allow(doorward, bob, other.client.id, ['read'])
    const headers = await doorward.as(ada, 'session')

    const { status, json } = await call('GET', path, headers)
    assert.equal(status, 200)
    const listed = json as Readonly<Record<string, unknown>>[]
    const since = new Date(doorward.clock.now()).toISOString()
    const publisher = { kind: 'operator', name: null, slug: null }
    const common = { publisher, is_reviewed: true, resources: [], since, last_used_at: since, is_offline: true }
    const more = { ...common, organisations: null }
    assert.deepEqual(
      listed.map((one) => ({ ...one, since, last_used_at: since })),
      [
        { client_id: other.client.id, name: 'Another', scopes: ['read'], grants: 1, ...more },
        { client_id: notes.client.id, name: 'Notes', scopes: ['read', 'write'], grants: 2, ...more },
      ],
    )

    assert.equal((await call('DELETE', `${path}${notes.client.id}/`, headers)).status, 204)
    const left = (await call('GET', path, headers)).json as readonly unknown[]
    assert.equal(left.length, 1)
    for (const token of tokens) {
      const own = { client_id: notes.client.id, client_secret: notes.secret ?? '' }
      const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token, ...own })
      const answer = await fetch(`${origin}/o/token/`, { method: 'POST', body })
      assert.equal(answer.status, 400)
    }
    const allowed = { userId: ada.id, clientKey: parseId(notes.client.id) ?? 0n, scopes: ['read'], resources: [] }
    assert.equal(await doorward.instance.oauth.consents.covers(allowed), false)
    await doorward.close()
  })

  it('of another user cannot be taken back, nor can what is not there: both are 404 [B-RVI-17]', async () => {
    const { doorward, call, client } = await open()
    const [ada, bob] = [await doorward.users.create(), await doorward.users.create()]
    const { client: notes } = await client('Notes')
    await allow(doorward, bob, notes.id, ['read'])
    const headers = await doorward.as(ada, 'session')
    const ids = [notes.id, 'x', 'https%3A%2F%2Fapp.example%2Fc.json', '%ff', '%', `${notes.id}/x`, 'x'.repeat(3000)]
    const bodies = new Set<string>()
    for (const id of ids) {
      const { status, json } = await call('DELETE', `${path}${id}/`, headers)
      assert.equal(status, 404)
      bodies.add(JSON.stringify(json))
    }
    assert.equal(bodies.size, 1)
    assert.equal((await call('DELETE', path, headers)).status, 405)
    assert.equal((await call('GET', `${path}${notes.id}/`, headers)).status, 404)
    assert.equal((await doorward.instance.oauth.allowedClients.list(bob.id)).length, 1)
    await doorward.close()
  })

  it('are shown to no stranger, no application, no key, and no form of another site', async () => {
    const { doorward, call, client } = await open()
    const ada = await doorward.users.create()
    const { client: notes } = await client('Notes')
    await allow(doorward, ada, notes.id, ['read'])
    assert.equal((await call('GET', path)).status, 401)
    assert.equal((await call('GET', path, await doorward.as(ada, 'apiKey'))).status, 403)
    const { 'x-csrftoken': _, ...cookieAlone } = lowered(await doorward.as(ada, 'session'))
    assert.equal((await call('DELETE', `${path}${notes.id}/`, cookieAlone)).status, 403)
    const { oauth, clock, database } = doorward.instance
    const access = oauth.accessTokens.make({
      clientKey: parseId(notes.id) ?? 0n,
      userId: parseId(ada.id),
      grantId: null,
      scopes: ['read'],
      audience: [],
      confirmation: null,
      actor: null,
      now: clock(),
      expiresAt: clock() + 1000,
    })
    await database.append({ access_tokens: access.row })
    const headers = { authorization: `Bearer ${access.text}` }
    for (const method of ['GET', 'DELETE']) {
      assert.equal((await call(method, `${path}${notes.id}/`, headers)).status, 403)
    }
    assert.equal((await oauth.allowedClients.list(ada.id)).length, 1)
    await doorward.close()
  })
})

function lowered(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
