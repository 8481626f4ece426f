/** One program that is measured. */
export interface Entry {
  readonly name: string
  readonly file: string
  readonly arguments?: readonly string[]
  /** The multiple to stay below. */
  readonly target?: number
  /** How many requests one piece of work takes (1). */
  readonly requests?: number
}

export interface Table {
  /** Of its file in `.bench/`. */
  readonly name: string
  readonly title: string
  readonly entries: readonly Entry[]
}

/** What everything is a multiple of. */
export const base: Entry = { name: 'node:http alone', file: 'hello.ts' }

const ours = (adapter: string, way: string, target: number): Entry => ({
  name: `doorward ${way}, ${adapter}`,
  file: 'doorward.ts',
  arguments: [adapter, way],
  target,
})

const authenticate: Table = {
  name: 'authenticate',
  title: 'Authenticating a request',
  entries: [
    base,
    { name: 'fastify alone', file: 'hello.ts', arguments: ['fastify'] },
    { name: 'hono alone', file: 'hello.ts', arguments: ['hono'] },
    ...[
      ['jwt-cached', 1.25, 1.35, 1.45],
      ['jwt-hs256', 1.6, 1.7, 1.9],
      ['token', 2.0, 2.2, 2.4],
    ].flatMap(([way, ...targets]) =>
      ['node', 'fastify', 'hono'].map((adapter, index) => ours(adapter, String(way), Number(targets[index]))),
    ),
    ours('node', 'jwt-rs256', 3.5),
    ours('node', 'api-key', 2.0),
    ours('node', 'session', 2.0),
    ours('node', 'chain-of-five', 2.3),
    { name: '@fastify/jwt, cached', file: 'fastify-jwt.ts', arguments: ['cached'] },
    { name: '@fastify/jwt', file: 'fastify-jwt.ts', arguments: ['each-time'] },
    { name: 'hono/jwt', file: 'hono-jwt.ts' },
    { name: 'express-oauth2-jwt-bearer', file: 'express-bearer.ts' },
    { name: 'passport-jwt', file: 'passport-jwt.ts' },
    { name: 'better-auth session', file: 'better-auth.ts' },
  ],
}

/** A rate that was aimed at on a core that answers 95,000 bare requests a second, as a multiple. */
const rate = (perSecond: number): number => Math.round((95_000 / perSecond) * 10) / 10

const server = (way: string, target: number, requests = 1): Entry => ({
  name: `doorward ${way}`,
  file: 'doorward-oauth.ts',
  arguments: [way],
  target,
  requests,
})

const peer = (name: string, file: string, way: string): Entry => ({ name: `${name} ${way}`, file, arguments: [way] })

const authorize: Table = {
  name: 'authorization-server',
  title: 'The authorization server: ours on a disk, each answer durable; the peers in memory',
  entries: [
    base,
    server('client-credentials', 2.8),
    server('client-credentials-jwt', 5.5),
    server('introspection', 2.8),
    server('refresh', rate(12_000)),
    server('code-flow', rate(3000), 2),
    ...['client-credentials', 'client-credentials-jwt', 'introspection'].map((way) =>
      peer('oidc-provider', 'oidc-provider.ts', way),
    ),
    ...['client-credentials', 'introspection'].map((way) => peer('better-auth', 'better-auth-oauth.ts', way)),
    ...['client-credentials', 'refresh'].map((way) => peer('node-oauth2-server', 'node-oauth2-server.ts', way)),
  ],
}

export const tables: readonly Table[] = [authenticate, authorize]
