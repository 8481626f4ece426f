import type { Auth } from '../core/auth.ts'
import { AuthError } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { forwardedFor } from '../http/address.ts'
import type { Answer, Endpoint, Exchange } from '../http/exchange.ts'
import type { TrustedPeers } from '../http/peers.ts'
import { createHeaderNamesCheck } from './header-names.ts'
import { identityHeaderNames, identityHeaders, type HeaderPreset } from './identity-headers.ts'
import { identityTokenHeader, type TokenRequest } from './identity-token.ts'
import type { OriginAlone } from './origin-alone.ts'
import { metadataHeaders, readOriginalRequest, type Gateway, type OriginalRequest } from './original-request.ts'
import { createRefusals } from './refusals.ts'
import { createRouteFinder, type GatekeeperRoute } from './route.ts'
import { Unfit, unfit } from './unfit.ts'

export interface VerifyOptions {
  /** Whose questions are answered (required): by address, by a shared secret, or by both. */
  readonly peers: TrustedPeers
  /** The first that fits decides; what fits none is refused (required). */
  readonly routes: readonly GatekeeperRoute[]
  /** Who is let in: its authenticators see the request that the gateway asks about (required). */
  readonly auth: Pick<Auth, 'allow' | 'refusal'>
  /** Holds the opening of WebSockets to pages of the site (required). */
  readonly origin: Pick<OriginAlone, 'checkWebSocket'>
  /** Writes the signed header (required). */
  readonly token: (identity: Identity, to: TokenRequest) => string
  /** The groups of a user, for the headers (none). */
  readonly groupsOf?: (userId: string) => Promise<readonly string[]>
  /** Which headers backends expect (remote). */
  readonly preset?: HeaderPreset
  /** Whether browsers reach the protected hosts by https (true). */
  readonly secure?: boolean
  /** Where to sign in: a path of the protected host, or an address (/accounts/login/). */
  readonly signIn?: string
  /** Addresses and ranges of the proxies in `X-Forwarded-For` (none). */
  readonly proxies?: readonly string[]
  /** The header of the shared secret: no authenticator and no permission sees it (none). */
  readonly secretHeader?: string
  /** For how many seconds a gateway may keep the answer to a request that reads (0: not at all). */
  readonly maxAge?: number
  /** What comes before the path in questions of Envoy (/verify/envoy). */
  readonly envoyPrefix?: string
  /** Hears of what was refused without being judged, for the log (nobody). */
  readonly onUnfit?: (request: Exchange, gateway: Gateway, reason: string) => void
}

/**
 * Makes the endpoints that gateways ask whether a request may pass: 200 with the headers for its backend, or a refusal. Who may
 * is decided by the first route that fits. Whatever goes wrong on the way is a refusal; no error makes a 2xx.
 */
