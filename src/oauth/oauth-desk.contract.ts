import { createAuth } from '../core/auth.ts'
import type { Identity } from '../core/identity.ts'
import type { AuthRequest, Peer } from '../core/request.ts'
import { accessToken } from '../authentication/access-token.ts'
import { createSealer } from '../crypto/seal.ts'
import { randomBytes } from 'node:crypto'
import type { OnSignInsEnded } from '../accounts/ended-sign-in.ts'
import { createSessions, type Sessions } from '../accounts/sessions.ts'
import { createCsrf } from '../http/csrf.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Database } from '../storage/database.ts'
import { clientRow, userRow } from '../storage/databases.contract.ts'
import { formatId } from '../storage/id.ts'
import type { UserRow } from '../storage/schema.ts'
import { type Revocations, watchRevocations } from '../storage/revocations.ts'
import { openSqlite } from '../storage/sqlite.ts'
import { memoryCounters } from '../throttling/memory-counters.ts'
import { createTokenFormat } from '../tokens/format.ts'
import { createKeyring, type Keyring } from '../tokens/keyring.ts'
import { makeKeyMaterial } from '../tokens/signing-key-material.ts'
import type { ClientAuthMethod } from './client.ts'
import type { ClientMetadata } from './client-metadata.ts'
import { refusedAnswer } from './oauth-endpoint.ts'
import { createOAuthServer, type OAuthServer, type OAuthServerOptions } from './server.ts'

/** An authorization server for tests, on a database in memory, with a door that takes its tokens. */
export interface OAuthDesk {
  readonly server: OAuthServer
  readonly database: Database
  readonly sessions: Sessions
  readonly keys: Keyring
  readonly revocations: Revocations
  readonly time: { now: number }
  readonly addClient: (client: {
    readonly grantTypes: readonly string[]
    readonly scopes: readonly string[]
    /** Whether it has no secret (false). */
    readonly isPublic?: boolean
    /** (client_secret, or none) */
    readonly authMethod?: ClientAuthMethod
    /** (none) */
    readonly metadata?: ClientMetadata
  }) => Promise<{ readonly id: string; readonly secret: string }>
  readonly addUser: (columns?: Partial<UserRow>) => Promise<UserRow>
  readonly post: (
    path: string,
    fields: Readonly<Record<string, string>> | string,
    headers?: Readonly<Record<string, string>>,
    peer?: Peer,
  ) => Promise<Answered>
  /** Any request, with a body of JSON, or a text as it is. */
  readonly send: (
    method: string,
    path: string,
    request?: { readonly json?: unknown; readonly text?: string; readonly headers?: Readonly<Record<string, string>> },
  ) => Promise<Answered>
  /** Who the server's own API says that a request is from. */
  readonly identify: (
    headers: Readonly<Record<string, string>>,
    request?: { readonly method?: string; readonly url?: string; readonly peer?: Peer | undefined },
  ) => Promise<Identity | null>
  readonly close: () => Promise<void>
}

export interface Answered {
  readonly status: number
  readonly json: Readonly<Record<string, unknown>>
  readonly text: string
  readonly header: (name: string) => string | null
}

