import { createAuth } from '../core/auth.ts'
import type { Identity } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { accessToken } from '../authentication/access-token.ts'
import { createSealer } from '../crypto/seal.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import { watchRevocations } from '../storage/revocations.ts'
import { openSqlite } from '../storage/sqlite.ts'
import { createTokenFormat } from '../tokens/format.ts'
import { createSigningKeys } from '../tokens/signing-keys.ts'
import { createOAuthServer, type OAuthServer, type OAuthServerOptions } from './server.ts'

/** An authorization server for tests, on a database in memory, with a door that takes its tokens. */
export interface OAuthDesk {
  readonly server: OAuthServer
  readonly database: Database
  readonly time: { now: number }
  readonly addClient: (client: {
    readonly grantTypes: readonly string[]
    readonly scopes: readonly string[]
  }) => Promise<{ readonly id: string; readonly secret: string }>
  readonly post: (
    path: string,
    fields: Readonly<Record<string, string>> | string,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answered>
  readonly identify: (headers: Readonly<Record<string, string>>) => Promise<Identity | null>
  readonly close: () => Promise<void>
}

export interface Answered {
  readonly status: number
  readonly json: Readonly<Record<string, unknown>>
  readonly text: string
  readonly header: (name: string) => string | null
}

export async function openOAuthDesk(options: Partial<OAuthServerOptions> = {}): Promise<OAuthDesk> {
  const time = { now: Date.UTC(2026, 5, 1) }
  const clock = (): number => time.now
  const database = await openSqlite({ path: ':memory:', clock })
  await database.migrate()
  const sealer = createSealer({ secret: 'a secret for tests with 32 characters or more' })
  const keys = await createSigningKeys({ database, sealer, clock })
  const revocations = await watchRevocations(database, { clock })
  const format = createTokenFormat()
  const server = createOAuthServer({
    database,
    revocations,
    format,
    keys,
    issuer: 'https://id.example',
    audience: 'https://id.example',
    scopes: { openid: 'Know who you are', read: 'Read your data', write: 'Change your data' },
    clock,
    ...options,
  })
  const { accessTokens } = server
  const auth = createAuth({
    authenticators: [accessToken({ recognises: accessTokens.recognises, find: accessTokens.authenticate })],
  })

  return {
    server,
    database,
    time,
    addClient: async ({ grantTypes, scopes }) => {
      const id = database.newId()
      const { text, digest } = format.make('sec', id)
      const row = {
        id,
        identifier: formatId(id),
        name: 'an application',
        is_confidential: 1,
        owner_id: null,
        source: 'manual',
        is_active: 1,
        auth_method: 'client_secret',
        grant_types: grantTypes.join(' '),
        scopes: scopes.join(' '),
        metadata: '{}',
        secret_digest: digest,
        secret_last_used_at: null,
        next_secret_digest: null,
        next_secret_last_used_at: null,
        rotation_ends_at: null,
        sealed_secret: null,
        registration_digest: null,
        created_at: time.now,
        updated_at: time.now,
        fresh_until: null,
      }
      await database.append({ clients: row })
      return { id: row.identifier, secret: text }
    },
    post: async (path, fields, headers = {}) => {
      const route = server.routes.find((one) => one.path === path)
      const endpoint = route?.methods['POST']
      if (endpoint === undefined) throw new TypeError(`There is no endpoint at ${path}.`)
      const body = typeof fields === 'string' ? fields : new URLSearchParams(fields).toString()
      const form = { 'content-type': 'application/x-www-form-urlencoded' }
      const answer = await endpoint(exchange(path, 'POST', { ...form, ...headers }, body))
      return {
        status: answer.status,
        text: answer.body,
        json: JSON.parse(answer.body) as Readonly<Record<string, unknown>>,
        header: (name) => answer.headers.find(([known]) => known === name)?.[1] ?? null,
      }
    },
    identify: async (headers) => auth.identify(exchange('/api/', 'GET', headers, '')),
    close: async () => {
      keys.close()
      await revocations.close()
      await server.close()
      await database.close()
    },
  }
}

function exchange(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Exchange & AuthRequest {
  const all = new Headers({ host: 'id.example', ...headers })
  return {
    url,
    method,
    headers: { get: (name) => all.get(name) },
    address: '198.51.100.7',
    body: async () => Buffer.from(body),
  }
}
