import assert from 'node:assert/strict'
import type { Confirmation } from './access-tokens.ts'
import type { ClientMetadata } from './client-metadata.ts'
import type { Grant } from './grants.ts'
import type { Answered, OAuthDesk } from './oauth-desk.contract.ts'

/** A client with the refresh token of a grant that a user gave it. */
export interface Granted {
  readonly grantId: bigint
  readonly refreshToken: string
  /** Posts to an endpoint as the client. */
  readonly post: (
    path: string,
    fields: Readonly<Record<string, string>> | readonly (readonly [string, string])[],
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answered>
  /** Refreshes with a token, and whatever else is to be sent. */
  readonly refresh: (text: string, fields?: Readonly<Record<string, string>>) => Promise<Answered>
  /** Refreshes, which has to work, and gives the tokens. */
  readonly next: (text?: string) => Promise<{ readonly access: string; readonly refresh: string }>
}

export interface Granting {
  readonly client: { readonly id: string; readonly secret: string }
  /** (the client has a secret) */
  readonly isPublic?: boolean
  /** (one that is new) */
  readonly userId?: bigint
  readonly grant?: Partial<Omit<Grant, 'id' | 'clientKey' | 'userId'>>
  /** What the token is bound to (nothing). */
  readonly confirmation?: Confirmation
}

/** Grants a client what it asks for, as the pages would. */
export async function grantTo(desk: OAuthDesk, { client, isPublic = false, ...rest }: Granting): Promise<Granted> {
  const { server, database, time } = desk
  const found = await server.findClient(client.id)
  assert.ok(found !== null)
  const userId = rest.userId ?? (await desk.addUser()).id
  const row = server.grants.make({
    clientKey: found.key,
    userId,
    signInId: null,
    scopes: ['read', 'write'],
    resources: [],
    isOffline: true,
    expiresAt: time.now + 90 * 86_400_000,
    detail: { by: 'authorization_code', authTime: Math.floor(time.now / 1000), nonce: 'n-0S6_WzA2Mj' },
    ...rest.grant,
  })
  const confirmation = rest.confirmation ?? null
  const grant = { id: row.id, expiresAt: row.expires_at }
  const first = server.refreshTokens.first({ grant, client: found, confirmation, now: time.now })
  await database.append({ grants: row, grant_tokens: first.row })

  const own = { client_id: client.id, ...(isPublic ? {} : { client_secret: client.secret }) }
  const post: Granted['post'] = async (path, fields, headers) => {
    const pairs = Array.isArray(fields) ? (fields as [string, string][]) : Object.entries(fields)
    return desk.post(path, new URLSearchParams([...Object.entries(own), ...pairs]).toString(), headers)
  }
  const refresh: Granted['refresh'] = async (text, fields = {}) =>
    post('/o/token/', { grant_type: 'refresh_token', refresh_token: text, ...fields })
  return {
    grantId: row.id,
    refreshToken: first.text,
    post,
    refresh,
    next: async (text = first.text) => {
      const { status, json } = await refresh(text)
      assert.equal(status, 200)
      return { access: String(json['access_token']), refresh: String(json['refresh_token']) }
    },
  }
}

/** The same for a client of its own, which may ask for everything that tests have scopes for. */
export async function grantToNew(
  desk: OAuthDesk,
  granting: Omit<Granting, 'client'> = {},
  metadata: ClientMetadata = {},
): Promise<Granted> {
  const { isPublic = false } = granting
  const grantTypes = ['authorization_code', 'refresh_token', 'client_credentials']
  const scopes = ['openid', 'offline_access', 'read', 'write', 'introspection']
  const { resources } = granting.grant ?? {}
  const registered = { ...(resources === undefined ? {} : { resources }), ...metadata }
  const client = await desk.addClient({ grantTypes, scopes, metadata: registered, isPublic })
  return grantTo(desk, { client, ...granting })
}
