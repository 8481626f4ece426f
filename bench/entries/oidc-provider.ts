import { generateKeyPairSync } from 'node:crypto'
import Provider from 'oidc-provider'
import { readyAt } from './ready.ts'

// oidc-provider with the adapter in memory that it comes with: oidc-provider.ts client-credentials | client-credentials-jwt | introspection
const [way = 'client-credentials'] = process.argv.slice(2)
const isJwt = way === 'client-credentials-jwt'
const { privateKey } = generateKeyPairSync('ed25519')
const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const provider = new Provider('http://127.0.0.1', {
  clients: [
    {
      client_id: 'bench',
      client_secret: 'secret',
      grant_types: ['client_credentials', 'authorization_code'],
      redirect_uris: ['https://app.example/cb'],
      response_types: ['code'],
    },
  ],
  scopes: ['openid', 'offline_access', 'read', 'write'],
  jwks: {
    keys: [
      { ...rsa.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' },
      { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'EdDSA' },
    ] as never,
  },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: async () => true },
    resourceIndicators: {
      enabled: isJwt,
      defaultResource: async () => 'https://api.example',
      getResourceServerInfo: async () =>
        ({ scope: 'read write', audience: 'api', accessTokenFormat: 'jwt', jwt: { sign: { alg: 'EdDSA' } } }) as never,
    },
  },
  ttl: { ClientCredentials: 3600 },
} as never)

const headers = {
  authorization: `Basic ${Buffer.from('bench:secret').toString('base64')}`,
  'content-type': 'application/x-www-form-urlencoded',
}
const body = 'grant_type=client_credentials&scope=read'
const server = provider.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number }
  void begin(port)
})

async function begin(port: number): Promise<void> {
  if (way === 'introspection') {
    const answer = await fetch(`http://127.0.0.1:${port}/token`, { method: 'POST', headers, body })
    const { access_token: token } = (await answer.json()) as { access_token: string }
    return readyAt({ port, headers, path: '/token/introspection', body: `token=${token}`, expect: '"active":true' })
  }
  return readyAt({ port, headers, path: '/token', body, expect: 'access_token' })
}
