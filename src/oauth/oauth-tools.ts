import { createDpopProofs } from '../http/dpop.ts'
import { createDpopNonces } from '../http/dpop-nonces.ts'
import { createSafeFetch, type SafeFetch } from '../http/safe-fetch.ts'
import { createTokenBinding, type TokenBinding } from '../http/token-binding.ts'
import { type Consumed, createConsumed } from '../storage/consumed.ts'
import { type AccessTokens, createAccessTokens } from './access-tokens.ts'
import { createMayUseClient, type MayUseClient } from './app-testers.ts'
import { type AuthenticateClient, createAuthenticateClient } from './client-authentication/authenticate-client.ts'
import { clientIdAlone } from './client-authentication/client-certificate.ts'
import { clientSecretBasic, clientSecretPost } from './client-authentication/client-secret.ts'
import { privateKeyJwt } from './client-authentication/private-key-jwt.ts'
import { type CheckSectorIdentifier, createCheckSectorIdentifier } from './checks/sector-identifier.ts'
import { createClientDocuments } from './client-documents.ts'
import { type ClientKeys, createClientKeys } from './client-keys.ts'
import { type ClientFinder, createClientFinder } from './client-finder.ts'
import { type ClientUsage, createClientUsage } from './client-usage.ts'
import { type ClientUses, createClientUses } from './client-uses.ts'
import { longestAccessToken } from './client-values.ts'
import { type Clients, createClients } from './clients.ts'
import { createGrants, type Grants } from './grants.ts'
import { createGrantUses, type GrantUses } from './grant-uses.ts'
import { createIdTokens, type IdTokens } from './id-tokens.ts'
import { createImportedSecrets } from './imported-secret.ts'
import { createIssuing, type Issuing } from './issuing.ts'
import { createJwtAccessTokenFinder, type JwtAccessTokenFinder } from './jwt-access-token-finder.ts'
import { createJwtAccessTokens, type JwtAccessTokens } from './jwt-access-tokens.ts'
import { createProofOfPossession, type ProofOfPossession } from './proof-of-possession.ts'
import { type ClientLogos, createClientLogos, createFindShownLogo, type FindShownLogo } from './logos/client-logos.ts'
import { createPublishers, type Publishers } from './publishers.ts'
import { createRefreshTokens, type RefreshTokens } from './refresh-tokens.ts'
import { createSubjects, type Subjects } from './subjects.ts'
import { createUserClaims, type UserClaims } from './user-claims.ts'
import type { OAuthServerOptions } from './server-options.ts'

/** What the endpoints and grants of an authorization server work with: its options, and the stores that are made of them. */
export interface OAuthTools extends OAuthServerOptions {
  readonly fetch: SafeFetch
  readonly consumed: Consumed
  readonly clients: Clients
  readonly clientKeys: ClientKeys
  readonly clientUses: ClientUses
  readonly clientUsage: ClientUsage
  readonly findClient: ClientFinder
  readonly checkSectorIdentifier: CheckSectorIdentifier
  readonly authenticate: AuthenticateClient
  readonly proofs: ProofOfPossession
  /** For UserInfo, which takes tokens as an API does. */
  readonly binding: TokenBinding
  readonly grants: Grants
  readonly grantUses: GrantUses
  readonly accessTokens: AccessTokens
  readonly jwtAccessTokens: JwtAccessTokens
  readonly findJwtAccessToken: JwtAccessTokenFinder
  readonly refreshTokens: RefreshTokens
  readonly idTokens: IdTokens
  readonly issuing: Issuing
  readonly subjects: Subjects
  readonly claims: UserClaims
  readonly logos: ClientLogos
  readonly findShownLogo: FindShownLogo
  readonly mayUseClient: MayUseClient
  readonly publishers: Publishers
}

export function createOAuthTools(options: OAuthServerOptions): OAuthTools {
  const { database, revocations, format, keys, issuer, audience, clock = Date.now } = options
  const { accessTokenLifetime = 3600, fetch = createSafeFetch(), onDocumentRefused: onRefused } = options
  const checkSectorIdentifier = createCheckSectorIdentifier({ fetch })
  const documents = createClientDocuments({
    ...options,
    fetch,
    rules: options,
    checkSectorIdentifier,
    ...(onRefused ? { onRefused } : {}),
  })
  const findClient = createClientFinder({
    lookup: database.lookup,
    read: database.read,
    ...(options.clientDocuments === true ? { documents } : {}),
  })
  const clients = createClients({ ...options, rules: options })
  const clientUses = createClientUses(options)
  const clientUsage = createClientUsage(options)
  // Clients may have lifetimes of their own.
  const accessLifetime = Math.max(accessTokenLifetime, longestAccessToken) * 1000
  const grantUses = createGrantUses(options)
  const grants = createGrants({ database, revocations, accessLifetime, clock })
  const accessTokens = createAccessTokens({ database, format, clock })
  const subjects = createSubjects(options)
  const claims = createUserClaims(options)
  const idTokens = createIdTokens({ ...options, newId: database.newId, subjects, claims, findClient })
  const jwtAccessTokens = createJwtAccessTokens({ newId: database.newId, current: keys.current, issuer, audience })
  const issuing = createIssuing({ accessTokens, jwtAccessTokens, grantUses, lifetime: accessTokenLifetime, clock })
  const clientKeys = createClientKeys({ ...options, fetch })
  const consumed = createConsumed(options)
  const { certificateOf = null, dpopNonce = false } = options
  const isImported = options.hasher && createImportedSecrets({ database, hasher: options.hasher })
  const bySecret = { clock, onUsed: clientUses.used, ...(isImported === undefined ? {} : { isImported }) }
  const authenticate = createAuthenticateClient({
    find: findClient,
    onRefused: ({ id }, error) => clientUsage.refused(id, error),
    methods: [
      clientSecretBasic(bySecret),
      clientSecretPost(bySecret),
      privateKeyJwt({ ...options, clientKeys, consumed }),
      clientIdAlone({ clientKeys, certificateOf }),
    ],
  })
  const addresses = options.addresses ?? [new URL(issuer).origin]
  const nonces = dpopNonce ? createDpopNonces({ key: options.sealer.derive('oauth-dpop-nonce'), clock }) : null
  const dpopProofs = createDpopProofs({ clock })
  const proofs = createProofOfPossession({ consumed, certificateOf, dpopProofs, addresses, nonces })
  const binding = createTokenBinding({
    dpop: {
      clock,
      address: addresses,
      spend: async ({ jkt, jti, expiresAt }) => consumed.spend({ purpose: 'dpop proof', value: [jkt, jti], expiresAt }),
      ...(nonces === null ? {} : { nonces }),
    },
    ...(certificateOf === null ? {} : { certificate: certificateOf }),
  })
  const refreshTokens = createRefreshTokens(options)
  const logos = createClientLogos(options)
  const findJwtAccessToken = createJwtAccessTokenFinder({ ...options, findClient })
  return {
    ...options,
    fetch,
    consumed,
    clients,
    clientKeys,
    clientUses,
    clientUsage,
    findClient,
    checkSectorIdentifier,
    authenticate,
    proofs,
    binding,
    grants,
    grantUses,
    accessTokens,
    jwtAccessTokens,
    findJwtAccessToken,
    refreshTokens,
    idTokens,
    issuing,
    subjects,
    claims,
    logos,
    findShownLogo: createFindShownLogo({ ...options, logos }),
    mayUseClient: createMayUseClient(options),
    publishers: createPublishers(options),
  }
}