/** `at`: a database that is open already and stays so, with the time that it goes by (one in memory). */
export async function openOAuthDesk(
  options: Partial<OAuthServerOptions> = {},
  at?: { readonly database: Database; readonly time: { now: number } },
): Promise<OAuthDesk> {
  const time = at?.time ?? { now: Date.UTC(2026, 5, 1) }
  const clock = (): number => time.now
  const database = at?.database ?? (await openSqlite({ path: ':memory:', clock }))
  if (at === undefined) await database.migrate()
  await addRsaKey(database, time.now)
  const keys = await createKeyring({ database, sealer, clock })
  const revocations = await watchRevocations(database, { clock })
  const format = createTokenFormat()
  const csrf = createCsrf({ key: randomBytes(32) })
  const onEnded: OnSignInsEnded = async (...ended) => server.logout.signInsEnded(...ended)
  const sessions = createSessions({ database, format, csrf, clock, onEnded })
  const server = createOAuthServer({
    database,
    revocations,
    format,
    keys,
    sealer,
    pairwiseKey: Buffer.alloc(32, 7),
    issuer: 'https://id.example',
    audience: 'https://id.example',
    scopes: { openid: 'Know who you are', read: 'Read your data', write: 'Change your data' },
    clock,
    sessions,
    csrf,
    counters: memoryCounters(),
    ...options,
  })
  const auth = createAuth({
    authenticators: [
      accessToken({
        ...server.access,
        audience: 'https://id.example',
        dpop: { address: 'https://id.example', clock },
        certificate: { from: 'tls', untrusted: true },
        clock,
      }),
    ],
  })

  return {
    server,
    database,
    sessions,
    keys,
    revocations,
    time,
    addClient: async ({ grantTypes, scopes, isPublic = false, metadata = {}, authMethod }) => {
      const id = database.newId()
      const { text, digest } = format.make('sec', id)
      const row = clientRow(id, {
        identifier: formatId(id),
        name: 'an application',
        is_confidential: isPublic ? 0 : 1,
        auth_method: authMethod ?? (isPublic ? 'none' : 'client_secret'),
        grant_types: grantTypes.join(' '),
        scopes: scopes.join(' '),
        metadata: JSON.stringify(metadata),
        secret_digest: isPublic ? null : digest,
        created_at: time.now,
        updated_at: time.now,
      })
      await database.append({ clients: row })
      return { id: row.identifier, secret: text }
    },
    addUser: async (columns = {}) => {
      const id = database.newId()
      const row = userRow(id, `user${id}`, { created_at: time.now, ...columns })
      await database.append({ users: row })
      return row
    },
    post: async (path, fields, headers = {}, peer) => {
      const route = server.routes.find((one) => one.path === path)
      const endpoint = route?.methods['POST']
      if (endpoint === undefined) throw new TypeError(`There is no endpoint at ${path}.`)
      const body = typeof fields === 'string' ? fields : new URLSearchParams(fields).toString()
      const form = { 'content-type': 'application/x-www-form-urlencoded' }
      const answer = await endpoint({ ...exchange(path, 'POST', { ...form, ...headers }, body), peer })
      return {
        status: answer.status,
        text: answer.body,
        json: jsonIn(answer.body),
        header: (name) => answer.headers.find(([known]) => known === name)?.[1] ?? null,
      }
    },
    send: async (method, path, { json, text = json === undefined ? '' : JSON.stringify(json), headers = {} } = {}) => {
      const route = server.routes.find(
        (one) => one.path === path || (one.takesPathsBelow === true && path.startsWith(one.path)),
      )
      const endpoint = route?.methods[method]
      if (endpoint === undefined) throw new TypeError(`There is no endpoint at ${method} ${path}.`)
      const asJson = text === '' ? {} : { 'content-type': 'application/json' }
      const answer = await endpoint(exchange(path, method, { ...asJson, ...headers }, text)).catch(refusedAnswer)
      return {
        status: answer.status,
        text: answer.body,
        json: jsonIn(answer.body),
        header: (name) => answer.headers.find(([known]) => known === name)?.[1] ?? null,
      }
    },
    identify: async (headers, { method = 'GET', url = '/api/', ...request } = {}) =>
      auth.identify({ ...exchange(url, method, headers, ''), ...request }),
    close: async () => {
      await sessions.close()
      await keys.close()
      await revocations.close()
      await server.close()
      if (at === undefined) await database.close()
    },
  }
}

/** Nothing for an answer that is empty or no JSON. */
function jsonIn(body: string): Readonly<Record<string, unknown>> {
  return body.startsWith('{') ? (JSON.parse(body) as Readonly<Record<string, unknown>>) : {}
}

const sealer = createSealer({ secret: 'a secret for tests with 32 characters or more' })

/** The first RSA key, as it would be made when it is needed: once for all tests, since that takes a moment. */
async function addRsaKey(database: Database, now: number): Promise<void> {
  const query = database.read.selectFrom('signing_keys').select('id').where('alg', '=', 'RS256')
  if ((await query.executeTakeFirst()) !== undefined) return
  rsaKey ??= makeKeyMaterial('RS256', sealer)
  const dates = { signs_from: now, signs_until: null, retired_at: null, created_at: now }
  const row = { ...(await rsaKey), ...dates, id: database.newId(), generation: 1 }
  await database.append({ signing_keys: row })
}

let rsaKey: ReturnType<typeof makeKeyMaterial> | undefined

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
