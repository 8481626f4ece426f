import type { Answer } from './exchange.ts'

export interface ProtectedResourceOptions {
  /** What this API is called in `aud` and `resource`: its https address without fragment (required). */
  readonly resource: string
  /** Issuers whose access tokens it takes (required). */
  readonly authorizationServers: readonly string[]
  /** Scopes that it knows (they are not told). */
  readonly scopes?: readonly string[]
  /** What people call it (nothing). */
  readonly name?: string
  /** Pages about it, its policy and its terms, for people (none). */
  readonly documentation?: string
  readonly policy?: string
  readonly terms?: string
  /** Where its own public keys are, where it signs its answers (nowhere). */
  readonly jwksUri?: string
  /** Algorithms of DPoP proofs that it takes: `dpopAlgorithms`, where it takes bound tokens (none). */
  readonly dpopAlgorithms?: readonly string[]
  /** Whether it takes nothing but tokens that are bound to a key (false). */
  readonly requireDpop?: boolean
  /** Whether it takes tokens that are bound to client certificates (false). */
  readonly certificateBoundTokens?: boolean
  /** Seconds for which others may keep the document (3600). */
  readonly maxAge?: number
}

/** An API that says of itself where clients get tokens for it (RFC 9728). */
export interface ProtectedResource {
  /** Where the document is, below the host of the API: `/.well-known/oauth-protected-resource/v1`. */
  readonly path: string
  /** Its whole address, for the option `resourceMetadata` of authenticators. */
  readonly url: string
  readonly document: Readonly<Record<string, unknown>>
  /** Answers a request for `path`, as plain values: by its method (GET). Browsers ask about pages elsewhere with `OPTIONS`. */
  readonly answer: (method?: string) => Answer
  /** The same as a Web `Response`. */
  readonly respond: (method?: string) => Response
}

/**
 * Makes the metadata of a protected resource (RFC 9728, sections 2 and 3). A client that is refused finds it by the challenge,
 * and in it the server to ask. Throws `TypeError` for addresses that the specification does not allow.
 */
export function protectedResource(options: ProtectedResourceOptions): ProtectedResource {
  const { resource, authorizationServers, maxAge = 3600 } = options
  const address = checkedResource(resource)
  if (authorizationServers.length === 0 || !authorizationServers.every((issuer) => URL.canParse(issuer))) {
    throw new TypeError('protectedResource: authorizationServers must be the issuers whose tokens this API takes.')
  }
  const path = wellKnownPath(address)
  const document = Object.freeze(documentOf(options))
  const body = JSON.stringify(document)
  const headers = [
    ['content-type', 'application/json'],
    ['cache-control', `public, max-age=${maxAge}`],
    ...forEverybody,
  ] as const

  const answer: ProtectedResource['answer'] = (method = 'GET') => {
    if (method === 'GET') return { status: 200, headers, body }
    if (method === 'HEAD') return { status: 200, headers, body: '' }
    // Clients of MCP servers send a header of their own, which browsers ask about first (Fetch standard, section 3.2).
    if (method === 'OPTIONS') return { status: 204, headers: [...forEverybody, ...preflight, ...allow], body: '' }
    return { status: 405, headers: [...forEverybody, ...allow], body: '' }
  }

  return {
    path,
    url: address.origin + path,
    document,
    answer,
    respond: (method) => {
      const { status, headers: said, body: text } = answer(method)
      return new Response(status === 204 ? null : text, {
        status,
        headers: said.map(([name, value]): [string, string] => [name, value]),
      })
    },
  }
}

/** Clients that are pages read it too, without credentials. */
const forEverybody = [
  ['access-control-allow-origin', '*'],
  ['x-content-type-options', 'nosniff'],
] as const

const allow = [['allow', 'GET, HEAD, OPTIONS']] as const

const preflight = [
  ['access-control-allow-methods', 'GET, HEAD'],
  ['access-control-allow-headers', '*'],
  ['access-control-max-age', '86400'],
] as const

/** RFC 9728, section 1.2: https and no fragment. Plain http is for one's own machine. */
function checkedResource(resource: string): URL {
  const url = typeof resource === 'string' && URL.canParse(resource) ? new URL(resource) : null
  const isLocal = url?.protocol === 'http:' && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
  if (url === null || (url.protocol !== 'https:' && !isLocal) || resource.includes('#') || url.username !== '') {
    throw new TypeError('protectedResource: resource must be the https address of this API, without fragment.')
  }
  return url
}

/** RFC 9728, section 3: between the host and the path, whose only slash is left out where there is nothing behind it. */
function wellKnownPath({ pathname, search }: URL): string {
  return `/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}${search}`
}

/** RFC 9728, section 2. What is empty is left out. */
function documentOf(options: ProtectedResourceOptions): Readonly<Record<string, unknown>> {
  const { scopes = [], dpopAlgorithms = [], requireDpop, certificateBoundTokens } = options
  const members = {
    resource: options.resource,
    authorization_servers: options.authorizationServers,
    scopes_supported: scopes.length === 0 ? undefined : scopes,
    // RFC 6750, section 2: in the header, and in nothing else.
    bearer_methods_supported: ['header'],
    resource_name: options.name,
    resource_documentation: options.documentation,
    resource_policy_uri: options.policy,
    resource_tos_uri: options.terms,
    jwks_uri: options.jwksUri,
    dpop_signing_alg_values_supported: dpopAlgorithms.length === 0 ? undefined : dpopAlgorithms,
    dpop_bound_access_tokens_required: requireDpop,
    tls_client_certificate_bound_access_tokens: certificateBoundTokens,
  }
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