export function createVerify(options: VerifyOptions): Readonly<Record<Gateway, Endpoint>> {
  const { peers, auth, origin, preset = 'remote', secure = true, maxAge = 0, onUnfit } = options
  const { signIn = '/accounts/login/', envoyPrefix = '/verify/envoy' } = options
  const findRoute = createRouteFinder(options.routes, { secure })
  const refuse = createRefusals({ auth, secure, signIn })
  const addressOf = createCallerAddress(options.proxies ?? [])

  return { nginx: endpointFor('nginx'), forward: endpointFor('forward'), envoy: endpointFor('envoy') }

  function endpointFor(gateway: Gateway): Endpoint {
    const checkNames = createHeaderNamesCheck(headerNamesFor(gateway, options))
    return async (exchange) => {
      try {
        if (!peers(exchange)) throw unfit('The peer is not a trusted one, or lacks the secret.')
        checkNames(exchange.headers)
        const original = readOriginalRequest(gateway, exchange, { secure, envoyPrefix })
        const route = findRoute(original)
        return await judge(gateway, exchange, original, route)
      } catch (error) {
        if (!(error instanceof AuthError)) throw error
        if (error.cause instanceof Unfit) onUnfit?.(exchange, gateway, error.cause.message)
        return { ...auth.refusal(exchange, error), status: 403 }
      }
    }
  }

  async function judge(
    gateway: Gateway,
    exchange: Exchange,
    original: OriginalRequest,
    route: GatekeeperRoute,
  ): Promise<Answer> {
    const request = requestFor(exchange, original)
    try {
      origin.checkWebSocket(request)
      const identity = await auth.allow(request, route.policy)
      return await letIn(gateway, asTold(identity), original, route)
    } catch (error) {
      if (!(error instanceof AuthError)) throw error
      return refuse(gateway, { original, route, request }, error)
    }
  }

  async function letIn(
    gateway: Gateway,
    identity: Identity | null,
    { method, path }: OriginalRequest,
    route: GatekeeperRoute,
  ): Promise<Answer> {
    const isUser = identity?.principal.kind === 'user'
    const groups = isUser && preset !== 'none' ? ((await options.groupsOf?.(identity.principal.id)) ?? []) : []
    const token = identity === null ? '' : options.token(identity, { route: route.name, method, path })
    const mayBeKept = maxAge > 0 && (method === 'GET' || method === 'HEAD')
    return {
      status: 200,
      headers: [
        ...identityHeaders(preset, identity, groups),
        [identityTokenHeader, token],
        ['cache-control', mayBeKept ? `private, max-age=${maxAge}` : 'no-store'],
        ...(mayBeKept ? [['vary', [...metadataHeaders[gateway], ...answerDependsOn].join(', ')] as const] : []),
      ],
      body: '',
    }
  }

  /** The request as the caller made it. What is between the gateway and us is not for those who judge it. */
  function requestFor(exchange: Exchange, { method, host, target }: OriginalRequest): AuthRequest {
    const { headers } = exchange
    const get = (name: string): string | null =>
      name === 'host' ? host : name === options.secretHeader || hidden.has(name) ? null : headers.get(name)
    return { method, url: target, headers: { get }, peer: { address: addressOf(exchange) } }
  }
}

/** Services take people for whoever has their address: one that somebody only says is theirs is told to none. */
function asTold(identity: Identity | null): Identity | null {
  if (identity?.principal.kind !== 'user' || identity.principal.emailVerified === true) return identity
  return { ...identity, principal: { ...identity.principal, email: null } }
}

/** The address of the caller is in `peer` already, and no certificate of the gateway's is the caller's. */
const hidden = new Set(['x-forwarded-for', 'forwarded'])

const answerDependsOn = ['cookie', 'authorization', 'x-api-key', 'origin', 'sec-fetch-site', 'x-forwarded-for']

/**
 * Finds who called the gateway. It has proved itself, so that it stands here for any trusted peer, and its word counts:
 * the right-most address of `X-Forwarded-For` that is no other proxy. Where it has none, only the gateway's own is known.
 */
function createCallerAddress(proxies: readonly string[]): (exchange: Exchange) => string | null {
  const find = forwardedFor({ trusted: ['unix', ...proxies] })
  return ({ method, url, headers, peer }) =>
    find({ method, url, headers, peer: { address: null } }) ?? peer?.address ?? null
}

/** Headers by which some backends are made to see another path or method than the one that is judged. */
const overrides = ['x-http-method-override', 'x-http-method', 'x-method-override', 'x-rewrite-url']

/** Of the metadata of other gateways, these are written for questions only. The others come with any request. */
const askingOnly = ['x-original-url', 'x-original-method', 'x-forwarded-method', 'x-forwarded-uri']

function headerNamesFor(gateway: Gateway, options: VerifyOptions): Parameters<typeof createHeaderNamesCheck>[0] {
  const own = metadataHeaders[gateway]
  const everyMetadata = Object.values(metadataHeaders).flat()
  const secret = options.secretHeader === undefined ? [] : [options.secretHeader]
  return {
    own,
    foreign: [...overrides, ...askingOnly.filter((name) => !own.includes(name))],
    guarded: [
      ...everyMetadata,
      ...identityHeaderNames(options.preset ?? 'remote'),
      ...secret,
      identityTokenHeader,
      'x-forwarded-for',
    ],
  }
}
