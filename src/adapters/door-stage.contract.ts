import { createSecretKey, randomBytes } from 'node:crypto'
import { createPasswords } from '../accounts/passwords.ts'
import { createSessions } from '../accounts/sessions.ts'
import { createUsers } from '../accounts/users.ts'
import { apiKey } from '../authentication/api-key.ts'
import { basic } from '../authentication/basic.ts'
import { clientCertificate } from '../authentication/client-certificate.ts'
import { jwt } from '../authentication/jwt.ts'
import { remoteUser } from '../authentication/remote-user.ts'
import { sessionCookie } from '../authentication/session-cookie.ts'
import { token } from '../authentication/token.ts'
import { createAuth, type Auth } from '../core/auth.ts'
import type { Authenticator } from '../core/authenticator.ts'
import { AuthenticationFailed } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import type { Throttle } from '../core/throttle.ts'
import { signJws, type JwsKey } from '../crypto/jws.ts'
import { keysFrom } from '../crypto/jwt.ts'
import { createPasswordHasher } from '../crypto/password-hash.ts'
import { createCsrf } from '../http/csrf.ts'
import { createTrustedPeers } from '../http/peers.ts'
import { openSqlite } from '../storage/sqlite.ts'
import { failuresPerAddress } from '../throttling/failures-per-address.ts'
import { perAddress } from '../throttling/per-address.ts'
import { perPrincipal } from '../throttling/per-principal.ts'
import { createApiKeys } from '../tokens/api-keys.ts'
import { createApiTokens } from '../tokens/api-tokens.ts'
import { createTokenFormat } from '../tokens/format.ts'

/** A door with every way in, on real stores, and a credential for each way, good and bad. */
export interface DoorStage {
  readonly auth: Auth
  /** Texts to send, by what they are. */
  readonly shown: Readonly<Record<Shown, string>>
  readonly doors: {
    /** Authenticators of a route's own. */
    readonly badges: readonly Authenticator[]
    readonly keysFirst: readonly Authenticator[]
    readonly tokensFirst: readonly Authenticator[]
    readonly sessionsOnly: readonly Authenticator[]
  }
  readonly throttles: { readonly twice: Throttle; readonly flood: Throttle; readonly guesses: Throttle }
  readonly close: () => Promise<void>
}

type Shown =
  | 'basic'
  | 'wrongBasic'
  | 'inactiveBasic'
  | 'unknownBasic'
  | 'session'
  | 'csrf'
  | 'endedSession'
  | 'token'
  | 'revokedToken'
  | 'jwt'
  | 'readingJwt'
  | 'expiredJwt'
  | 'refreshJwt'
  | 'foreignJwt'
  | 'key'
  | 'readingKey'
  | 'unknownKey'
  | 'badge'
  | 'proxy'

const now = Date.UTC(2026, 5, 1, 12)
const clock = (): number => now
const issuer = 'https://id.example'

