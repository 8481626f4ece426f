import type { AuthRequest } from '../core/request.ts'
import { normalisePath } from '../http/path.ts'
import { unfit } from './unfit.ts'

/** The ways in which gateways ask: by `auth_request` of nginx, by forward-auth, by `ext_authz` of Envoy. */
export type Gateway = 'nginx' | 'forward' | 'envoy'

/** The request that a gateway asks about. */
export interface OriginalRequest {
  /** In upper case. */
  readonly method: string
  /** In lower case, without the port where that is the default. */
  readonly host: string
  /** Path and query as they were sent. */
  readonly target: string
  /** The path in the one form that routes are matched against. */
  readonly path: string
}

/** The headers in which each gateway describes the request. Another gateway's are never read. */
export const metadataHeaders: Readonly<Record<Gateway, readonly string[]>> = {
  nginx: ['x-original-url', 'x-original-method'],
  forward: ['x-forwarded-method', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-uri'],
  envoy: ['host'],
}

export interface OriginalRequestOptions {
  /** Whether browsers reach the protected hosts by https. */
  readonly secure: boolean
  /** The path that Envoy puts before that of the request, without a slash at the end. */
  readonly envoyPrefix: string
}

/**
 * Reads what a gateway says about the request, from its own headers alone and without putting anything right. Throws
 * `PermissionDenied` where something is missing or could be read in two ways: a path as `normalisePath` has it, a fragment, a
 * scheme that is not the site's.
 */
export function readOriginalRequest(
  gateway: Gateway,
  request: AuthRequest,
  options: OriginalRequestOptions,
): OriginalRequest {
  const { method, scheme, host, target } = readers[gateway](request, options)
  if (!/^[A-Z][A-Z-]{0,31}$/.test(method)) throw unfit('The method is none.')
  const wanted = options.secure ? 'https' : 'http'
  if (scheme !== wanted) throw unfit(`The request came by another scheme than ${wanted}, which publicUrl stands for.`)
  if (target.length > longest || !plain.test(target))
    throw unfit('The path or the query has characters that cannot be.')
  const path = normalisePath(target)
  if (path === null) throw unfit('The path could be read in more than one way.')
  return { method, host: plainHost(host, options.secure), target, path }
}

/** A host as it is compared: in lower case, and without the port that its scheme has anyway. */
export function plainHost(host: string, secure: boolean): string {
  return host.toLowerCase().replace(secure ? /:443$/ : /:80$/, '')
}

/** In characters. */
const longest = 8 * 1024

/** Visible ASCII but for `#`: a fragment never reaches a server, and some cut there, others do not. */
const plain = /^\/[\x21\x22\x24-\x7e]*$/

type Told = Omit<OriginalRequest, 'path'> & { readonly scheme: string }

const readers: Readonly<Record<Gateway, (request: AuthRequest, options: OriginalRequestOptions) => Told>> = {
  nginx: (request) => {
    const url = headerOf(request, 'x-original-url')
    const [, scheme, host, target] = /^(https?|wss?):\/\/([^/?#@\s]+)(\/.*)$/s.exec(url) ?? []
    if (scheme === undefined || host === undefined || target === undefined) {
      throw unfit('X-Original-URL is no URL with scheme, host and path.')
    }
    return { method: headerOf(request, 'x-original-method'), scheme: plainScheme(scheme), host, target }
  },
  forward: (request) => ({
    method: headerOf(request, 'x-forwarded-method'),
    scheme: plainScheme(headerOf(request, 'x-forwarded-proto')),
    host: headerOf(request, 'x-forwarded-host'),
    target: headerOf(request, 'x-forwarded-uri'),
  }),
  // Envoy keeps method, host and path where they are. It does not tell the scheme: it is taken for the site's.
  envoy: (request, { secure, envoyPrefix }) => {
    if (!request.url.startsWith(`${envoyPrefix}/`)) throw unfit('The path of the request does not follow the prefix.')
    const target = request.url.slice(envoyPrefix.length)
    return { method: request.method, scheme: secure ? 'https' : 'http', host: headerOf(request, 'host'), target }
  },
}

function headerOf({ headers }: AuthRequest, name: string): string {
  const value = headers.get(name)
  if (value === null || value === '') throw unfit(`The header ${name} is missing.`)
  return value
}

/** Some gateways write the scheme of a WebSocket (RFC 6455, section 3), which is one request more of the same site. */
function plainScheme(scheme: string): string {
  return scheme === 'ws' ? 'http' : scheme === 'wss' ? 'https' : scheme
}
