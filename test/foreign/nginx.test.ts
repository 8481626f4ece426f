import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { resolve } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Nginx, startNginx } from '../services/nginx.ts'
import { freePort } from '../services/server-process.ts'
import { type AuthorizationServer, startAuthorizationServer } from './authorization-server.ts'
import { snippet } from './snippet.ts'

let server: AuthorizationServer
let asker: Server
let service: Server
let byIntrospection: Nginx & { readonly url: string }
let byGatekeeper: Nginx & { readonly url: string }
let arrived: (string | undefined)[] = []

const module = resolve('.data', `introspecting-${process.pid}.ts`)

before(async () => {
  const ports = { asker: await freePort(), introspected: await freePort(), guarded: await freePort() }
  server = await startAuthorizationServer({
    gatekeeperPeers: ['127.0.0.1'],
    gatekeeperRoutes: [
      { name: 'notes', host: `127.0.0.1:${ports.guarded}`, path: '/*', policy: 'hasScope:read', api: true },
    ],
  })
  service = createServer((incoming, outgoing) => {
    arrived.push(incoming.headers.authorization)
    outgoing.end('from the service')
  }).listen(0, '127.0.0.1')
  await once(service, 'listening')
  const { port } = service.address() as { port: number }

  const api = await server.addClient({ grantTypes: [], scopes: [], introspects: ['*'] })
  const text = snippet(
    'ts',
    {
      'https://id.example.com': server.url,
      'CLIENT_ID:CLIENT_SECRET': `${api.id}:${api.secret}`,
      '9100': String(ports.asker),
    },
    2,
  )
  writeFileSync(module, text)
  asker = ((await import(module)) as { server: Server }).server

  byIntrospection = await proxy(
    ports.introspected,
    snippet('nginx', {
      '127.0.0.1:8080': `127.0.0.1:${ports.introspected}`,
      '127.0.0.1:9100': `127.0.0.1:${ports.asker}`,
      '127.0.0.1:3000': `127.0.0.1:${port}`,
    }),
  )
  byGatekeeper = await proxy(ports.guarded, guarded(ports.guarded, port))
})

after(async () => {
  await Promise.all([byIntrospection.close(), byGatekeeper.close()])
  for (const one of [asker, service]) one.close()
  await server.stop()
  rmSync(module)
})

for (const [name, proxied] of [
  ['introspection', () => byIntrospection],
  ['the gatekeeper', () => byGatekeeper],
] as const) {
  describe(`nginx with auth_request, by ${name}`, () => {
    it('lets a token through that is alive and has the scope, and nothing else', async () => {
      const { url } = proxied()
      const { id, secret } = await server.addClient({ grantTypes: ['client_credentials'], scopes: ['read', 'write'] })
      const token = await tokenOf(id, secret, 'read')
      arrived = []
      assert.deepEqual(await ask(url, `Bearer ${token}`), [200, 'from the service'])
      assert.deepEqual(arrived, [undefined], 'the token stays with nginx')
      for (const header of [undefined, `Bearer ${token}x`, 'Bearer nonsense', `Basic ${btoa(`${id}:${secret}`)}`]) {
        assert.equal((await ask(url, header))[0], 401, header)
      }
      const other = await tokenOf(id, secret, 'write')
      assert.ok([401, 403].includes((await ask(url, `Bearer ${other}`))[0]))
      assert.equal(arrived.length, 1)

      await server.instance.database.write(async (unit) => {
        await unit.updateTable('clients').set({ is_active: 0 }).where('identifier', '=', id).execute()
      })
      assert.equal((await ask(url, `Bearer ${token}`))[0], 401, 'a client that was disabled')
    })
  })
}

async function tokenOf(id: string, secret: string, scope: string): Promise<string> {
  const response = await fetch(`${server.url}/o/token/`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
  })
  return ((await response.json()) as { access_token: string }).access_token
}

async function ask(url: string, authorization: string | undefined): Promise<readonly [number, string]> {
  const response = await fetch(url, authorization === undefined ? {} : { headers: { authorization } })
  return [response.status, await response.text()]
}

async function proxy(port: number, http: string): Promise<Nginx & { readonly url: string }> {
  const url = `http://127.0.0.1:${port}/`
  return { url, ...(await startNginx(http, async () => fetch(url))) }
}

/** The heart of the snippet in docs/gatekeeper.md, which its own test holds to the whole. */
function guarded(own: number, behind: number): string {
  const { host } = new URL(server.url)
  return `server {
    listen 127.0.0.1:${own};
    location = /doorward-verify {
        internal;
        proxy_pass http://${host}/verify/nginx;
        proxy_pass_request_body off;
        proxy_set_header Content-Length "";
        proxy_set_header Host ${host};
        proxy_set_header X-Original-URL http://127.0.0.1:${own}$request_uri;
        proxy_set_header X-Original-Method $request_method;
        proxy_set_header X-Forwarded-For $remote_addr;
    }
    location / {
        auth_request /doorward-verify;
        proxy_pass http://127.0.0.1:${behind};
        proxy_set_header Authorization "";
    }
}`
}