/** Opens it, in memory. `ada` is staff, `bob` is not, `off` is inactive. */
export async function openDoorStage(): Promise<DoorStage> {
  const database = await openSqlite({ path: ':memory:', clock })
  await database.migrate()
  const hasher = createPasswordHasher({ memoryCost: 8192, timeCost: 1 })
  const format = createTokenFormat()
  const csrf = createCsrf({ key: randomBytes(32), secure: false })
  const users = createUsers({ database, hasher, clock })
  const passwords = createPasswords({ database, hasher, clock, guard: false })
  const sessions = createSessions({ database, format, csrf, clock })
  const tokens = createApiTokens({ database, format, clock })
  const keys = createApiKeys({ database, format, clock })
  const secret = randomBytes(24).toString('base64url')
  const key: JwsKey = { alg: 'HS256', kid: 'k1', key: createSecretKey(randomBytes(32)) }

  const ada = await users.create({ username: 'ada', password: 'correct horse', isStaff: true })
  await users.create({ username: 'bob', password: 'battery staple' })
  await users.create({ username: 'off', password: 'never mind it', isActive: false })
  const owner = { kind: 'user', id: ada.id } as const
  const session = await sessions.create({ userId: ada.id })
  const ended = await sessions.create({ userId: ada.id })
  await sessions.end(ended.id)
  const revoked = await tokens.issue({ owner, name: 'old' })
  await tokens.revoke(revoked.record.id, { by: { actor: 'test' } })
  const signed = (claims: object): string =>
    signJws(key, { typ: 'at+jwt' }, { iss: issuer, aud: 'api', sub: 'u7', name: 'ada', ...claims })
  const exp = now / 1000 + 60

  const keyDoor = apiKey({ keys })
  const jwtDoor = jwt({ keys: keysFrom([key]), issuer, audience: 'api', clock })
  const sessionDoor = sessionCookie({ sessions, csrf })
  const auth = createAuth({
    authenticators: [
      sessionDoor,
      basic({ passwords }),
      token({ tokens }),
      jwtDoor,
      keyDoor,
      remoteUser({
        peers: createTrustedPeers({ addresses: ['127.0.0.1'], secret: { header: 'x-proxy', value: secret } }),
        users: { find: async (name) => userOf(await users.findByLogin(name)) },
      }),
      clientCertificate({
        source: { from: 'tls' },
        find: async ({ subject }) => (subject === 'CN=ada' ? userOf(await users.findByLogin('ada')) : null),
      }),
    ],
  })

  return {
    auth: auth as unknown as Auth,
    shown: {
      basic: basicOf('ada:correct horse'),
      wrongBasic: basicOf('ada:wrong'),
      inactiveBasic: basicOf('off:never mind it'),
      unknownBasic: basicOf('nobody:correct horse'),
      session: `sessionid=${session.value}`,
      csrf: session.csrfToken,
      endedSession: `sessionid=${ended.value}`,
      token: (await tokens.issue({ owner, name: 'laptop' })).text,
      revokedToken: revoked.text,
      jwt: signed({ exp, scope: 'notes:read notes:write' }),
      readingJwt: signed({ exp, scope: 'notes:read' }),
      expiredJwt: signed({ exp: exp - 120 }),
      refreshJwt: signed({ exp, token_type: 'refresh' }),
      foreignJwt: signed({ exp, iss: 'https://elsewhere.example' }),
      key: (await keys.create({ owner, name: 'ci', scopes: ['notes:read', 'notes:write'] })).key,
      readingKey: (await keys.create({ owner, name: 'cron', scopes: ['notes:read'] })).key,
      unknownKey: format.make('live', database.newId()).text,
      badge: '7',
      proxy: secret,
    },
    doors: {
      badges: [badge],
      keysFirst: [keyDoor, jwtDoor],
      tokensFirst: [jwtDoor, keyDoor],
      sessionsOnly: [sessionDoor],
    },
    throttles: {
      twice: perPrincipal('2/min', { clock }),
      flood: perAddress('1/min', { clock, when: ({ request }) => request.headers.get('x-flood') !== null }),
      guesses: failuresPerAddress('2/min', { clock }),
    },
    close: async () => {
      await Promise.all([passwords.close(), sessions.close(), tokens.close(), keys.close()])
      await hasher.close()
      await database.close()
    },
  }
}

/** Somebody's own authenticator, as an object. */
export const badge: Authenticator<'badge', User, { readonly badge: number }> = {
  name: 'badge',
  authenticate: async (request) => {
    const number = request.headers.get('x-badge')
    if (number === null) return null
    if (!/^[0-9]+$/.test(number)) throw new AuthenticationFailed('unknown_badge', 'This badge is not known.')
    return { principal: { kind: 'user', id: number, name: `badge ${number}` }, auth: { badge: Number(number) } }
  },
  challenge: () => ({ scheme: 'Badge' }),
}

function basicOf(text: string): string {
  return `Basic ${Buffer.from(text).toString('base64')}`
}

function userOf(record: { readonly id: string; readonly username: string } | null): User | null {
  return record === null ? null : { kind: 'user', id: record.id, name: record.username }
}
