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
import { createApp } from './app.ts'
import { openInstance } from './instance.ts'
import { readSettings } from './settings.ts'

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
