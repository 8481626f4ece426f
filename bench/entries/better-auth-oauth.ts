import { createServer } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { oauthProvider } from '@better-auth/oauth-provider'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import { jwt } from 'better-auth/plugins/jwt'
import { readyAt, secret } from './ready.ts'

// better-auth with its plugin for OAuth, on SQLite in memory: better-auth-oauth.ts client-credentials | introspection
const [way = 'client-credentials'] = process.argv.slice(2)
const options = {
  database: new DatabaseSync(':memory:'),
  secret,
  baseURL: 'http://127.0.0.1',
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
  disabledPaths: ['/token'],
  plugins: [
    jwt(),
    oauthProvider({
      loginPage: '/sign-in',
      consentPage: '/consent',
      scopes: ['openid', 'read', 'write'],
      clientPrivileges: async () => true,
      silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
    }),
  ],
}
await (await getMigrations(options as never)).runMigrations()
const auth = betterAuth(options as never)
const signedUp = await auth.api.signUpEmail({
  body: { email: 'ada@example.com', password: 'correct horse battery', name: 'ada' },
  asResponse: true,
})
const cookie = signedUp.headers
  .getSetCookie()
  .map((line) => line.split(';')[0])
  .join('; ')
const create = (
  auth.api as unknown as {
    adminCreateOAuthClient: (given: object) => Promise<{ client_id: string; client_secret: string }>
  }
).adminCreateOAuthClient
const client = await create({
  headers: new Headers({ cookie }),
  body: {
    redirect_uris: ['https://app.example/cb'],
    scope: 'read write',
    grant_types: ['client_credentials', 'authorization_code'],
    token_endpoint_auth_method: 'client_secret_basic',
    client_credentials_scopes: ['read', 'write'],
  },
})
const headers = {
  authorization: `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')}`,
  'content-type': 'application/x-www-form-urlencoded',
}
const body = 'grant_type=client_credentials&scope=read'
const server = createServer(toNodeHandler(auth)).listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number }
  void begin(port)
})

async function begin(port: number): Promise<void> {
  const path = '/api/auth/oauth2/token'
  if (way !== 'introspection') return readyAt({ port, headers, path, body, expect: 'access_token' })
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body })
  const { access_token: token } = (await answer.json()) as { access_token: string }
  return readyAt({
    port,
    headers,
    path: '/api/auth/oauth2/introspect',
    body: `token=${token}`,
    expect: '"active":true',
  })
}
