import { createHash } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSettings, serve } from 'doorward/server'
import { readyAt } from './ready.ts'

// The whole server, as `doorward serve` starts it, on SQLite with FULL durability: doorward-oauth.ts client-credentials
const [way = 'client-credentials'] = process.argv.slice(2)
const data = mkdtempSync(join(tmpdir(), 'doorward-bench-'))
const { url, instance } = await serve(readSettings({ data, port: 0, logLevel: 'silent' }))
const { oauth, users, sessions } = instance
const redirectUri = 'https://app.example/cb'
const { client, secret } = await oauth.clients.create(
  {
    name: 'bench',
    grantTypes: ['client_credentials', 'authorization_code', 'refresh_token'],
    scopes: ['offline_access', 'read', 'write'],
    redirectUris: [redirectUri],
    consent: 'never',
    introspects: ['*'],
    ...(way === 'client-credentials-jwt' ? { accessTokenFormat: 'jwt' } : {}),
  },
  { by: { actor: 'system' } },
)
const user = await users.create({ username: 'ada', password: 'correct horse battery' })
const { value } = await sessions.create({ userId: user.id })
const cookie = `${sessions.cookieName}=${value}`

const asking = {
  port: Number(new URL(url).port),
  path: '/o/token/',
  headers: {
    authorization: `Basic ${Buffer.from(`${client.id}:${secret}`).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
  },
}
const credentials = 'grant_type=client_credentials&scope=read'
const verifier = 'a-verifier-that-is-the-same-for-every-one-of-these-codes'
const query = new URLSearchParams({
  response_type: 'code',
  client_id: client.id,
  redirect_uri: redirectUri,
  scope: 'read offline_access',
  state: 'a-state',
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
})
const authorize = `/o/authorize/?${query.toString()}`
const redeem = `grant_type=authorization_code&redirect_uri=${encodeURIComponent(redirectUri)}&code_verifier=${verifier}&code=`

const ways: Readonly<Record<string, () => Promise<void>>> = {
  'client-credentials': async () => readyAt({ ...asking, body: credentials, expect: 'access_token' }),
  'client-credentials-jwt': async () => readyAt({ ...asking, body: credentials, expect: 'access_token' }),
  introspection: async () => {
    const { access_token: token } = await post(credentials)
    readyAt({ ...asking, path: '/o/introspect/', body: `token=${token}`, expect: '"active":true' })
  },
  'code-flow': async () =>
    readyAt({ ...asking, headers: { ...asking.headers, cookie }, script: 'code-flow', body: redeem, authorize }),
  refresh: async () => {
    const tokens: string[] = []
    while (tokens.length < 512) tokens.push((await post(redeem + (await code()))).refresh_token)
    readyAt({ ...asking, script: 'refresh', body: 'grant_type=refresh_token&refresh_token=', tokens })
  },
}
await ways[way]?.()

async function code(): Promise<string> {
  const response = await fetch(url + authorize, { headers: { cookie }, redirect: 'manual' })
  return new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? ''
}

async function post(body: string): Promise<{ access_token: string; refresh_token: string }> {
  const response = await fetch(`${url}/o/token/`, { method: 'POST', headers: asking.headers, body })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as { access_token: string; refresh_token: string }
}
