import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import express from 'express'
import { expressAuth } from '../adapters/express.ts'
import { mount } from '../adapters/node-mount.ts'
import { type Answer, type Exchange, jsonAnswer } from '../http/exchange.ts'
import { type App, createApp } from './app.ts'
import { type Instance, openInstance } from './instance.ts'
import { readSettings } from './settings.ts'

describe('the guarded routes of a server', () => {
  it('answer what browsers ask first without a token, and nothing else [B-RS-08]', async () => {
    await withApp(async ({ respond, routes }) => {
      const guarded = routes.filter(({ guard, methods }) => guard !== undefined && !('OPTIONS' in methods))
      assert.ok(guarded.length > 0)
      for (const { path } of guarded) {
        const preflight = { origin: 'https://app.example', 'access-control-request-method': 'GET' }
        const asked = await respond(ask(path, { method: 'OPTIONS', headers: preflight }))
        assert.deepEqual([asked.status, [...asked.headers.keys()]], [204, []], path)
        const { origin } = preflight
        for (const init of [{ method: 'OPTIONS' }, { method: 'OPTIONS', headers: { origin } }, { headers: preflight }])
          assert.ok([401, 404].includes((await respond(ask(path, init))).status), path)
      }
    })
  })

  it('answer nothing that a cache may give to somebody else [B-RS-11]', async () => {
    // What never is stored needs no Vary (RFC 9111, section 3): "no-store" does not depend on how a cache tells callers apart.
    await withApp(async ({ respond, routes }, instance) => {
      const ada = await instance.users.create({ username: 'ada', password: null, isStaff: true, isSuperuser: true })
      const owner = { kind: 'user', id: ada.id } as const
      const { key } = await instance.apiKeys.create({ owner, name: 'all', scopes: [] })
      for (const { path, methods } of routes.filter(({ guard }) => guard !== undefined)) {
        if (!('GET' in methods)) continue
        for (const headers of [{}, { 'x-api-key': key }, { authorization: 'Bearer x' }]) {
          const answer = await respond(ask(path, { headers }))
          assert.equal(answer.headers.get('cache-control'), 'no-store', `${path} ${answer.status}`)
        }
      }
    })
  })
})

const ask = (path: string, init: RequestInit): Request => new Request(`http://127.0.0.1:8000${path}`, init)

async function withApp(use: (app: App, instance: Instance) => Promise<void>): Promise<void> {
  const instance = await openInstance(readSettings({ databaseUrl: 'sqlite::memory:', secret, logLevel: 'silent' }))
  const own = async (request: Exchange): Promise<Answer> => jsonAnswer({ path: request.url })
  const app = createApp(instance, {
    routes: (auth) => [{ path: '/own/', guard: async (request) => auth.require(request), methods: { GET: own } }],
  })
  await use(app, instance)
  await instance.close()
}

const secret = 'a secret of at least thirty-two characters'

describe('createApp, in an application of one’s own', () => {
  it('answers at its own paths, with tokens that the application takes, and leaves the others alone', async () => {
    const data = mkdtempSync(join(tmpdir(), 'doorward-app-'))
    const instance = await openInstance(readSettings({ data, logLevel: 'silent' }))
    const { client, secret } = await instance.oauth.clients.create(
      { name: 'a job', grantTypes: ['client_credentials'], scopes: ['read'] },
      { by: { actor: 'system' } },
    )
    const { id } = client
    const doorward = createApp(instance)
    const { protect, identity } = expressAuth(doorward.auth)
    const app = express()
    app.use(mount(doorward))
    app.use(express.urlencoded())
    app.get('/me', protect(), (request, response) => void response.json(identity(request).principal))
    const server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret ?? '' })
    const answer = await fetch(`${url}/o/token/?x=1`, { method: 'POST', body })
    assert.equal(answer.status, 200)
    const { access_token: token } = (await answer.json()) as { access_token: string }
    const me = await fetch(`${url}/me`, { headers: { authorization: `Bearer ${token}` } })
    assert.deepEqual(await me.json(), { kind: 'client', id, name: 'a job' })
    assert.equal((await fetch(`${url}/accounts/login`)).status, 200, 'the last slash may be left out')
    assert.match(await (await fetch(`${url}/elsewhere`)).text(), /Cannot GET/, 'a path of nobody is the application’s')

    server.close()
    server.closeAllConnections()
    await instance.close()
    rmSync(data, { recursive: true })
  })
})
