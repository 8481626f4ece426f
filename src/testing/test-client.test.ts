import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createTestDoorward } from './test-doorward.ts'

describe('client', () => {
  it('sends its credential on every request until it signs out, which ends the session [B-TST-01]', async () => {
    await using door = await createTestDoorward()
    const ada = await door.users.create()
    const client = door.client(async (request) => new Response((await door.auth.identify(request))?.principal.id))
    assert.equal(await who(client.fetch('/')), '')
    await client.signIn(ada)
    const devices = await door.instance.sessions.list(ada.id)
    assert.equal(devices.length, 1)
    for (const method of ['GET', 'POST', 'GET', 'DELETE'])
      assert.equal(await who(client.fetch('/', { method })), ada.id)
    await client.signOut()
    assert.equal(await who(client.fetch('/')), '')
    assert.equal((await door.instance.sessions.list(ada.id)).length, 0)
  })

  it('is whoever it was signed in as last, by whichever credential, and nobody with null [B-TST-02]', async () => {
    await using door = await createTestDoorward()
    const [ada, bob] = [await door.users.create(), await door.users.create()]
    const robot = await door.serviceAccounts.create()
    const client = door.client(async (request) => {
      const identity = await door.auth.identify(request)
      return new Response(identity === null ? '' : `${identity.via} ${identity.principal.id}`)
    })
    await client.signIn(ada)
    assert.equal(await who(client.fetch('/')), `session ${ada.id}`)
    await client.signIn(bob, 'token')
    assert.equal((await door.instance.sessions.list(ada.id)).length, 0, 'the session before is over')
    for (let count = 0; count < 2; count += 1) assert.equal(await who(client.fetch('/')), `token ${bob.id}`)
    await client.signIn(robot)
    assert.equal(await who(client.fetch('/')), `apiKey ${robot.id}`)
    await client.signIn(bob, 'session')
    await client.signIn(null)
    assert.equal(await who(client.fetch('/')), '')
    assert.equal((await door.instance.sessions.list(bob.id)).length, 0)
  })

  it('follows redirects with method and body after 307 and 308, and with GET after the others [B-TST-04]', async () => {
    await using door = await createTestDoorward()
    const ada = await door.users.create()
    const client = door.client(async (request) => {
      const { pathname } = new URL(request.url)
      const status = Number(pathname.slice(1))
      if (status > 0) return new Response(null, { status, headers: { location: '/there' } })
      const identity = await door.auth.require(request)
      return new Response(`${request.method} ${await request.text()} ${identity.via}`)
    })
    await client.signIn(ada, 'basic')
    const send = async (method: string, status: number) =>
      who(client.fetch(`/${status}`, { method, ...(method === 'GET' ? {} : { body: 'a note' }) }))
    for (const status of [307, 308]) {
      assert.equal(await send('POST', status), 'POST a note basic')
      assert.equal(await send('PUT', status), 'PUT a note basic')
    }
    for (const status of [301, 302]) {
      assert.equal(await send('POST', status), 'GET  basic')
      assert.equal(await send('PUT', status), 'PUT a note basic')
    }
    assert.equal(await send('PUT', 303), 'GET  basic')
    assert.equal(await send('GET', 302), 'GET  basic')
  })

  it('keeps its credential to itself where a redirect leads elsewhere, and gives up on one without end', async () => {
    await using door = await createTestDoorward()
    let asked = 0
    const client = door.client(async (request) => {
      asked += 1
      const location = request.url.endsWith('/away') ? 'https://elsewhere.example/' : '/again'
      return new Response(null, { status: 302, headers: { location } })
    })
    await client.signIn(await door.users.create())
    const response = await client.fetch('/away')
    assert.deepEqual([response.status, asked], [302, 1])
    assert.equal((await client.fetch('/again')).status, 302)
    assert.ok(asked < 30)
  })

  it('calls a server at an address, and leaves a header that is given for itself alone', async () => {
    await using door = await createTestDoorward()
    const ada = await door.users.create()
    const client = door.client(
      await door.listen({
        routes: (auth) => [
          {
            path: '/me/',
            methods: {
              POST: async (request) => ({
                status: 200,
                headers: [],
                body: `${(await auth.require(request)).via} ${Buffer.from(await request.body()).toString()}`,
              }),
            },
          },
        ],
      }),
    )
    await client.signIn(ada, 'session')
    assert.equal(await who(client.fetch('/me/', { method: 'POST', body: 'hello' })), 'session hello')
    const own = { 'x-csrftoken': 'made up' }
    assert.equal((await client.fetch('/me/', { method: 'POST', headers: own })).status, 403)
  })
})

async function who(response: Promise<Response>): Promise<string> {
  return (await response).text()
}
