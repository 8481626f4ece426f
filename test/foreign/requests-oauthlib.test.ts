import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { allow } from './allow.ts'
import { type AuthorizationServer, startAuthorizationServer } from './authorization-server.ts'
import { runPython, runPythonText } from './python-script.ts'
import { snippet } from './snippet.ts'

const callback = 'http://127.0.0.1:9999/cb'

const library = { packages: 'python3-requests-oauthlib', module: '/usr/lib/python3/dist-packages/requests_oauthlib' }

let server: AuthorizationServer

before(async () => {
  server = await startAuthorizationServer()
})

after(async () => server.stop())

describe('Requests-OAuthlib', () => {
  it('gets tokens for itself and for a person, calls the API with them, refreshes, introspects and revokes', async () => {
    const machine = await server.addClient({ grantTypes: ['client_credentials'], scopes: ['read'] })
    const web = await server.addClient({
      grantTypes: ['authorization_code', 'refresh_token'],
      scopes: ['read', 'write'],
      redirectUris: [callback],
      introspects: ['*'],
    })
    const said = (await runPython({
      file: 'requests_oauthlib_client.py',
      library,
      given: {
        issuer: server.url,
        api: `${server.url}/api/me/`,
        machine: machine.id,
        machine_secret: machine.secret,
        web: web.id,
        web_secret: web.secret,
        redirect_uri: callback,
      },
      visit: async (url) => (await allow(server, server.browser(), url)).url.href,
    })) as Record<string, Record<string, unknown>>
    for (const way of ['basic', 'post']) assert.deepEqual(said[way]?.['scope'], ['read'])
    assert.deepEqual(said['api'], { via: 'oauth2', kind: 'user', name: 'ada' })
    assert.notEqual(said['refreshed']?.['refresh_token'], said['tokens']?.['refresh_token'])
    assert.equal(said['before']?.['active'], true)
    assert.equal(said['before']['username'], 'ada')
    assert.equal(said['revoked'], 200)
    assert.deepEqual(said['after'], { active: false })
  })

  it('acts for itself with the snippet of its page', async () => {
    const { id, secret } = await server.addClient({ grantTypes: ['client_credentials'], scopes: ['read'] })
    const text = snippet('python requests-oauthlib', {
      'https://id.example.com': server.url,
      'https://api.example.com/me/': `${server.url}/api/me/`,
      CLIENT_ID: id,
      CLIENT_SECRET: secret,
    })
    assert.deepEqual(await runPythonText(library, text), { via: 'oauth2', kind: 'client', name: 'an application' })
  })
})
