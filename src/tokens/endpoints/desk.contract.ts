import { createPasswords } from '../../accounts/passwords.ts'
import type { PasswordGuard } from '../../accounts/password-guard.ts'
import { createUsers } from '../../accounts/users.ts'
import type { Users } from '../../accounts/users.ts'
import { jwt } from '../../authentication/jwt.ts'
import { token } from '../../authentication/token.ts'
import { createAuth } from '../../core/auth.ts'
import type { AuthRequest } from '../../core/request.ts'
import { createPasswordHasher } from '../../crypto/password-hash.ts'
import { createSealer } from '../../crypto/seal.ts'
import { createCsrf } from '../../http/csrf.ts'
import type { Csrf } from '../../http/csrf.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Database } from '../../storage/database.ts'
import { watchRevocations } from '../../storage/revocations.ts'
import { openSqlite } from '../../storage/sqlite.ts'
import { createApiTokens } from '../api-tokens.ts'
import type { ApiTokens } from '../api-tokens.ts'
import { createTokenFormat } from '../format.ts'
import { createTokenPairs } from '../pairs.ts'
import { createSigningKeys } from '../signing-keys.ts'
import { tokenRoutes } from './routes.ts'
import { createTokenCookies, csrfSessionOf } from './token-cookies.ts'

export interface Desk {
  readonly database: Database
  readonly users: Users
  readonly apiTokens: ApiTokens
  readonly csrf: Csrf
  readonly time: { now: number }
  /** Sends a request to an endpoint, and gives what a server would answer. A body that is no text or bytes goes as JSON. */
  readonly send: (path: string, body: unknown, sending?: Sending) => Promise<Answered>
  /** Who a request with these headers is from, as a server finds it: `null` for a stranger, else the name. */
  readonly whoIs: (headers: Readonly<Record<string, string>>, method?: string) => Promise<string | null>
  readonly close: () => Promise<void>
}

export interface Sending {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly address?: string
}

export interface Answered {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly text: string
  /** The body, parsed. */
  readonly json: Readonly<Record<string, unknown>>
  readonly cookies: readonly string[]
}

export interface DeskOptions {
  readonly tokens?: 'jwt' | 'opaque'
  readonly sliding?: boolean
  readonly inCookies?: boolean
  readonly expiry?: boolean
  readonly guard?: PasswordGuard
  readonly tokenLimit?: number
  /** Seconds. */
  readonly tokenLifetime?: number | null
}

/** All endpoints under `/api/token/` with everything behind them, and a door that takes what they hand out. */
export async function openDesk({
  inCookies = false,
  guard,
  tokenLimit,
  tokenLifetime = null,
  ...routes
}: DeskOptions = {}): Promise<Desk> {
  const time = { now: Date.UTC(2026, 5, 1) }
  const clock = () => time.now
  const sealer = createSealer({ secret: 'a secret for tests with 32 characters or more' })
  const database = await openSqlite({ path: ':memory:', clock })
  await database.migrate()
  const hasher = createPasswordHasher()
  const users = createUsers({ database, hasher, clock })
  const passwords = createPasswords({ database, hasher, clock, guard: guard ?? false })
  const keys = await createSigningKeys({ database, sealer, clock })
  const revocations = await watchRevocations(database, { clock })
  const pairs = createTokenPairs({ database, keys, revocations, clock, issuer: 'https://id.example' })
  const apiTokens = createApiTokens({
    database,
    clock,
    format: createTokenFormat(),
    lifetime: tokenLifetime,
    ...(tokenLimit === undefined ? {} : { limit: tokenLimit }),
  })
  const csrf = createCsrf({ key: sealer.derive('csrf') })
  const cookies = inCookies ? createTokenCookies({ csrf, clock }) : undefined
  const table = tokenRoutes({ ...routes, passwords, pairs, apiTokens, clock, cookies })
  const auth = createAuth({
    authenticators: [
      jwt({
        verifier: pairs.accessVerifier,
        issuer: 'https://id.example',
        isRevoked: pairs.isRevoked,
        tokenTypes: ['access', 'sliding'],
        ...(inCookies ? { cookie: { name: 'access_token', csrf, sessionOf: csrfSessionOf } } : {}),
      }),
      token({ tokens: apiTokens }),
    ],
  })

  return {
    database,
    users,
    apiTokens,
    csrf,
    time,
    send: async (path, body, sending = {}) => {
      const endpoint = table.find((route) => route.path === path)?.methods.POST
      if (endpoint === undefined) throw new TypeError(`There is no endpoint at ${path}.`)
      const request = exchange(path, body, sending)
      const answer = await endpoint(request).catch((error: unknown) => auth.refusal(request, error))
      return {
        status: answer.status,
        headers: answer.headers,
        text: answer.body,
        json: JSON.parse(answer.body) as Readonly<Record<string, unknown>>,
        cookies: answer.headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value),
      }
    },
    whoIs: async (headers, method = 'GET') => {
      const identity = await auth.identify(request('/notes/', method, headers))
      return identity?.principal.name ?? null
    },
    close: async () => {
      keys.close()
      await revocations.close()
      await Promise.all([apiTokens.close(), passwords.close(), hasher.close()])
      await database.close()
    },
  }
}

function exchange(path: string, body: unknown, sending: Sending): Exchange {
  const { method = 'POST', headers = {}, address = '198.51.100.7' } = sending
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const bytes = body instanceof Uint8Array ? body : Buffer.from(text)
  return {
    ...request(path, method, { 'content-type': 'application/json', 'user-agent': 'test', ...headers }),
    address,
    body: async () => bytes,
  }
}

function request(url: string, method: string, headers: Readonly<Record<string, string>>): AuthRequest {
  const all = new Headers({ host: 'id.example', ...headers })
  return { method, url, headers: { get: (name) => all.get(name) } }
}
