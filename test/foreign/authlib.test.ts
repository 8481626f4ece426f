import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { allow } from './allow.ts'
import { type AuthorizationServer, startAuthorizationServer } from './authorization-server.ts'
import { runPython, runPythonText } from './python-script.ts'
import { snippet } from './snippet.ts'

const callback = 'http://127.0.0.1:9999/cb'

const library = { packages: 'python3-authlib python3-requests', module: '/usr/lib/python3/dist-packages/authlib' }

let server: AuthorizationServer

before(async () => {
  server = await startAuthorizationServer()
})

after(async () => server.stop())

describe('Authlib', () => {
  it('gets tokens for itself and for a person, checks the ID token, refreshes, introspects and revokes', async () => {
    const machine = await server.addClient({ grantTypes: ['client_credentials'], scopes: ['read'] })
    const web = await server.addClient({
      grantTypes: ['authorization_code', 'refresh_token'],
      scopes: ['openid', 'email', 'offline_access', 'read'],
      redirectUris: [callback],
      introspects: ['*'],
    })
    const said = (await runPython({
      file: 'authlib_client.py',
      library,
      given: {
        issuer: server.url,
        machine: machine.id,
        machine_secret: machine.secret,
        web: web.id,
        web_secret: web.secret,
        redirect_uri: callback,
      },
      visit: async (url) => (await allow(server, server.browser(), url)).url.href,
    })) as Record<string, Record<string, unknown>>
    for (const method of ['client_secret_basic', 'client_secret_post']) assert.equal(said[method]?.['scope'], 'read')
    assert.equal(said['user']?.['sub'], said['claims']?.['sub'])
    assert.equal(said['user']?.['email'], 'ada@example.com')
    assert.equal(said['before']?.['active'], true)
    assert.equal(said['before']['client_id'], web.id)
    assert.ok(said['refreshed']?.['refresh_token'])
    assert.equal(said['revoked'], 200)
    assert.deepEqual(said['after'], { active: false })
  })

  it('acts for itself with the snippet of its page', async () => {
    const { id, secret } = await server.addClient({ grantTypes: ['client_credentials'], scopes: ['read'] })
    const text = snippet('python authlib', {
      'https://id.example.com': server.url,
      'https://api.example.com/me/': `${server.url}/api/me/`,
      CLIENT_ID: id,
      CLIENT_SECRET: secret,
    })
    assert.deepEqual(await runPythonText(library, text), { via: 'oauth2', kind: 'client', name: 'an application' })
  })
})
