import { randomUUID } from 'node:crypto'
import OAuth2Server from '@node-oauth/oauth2-server'
import express from 'express'
import { readyAt } from './ready.ts'

// @node-oauth/oauth2-server behind Express, with everything in memory: node-oauth2-server.ts client-credentials | refresh
const [way = 'client-credentials'] = process.argv.slice(2)
const client = { id: 'bench', grants: ['client_credentials', 'refresh_token'] }
const user = { id: 'ada' }
const access = new Map<string, unknown>()
const refresh = new Map<
  string,
  { refreshToken: string; refreshTokenExpiresAt: Date; client: typeof client; user: typeof user; scope: string[] }
>()

const oauth = new OAuth2Server({
  model: {
    getClient: async (id: string, secret: string) => (id === 'bench' && secret === 'secret' ? client : false),
    getUserFromClient: async () => user,
    validateScope: async (_user: unknown, _client: unknown, scope: string[] | undefined) => scope ?? ['read'],
    getAccessToken: async (token: string) => access.get(token),
    getRefreshToken: async (token: string) => refresh.get(token) ?? false,
    revokeToken: async ({ refreshToken }: { refreshToken: string }) => refresh.delete(refreshToken),
    saveToken: async (token: { accessToken: string; refreshToken?: string }) => {
      const saved = { ...token, client, user }
      access.set(token.accessToken, saved)
      if (token.refreshToken !== undefined) refresh.set(token.refreshToken, saved as never)
      return saved
    },
  } as never,
})

const app = express()
app.use(express.urlencoded({ extended: false }))
app.post('/token', (request, response) => {
  const answer = new OAuth2Server.Response(response)
  oauth
    .token(new OAuth2Server.Request(request), answer)
    .catch(() => undefined)
    .then(() =>
      response
        .set(answer.headers)
        .status(answer.status ?? 500)
        .json(answer.body),
    )
})
const headers = {
  authorization: `Basic ${Buffer.from('bench:secret').toString('base64')}`,
  'content-type': 'application/x-www-form-urlencoded',
}
const server = app.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number }
  const common = { port, headers, path: '/token', expect: 'access_token' }
  if (way === 'client-credentials') return readyAt({ ...common, body: 'grant_type=client_credentials&scope=read' })
  const tokens = Array.from({ length: 512 }, () => {
    const refreshToken = randomUUID()
    refresh.set(refreshToken, {
      refreshToken,
      refreshTokenExpiresAt: new Date(Date.now() + 3_600_000),
      client,
      user,
      scope: ['read'],
    })
    return refreshToken
  })
  return readyAt({ ...common, script: 'refresh', body: 'grant_type=refresh_token&refresh_token=', tokens })
})
