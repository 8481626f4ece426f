export { createAuth, type Auth, type AuthOptions, type Overrides } from './core/auth.ts'
export type { Authenticator, Found, IdentityOf } from './core/authenticator.ts'
export type { Challenge } from './core/challenge.ts'
export {
  AuthenticationFailed,
  AuthError,
  errorCodes,
  NotAuthenticated,
  PermissionDenied,
  RequestRefused,
  Throttled,
  Unavailable,
  type AuthErrorOptions,
  type ErrorCode,
} from './core/errors.ts'
export type { Explanation } from './core/explain.ts'
export { matches, type Filter } from './core/filter.ts'
export {
  scopesOf,
  type Client,
  type Identity,
  type Membership,
  type Principal,
  type ServiceAccount,
  type User,
} from './core/identity.ts'
export { permission, type Check, type Permission, type Rule } from './core/permission.ts'
export type { Refusal } from './core/refusal.ts'
export type { AuthRequest, ClientAddress, Peer } from './core/request.ts'
export type { Quota, Throttle, ThrottleCheck } from './core/throttle.ts'

export { accessToken, type AccessTokenAuth } from './authentication/access-token.ts'
export { apiKey, type ApiKeyAuth } from './authentication/api-key.ts'
export { basic } from './authentication/basic.ts'
export { bearer } from './authentication/bearer.ts'
export {
  clientCertificate,
  type CertificateFacts,
  type CertificateSource,
} from './authentication/client-certificate.ts'
export {
  introspection,
  type IntrospectedToken,
  type IntrospectionAuth,
  type IntrospectionOptions,
} from './authentication/introspection.ts'
export { jwt, type JwtAuth, type JwtRefusal } from './authentication/jwt.ts'
export { remoteKeys } from './authentication/remote-keys.ts'
export { remoteUser, type RemoteUserAuth } from './authentication/remote-user.ts'
export { sessionCookie, type SessionAuth } from './authentication/session-cookie.ts'
export { token } from './authentication/token.ts'

export { allOf } from './permissions/all-of.ts'
export { allowAny } from './permissions/allow-any.ts'
export { anyOf } from './permissions/any-of.ts'
export { assertGuarded, auditRoutes, type RouteEntry } from './permissions/audit-routes.ts'
export { filterFor } from './permissions/combination.ts'
export { freshLogin } from './permissions/fresh-login.ts'
export { hasPermission } from './permissions/has-permission.ts'
export { hasRole } from './permissions/has-role.ts'
export { hasAnyScope, hasScope, hasScopeByMethod } from './permissions/has-scope.ts'
export { isAuthenticated } from './permissions/is-authenticated.ts'
export { isAuthenticatedOrReadOnly } from './permissions/is-authenticated-or-read-only.ts'
export { isOwner } from './permissions/is-owner.ts'
export { isReadOnly } from './permissions/is-read-only.ts'
export { isStaff } from './permissions/is-staff.ts'
export { isSuperuser } from './permissions/is-superuser.ts'
export { isUser } from './permissions/is-user.ts'
export { isVia } from './permissions/is-via.ts'
export { memberOf, type MemberOfField, type MemberOfFound, type MemberOfOptions } from './permissions/member-of.ts'
export { modelPermissions } from './permissions/model-permissions.ts'
export { not } from './permissions/not.ts'
export { objectPermissions } from './permissions/object-permissions.ts'

export { anonymousPerAddress } from './throttling/anonymous-per-address.ts'
export { byKind } from './throttling/by-kind.ts'
export type { Counters } from './throttling/counters.ts'
export { failuresPerAddress } from './throttling/failures-per-address.ts'
export { createGuessingGuard, type GuessingGuard } from './throttling/guessing.ts'
export { memoryCounters } from './throttling/memory-counters.ts'
export { perAddress } from './throttling/per-address.ts'
export { perKey } from './throttling/per-key.ts'
export { perOwnRate } from './throttling/per-own-rate.ts'
export { perPrincipal } from './throttling/per-principal.ts'
export { redisCounters } from './throttling/redis-counters.ts'
export { scoped } from './throttling/scoped.ts'
export { throttleBy } from './throttling/throttle-by.ts'

export { gatekeeper, type GatekeeperAuth, type GatekeeperOptions } from './gatekeeper/gatekeeper.ts'

export { createCsrf, type Csrf } from './http/csrf.ts'
export { forwardedFor } from './http/address.ts'
export { createTrustedPeers } from './http/peers.ts'
export { createSafeFetch, FetchRefused, type SafeFetch, type SafeFetchOptions } from './http/safe-fetch.ts'
export { createDpopNonces, type DpopNonces } from './http/dpop-nonces.ts'
export { dpopAlgorithms } from './http/dpop.ts'
export { protectedResource, type ProtectedResource, type ProtectedResourceOptions } from './http/protected-resource.ts'
export type { DpopOptions, TokenBindingOptions } from './http/token-binding.ts'
export { createJwtVerifier, JwtInvalid, keysFrom } from './crypto/jwt.ts'
export { importKey, importPublicJwk } from './crypto/jwk.ts'
