import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { introspection } from '../../src/authentication/introspection.ts'
import { createAuth } from '../../src/core/auth.ts'
import { AuthError } from '../../src/core/errors.ts'
import { createSafeFetch } from '../../src/http/safe-fetch.ts'
import { hasScope } from '../../src/permissions/has-scope.ts'
import { createTestDoorward, type TestDoorward } from '../../src/testing/test-doorward.ts'
import { testRequest } from '../../src/testing/test-request.ts'

const by = { by: { actor: 'system' } }
const notes = 'https://notes.example'

describe('an API elsewhere that asks the authorization server', () => {
  async function open() {
    const doorward = await createTestDoorward()
    const origin = await doorward.listen()
    const { clients } = doorward.instance.oauth
    const grantTypes = ['client_credentials']
    const machine = await clients.create(
      { name: 'machine', grantTypes, scopes: ['read', 'write'], resources: [notes] },
      by,
    )
    const api = await clients.create({ name: 'notes', grantTypes, scopes: ['read'], introspects: [notes] }, by)
    const auth = createAuth({
      authenticators: [
        introspection({
          endpoint: `${origin}/o/introspect/`,
          clientId: api.client.id,
          clientSecret: api.secret ?? '',
          audience: notes,
          fetch: createSafeFetch({ insecureHosts: ['127.0.0.1'], allowedAddresses: ['127.0.0.1'] }),
          clock: doorward.clock.now,
        }),
      ],
    })
    const token = async (fields: Readonly<Record<string, string>>): Promise<string> => {
      const own = {
        grant_type: 'client_credentials',
        client_id: machine.client.id,
        client_secret: machine.secret ?? '',
      }
      const body = new URLSearchParams({ ...own, ...fields })
      const answer = await fetch(`${origin}/o/token/`, { method: 'POST', body })
      return ((await answer.json()) as { access_token: string }).access_token
    }
    const bearer = (text: string) => testRequest('GET', '/', { authorization: `Bearer ${text}` })
    return { doorward, origin, machine, auth, token, bearer }
  }

  async function refusal(work: Promise<unknown>): Promise<readonly [number, string]> {
    const error = await work.then(
      () => assert.fail('it was let in'),
      (reason: unknown) => reason,
    )
    assert.ok(error instanceof AuthError)
    return [error.status, error.code]
  }

  it('lets in tokens for it, with their scopes, opaque or JWT, and no others [B-RVI-13 B-RVI-14]', async () => {
    const { doorward, machine, auth, token, bearer } = await open()
    const { clients } = doorward.instance.oauth
    for (const accessTokenFormat of ['opaque', 'jwt'] as const) {
      await clients.update(machine.client.id, { accessTokenFormat }, by)
      const read = bearer(await token({ resource: notes, scope: 'read' }))
      const identity = await auth.require(read, hasScope('read'))
      assert.deepEqual(identity.principal, { kind: 'client', id: machine.client.id, name: machine.client.id })
      assert.deepEqual(identity.auth.scopes, ['read'])
      assert.deepEqual(await refusal(auth.require(read, hasScope('write'))), [403, 'insufficient_scope'])
      const elsewhere = bearer(await token({ scope: 'read' }))
      assert.deepEqual(await refusal(auth.require(elsewhere)), [401, 'invalid_token'])
    }
    await doorward.close()
  })

  it('refuses a token that was revoked, or whose client is switched off, as soon as it asks again [B-RVI-14]', async () => {
    const { doorward, origin, machine, auth, token, bearer } = await open()
    const [one, other] = [await token({ resource: notes }), await token({ resource: notes })]
    for (const text of [one, other]) assert.equal((await auth.require(bearer(text))).via, 'introspection')
    await revoke(origin, machine, one)
    await doorward.clock.advance(30_000)
    assert.deepEqual(await refusal(auth.require(bearer(one))), [401, 'invalid_token'])
    await auth.require(bearer(other))
    await doorward.instance.oauth.clients.disable(machine.client.id, by)
    await doorward.clock.advance(30_000)
    assert.deepEqual(await refusal(auth.require(bearer(other))), [401, 'invalid_token'])
    await doorward.close()
  })

  it('fails closed when the server is gone [B-RVI-14]', async () => {
    const { doorward, auth, token, bearer } = await open()
    const text = await token({ resource: notes })
    await doorward.close()
    assert.deepEqual(await refusal(auth.require(bearer(text))), [503, 'unavailable'])
  })
})

type Made = Awaited<ReturnType<TestDoorward['instance']['oauth']['clients']['create']>>

async function revoke(origin: string, { client, secret }: Made, token: string): Promise<void> {
  const body = new URLSearchParams({ token, client_id: client.id, client_secret: secret ?? '' })
  const answer = await fetch(`${origin}/o/revoke_token/`, { method: 'POST', body })
  assert.equal(answer.status, 200)
}
