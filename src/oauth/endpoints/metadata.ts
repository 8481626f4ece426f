import type { Endpoint } from '../../http/exchange.ts'
import { published } from '../../http/published.ts'
import type { Keyring } from '../../tokens/keyring.ts'
import { preflight } from '../any-origin.ts'
import { serverMetadata, type ServerMetadataOptions } from '../metadata.ts'

export interface MetadataOptions extends ServerMetadataOptions {
  readonly keys: Pick<Keyring, 'jwks' | 'algorithms'>
}

/** What is at one path. */
interface PublishedRoute {
  readonly path: string
  readonly methods: Readonly<Record<string, Endpoint>>
}

/**
 * The documents that clients find the server by: both well-known ones, and the public keys. Those of an issuer with a path are
 * where OpenID Connect Discovery 1.0, section 4, has them, behind the path, and where RFC 8414, section 3.1, has them, before it.
 */
export function metadataRoutes(options: MetadataOptions): readonly PublishedRoute[] {
  const { keys, prefix = '/o/' } = options
  // Kept for less long than a new key is announced before it signs.
  const set = route(
    `${prefix}jwks.json`,
    published(keys.jwks, { contentType: 'application/jwk-set+json', maxAge: 300 }),
  )
  const document = serverMetadata({ ...options, routes: [...options.routes, set] })
  const endpoint = published(() => document, { maxAge: 300 })
  // Without OpenID Connect, only the document of RFC 8414 has something to say.
  const names = Object.hasOwn(options.scopes, 'openid') ? [openid, oauth] : [oauth]
  return [set, ...wellKnownPaths(options.issuer, names).map((path) => route(path, endpoint))]
}

/** Clients of MCP servers ask with a header of their own, which browsers ask about first. */
function route(path: string, endpoint: Endpoint): PublishedRoute {
  return { path, methods: { GET: endpoint, OPTIONS: preflight(['GET', 'HEAD'], '*') } }
}

const openid = '/.well-known/openid-configuration'
const oauth = '/.well-known/oauth-authorization-server'

function wellKnownPaths(issuer: string, names: readonly string[]): readonly string[] {
  const path = new URL(issuer).pathname.replace(/\/$/, '')
  // Behind a proxy that takes the path away, they are found without it too.
  return path === '' ? names : [...names, ...names.map((name) => name + path), ...names.map((name) => path + name)]
}
