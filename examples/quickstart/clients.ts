import type { Instance } from 'doorward/server'

/** A client, as `quickstart.json` holds it. */
export interface QuickstartClient {
  client_id: string
  /** Public clients have none. */
  client_secret?: string
  redirect_uris: readonly string[]
}

export type QuickstartClients = Record<
  'machine' | 'web' | 'spa' | 'device' | 'introspector' | 'legacy',
  QuickstartClient
>

/** Registers a client of each kind with the authorization server. */
export async function makeClients({ oauth }: Instance): Promise<QuickstartClients> {
  const { clients } = oauth
  const make = async (
    name: string,
    values: Omit<Parameters<typeof clients.create>[0], 'name'>,
  ): Promise<QuickstartClient> => {
    const { client, secret } = await clients.create({ name, ...values }, { by: { actor: 'system' } })
    return {
      client_id: client.id,
      ...(secret === null ? {} : { client_secret: secret }),
      redirect_uris: client.metadata.redirectUris ?? [],
    }
  }
  const web = ['http://127.0.0.1:9999/cb', 'https://app.example/cb']

  return {
    machine: await make('Machine', { grantTypes: ['client_credentials'], scopes: ['read', 'write'] }),
    web: await make('Web application', {
      grantTypes: ['authorization_code', 'refresh_token'],
      scopes: everyScope,
      redirectUris: web,
      postLogoutRedirectUris: ['https://app.example/bye'],
    }),
    // Whatever port it listens on (RFC 8252, section 7.3).
    spa: await make('Single-page application', {
      authMethod: 'none',
      grantTypes: ['authorization_code', 'refresh_token'],
      scopes: everyScope,
      redirectUris: ['http://127.0.0.1/cb'],
    }),
    device: await make('Television', {
      authMethod: 'none',
      grantTypes: ['urn:ietf:params:oauth:grant-type:device_code'],
      scopes: everyScope,
    }),
    introspector: await make('API behind another server', { grantTypes: [], introspects: ['*'] }),
    legacy: await make('Old application', {
      grantTypes: ['password', 'implicit'],
      scopes: everyScope,
      redirectUris: web,
    }),
  }
}

const everyScope = ['openid', 'profile', 'email', 'offline_access', 'read', 'write']
