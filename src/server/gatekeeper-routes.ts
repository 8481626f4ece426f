import { METHODS } from 'node:http'
import { ordinarySessions } from '../accounts/emergency-session.ts'
import type { Auth } from '../core/auth.ts'
import type { AuthRequest } from '../core/request.ts'
import { createIdentityToken } from '../gatekeeper/identity-token.ts'
import { createJwksEndpoint } from '../gatekeeper/jwks.ts'
import { createOriginAlone } from '../gatekeeper/origin-alone.ts'
import { createVerify } from '../gatekeeper/verify.ts'
import type { Endpoint } from '../http/exchange.ts'
import { isSecure, issuerOf } from './addresses.ts'
import { heldAuth } from './held-auth.ts'
import { heldSessionOf } from './held-session-of.ts'
import type { Instance } from './instance.ts'
import type { Route } from './route.ts'
import { SettingsInvalid, type WayIn } from './settings.ts'
import { peersOf, waysIn } from './ways-in.ts'

/**
 * What gateways ask whether a request may pass, and the keys that sign what they pass on. Without peers or a secret in the
 * settings there are only the keys.
 */
export function gatekeeperRoutes(instance: Instance, door: Auth): readonly Route[] {
  const { settings, signingKeys, groups, clock, log } = instance
  const keys: Route = {
    path: '/.well-known/doorward/jwks.json',
    methods: { GET: createJwksEndpoint({ jwks: signingKeys.jwks }) },
  }
  const { gatekeeperPeers, gatekeeperSecretHeader, gatekeeperSecret, gatekeeperRoutes: routes } = settings
  const peers = peersOf(gatekeeperPeers, gatekeeperSecretHeader, gatekeeperSecret)
  if (peers === null) {
    if (routes.length === 0) return [keys]
    throw new SettingsInvalid(['gatekeeperRoutes: whose questions count? Set gatekeeperPeers, or gatekeeperSecret.'])
  }
  const secure = isSecure(settings)
  const origin = createOriginAlone({ origins: settings.trustedOrigins, secure })
  // The peer of the requests that are judged is their caller.
  const auth = door.with({
    authenticators: waysInFor({ ...instance, csrf: { ...instance.csrf, check: origin.check } }),
  })
  const verify = createVerify({
    peers,
    routes,
    auth: { ...auth, ...heldAuth(auth, heldSessionOf(instance)) },
    origin,
    token: createIdentityToken({
      key: signingKeys.current,
      issuer: issuerOf(settings),
      // What a gateway keeps is still good when it is used for the last time.
      lifetime: 60 + settings.gatekeeperMaxAge,
      clock,
    }),
    groupsOf: async (userId) => (await groups.of(userId)).map(({ name }) => name),
    preset: settings.gatekeeperHeaders,
    secure,
    signIn: settings.gatekeeperSignIn,
    proxies: [...gatekeeperPeers, ...settings.trustedProxies],
    secretHeader: gatekeeperSecretHeader,
    maxAge: settings.gatekeeperMaxAge,
    onUnfit: ({ peer, requestId }, gateway, reason) =>
      log.warn(
        { gateway, reason, peer: peer?.address, requestId },
        'the gatekeeper refused a request without judging it',
      ),
  })
  return [
    keys,
    { path: '/verify/nginx/', methods: everyMethod(verify.nginx) },
    { path: '/verify/forward/', methods: everyMethod(verify.forward) },
    { path: '/verify/envoy/', takesPathsBelow: true, methods: everyMethod(verify.envoy) },
  ]
}

/** Credentials that the caller sent. What a proxy or a TLS connection asserts is here about the gateway, not the caller. */
const credentials: readonly WayIn[] = ['session', 'token', 'jwt', 'oauth2', 'apiKey', 'basic', 'workload']

function waysInFor(instance: Instance): ReturnType<typeof waysIn> {
  const authenticators = instance.settings.authenticators.filter((name) => credentials.includes(name))
  const scheme = isSecure(instance.settings) ? 'https' : 'http'
  // The host is that of a route here: what it names is where the caller was going.
  const addresses = (request: AuthRequest): readonly string[] => [`${scheme}://${request.headers.get('host') ?? ''}`]
  // What a service behind the gatekeeper does for somebody would outlive their emergency.
  const sessions = { ...instance.sessions, ...ordinarySessions(instance.sessions) }
  return waysIn({ ...instance, sessions, addresses, settings: { ...instance.settings, authenticators } })
}

/** Gateways ask by whichever method they like, Envoy by that of the request. */
function everyMethod(endpoint: Endpoint): Route['methods'] {
  return Object.fromEntries(METHODS.map((method) => [method, endpoint]))
}
