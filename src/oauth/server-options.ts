import type { FindHold } from '../accounts/held-up.ts'
import type { Passwords } from '../accounts/passwords.ts'
import type { Sessions } from '../accounts/sessions.ts'
import type { User } from '../core/identity.ts'
import type { PasswordHasher } from '../crypto/password-hash.ts'
import type { Sealer } from '../crypto/seal.ts'
import type { Csrf } from '../http/csrf.ts'
import type { Exchange } from '../http/exchange.ts'
import type { SafeFetch } from '../http/safe-fetch.ts'
import type { CertificateOf } from '../http/shown-certificate.ts'
import type { Site } from '../pages/layout.ts'
import type { Database } from '../storage/database.ts'
import type { Revocations } from '../storage/revocations.ts'
import type { TokenFormat } from '../tokens/format.ts'
import type { Keyring } from '../tokens/keyring.ts'
import type { UnreviewedApps } from './app-testers.ts'
import type { RefusedRequest } from './refused-requests.ts'
import type { IntrospectionMembers } from './endpoints/introspect.ts'
import type { TokenAnswerMembers } from './endpoints/token.ts'
import type { LimitCounters } from './limit.ts'
import type { ScopeRisks } from './scope-risks.ts'
import type { ScopeCatalogue } from './scopes.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'
import type { UserClaimTable } from './user-claims.ts'

/** What an authorization server is made of, and what may be said about it. */
export interface OAuthServerOptions {
  readonly database: Database
  readonly revocations: Revocations
  readonly format: TokenFormat
  /** What signs access tokens that are JWTs (`current`), ID tokens and the rest. */
  readonly keys: Keyring
  /** What MACs are made with, and what the secrets of clients are sealed with that sign ID tokens (HS256). */
  readonly sealer: Sealer
  /** Verifies the secrets of clients which another server hashed (there are none). */
  readonly hasher?: Pick<PasswordHasher, 'verify'>
  /** Who is signed in, and the defence of the forms of pages. */
  readonly sessions: Sessions
  readonly csrf: Csrf
  /** What pages are called, and whether they warn of development mode (Doorward, no). */
  readonly site?: Site
  /** Whether browsers reach this site by https (true). */
  readonly secure?: boolean
  /** Where people sign in (/accounts/login/). */
  readonly signInPath?: string
  /** What pairwise subjects are made with: 32 random bytes that never change (OpenID Connect Core 1.0, section 8.1). */
  readonly pairwiseKey: Uint8Array
  /** `iss`: an https URL without query and fragment (RFC 8414, section 2). Never taken from a request. */
  readonly issuer: string
  /** What the server's own API is called in `aud`. */
  readonly audience: string | readonly string[]
  /** What may be asked for, each with its sentence for the consent page. */
  readonly scopes: ScopeCatalogue
  /** Seconds that access tokens live (3600). */
  readonly accessTokenLifetime?: number
  /** Seconds that ID tokens live (3600). */
  readonly idTokenLifetime?: number
  /** Claims about users, beside name and e-mail address, or in place of them (none). */
  readonly userClaims?: UserClaimTable
  /** Seconds that a refresh token lives which is not used (7 days). */
  readonly refreshTokenLifetime?: number
  /** Seconds for which the same client gets the same answer for a refresh token again; 10 at most, 0: not at all (10). */
  readonly refreshGrace?: number
  /** Hears of a refresh token that was used again, for the log (nothing). */
  readonly onReused?: (reuse: { readonly clientId: string; readonly userId: string }) => void
  /** Hears of authorization requests that no client could be told of, for the log (nothing). */
  readonly onRequestRefused?: (refused: RefusedRequest) => void
  /** Hears of an authorization code that was used again, for the log (nothing). */
  readonly onReplayed?: (replay: { readonly clientId: string; readonly userId: string }) => void
  /** Seconds that a grant lives, however often it is refreshed (90 days). */
  readonly grantLifetime?: number
  /** Seconds that an authorization code lives (60). */
  readonly codeLifetime?: number
  /** Seconds that a pushed authorization request lives until sign-in begins (60). */
  readonly pushedRequestLifetime?: number
  /** Seconds that a device waits for its user (600), and between two of its questions (5). */
  readonly deviceCodeLifetime?: number
  readonly deviceInterval?: number
  /** Whether every authorization request has to be pushed before (false). */
  readonly requirePushedRequests?: boolean
  /** Seconds after which a browser session that is not used is over (two weeks): as for the sessions. */
  readonly sessionIdle?: number
  /** What RFC 9700 advises against and is offered all the same (none). */
  readonly legacy?: readonly ('password' | 'implicit' | 'hybrid')[]
  /** Checks passwords, for the password grant (it is not offered). */
  readonly passwords?: Pick<Passwords, 'verify'>
  /**
   * By what a user can reach one of these classes of `acr`, at the page to confirm who they are; `null` where by nothing (nobody can:
   * then a class that is essential and not met is refused).
   */
  readonly stepUp?: (userId: string, classes: readonly string[]) => Promise<'second_factor' | 'passkey' | null>
  /** What somebody who is signed in has to do before an application is told of them, since a rule is newer than their session (nothing). */
  readonly held?: FindHold
  /** Whether a user has to show more than a password, which the password grant cannot ask for (nobody has to). */
  readonly needsSecondFactor?: (user: User) => Promise<boolean>
  /** Where clients reach this server, such as `https://id.example`: what `htu` of a DPoP proof begins with (the issuer's origin). */
  readonly addresses?: readonly string[]
  /** Where the certificate of a client comes from (nowhere: no client is told by one, no token bound to one). */
  readonly certificateOf?: CertificateOf | null
  /** Where they are asked for theirs, where that is another address: `mtls_endpoint_aliases` (RFC 8705, section 5) (the same one). */
  readonly certificateAddress?: string | null
  /** Whether DPoP proofs have to carry a nonce of this server (false). */
  readonly dpopNonce?: boolean
  /** Servers elsewhere whose word about users counts, for the JWT bearer grant (none: it is not offered). */
  readonly trustedIssuers?: readonly TrustedIssuer[]
  /** Addresses of endpoints that client assertions may name in `aud`, beside the issuer (none). */
  readonly endpointAudiences?: readonly string[]
  /** How what clients name is asked for: keys, documents (`createSafeFetch()`: https only, and no special addresses). */
  readonly fetch?: SafeFetch
  /** Whether clients may register by themselves (RFC 7591): not at all, with an initial access token, or anyone (off). */
  readonly registration?: 'off' | 'token' | 'open'
  /** Throws `Throttled` where too many register from one address (nobody is slowed down). */
  readonly registrationThrottle?: (request: Exchange) => Promise<void>
  /** Whether a `client_id` may be the address of a metadata document that says who the client is (false). */
  readonly clientDocuments?: boolean
  /** Hears why a metadata document was not taken, for the log (nothing). */
  readonly onDocumentRefused?: (refused: { readonly url: string; readonly reason: string }) => void
  /** Grants for clients that register by themselves or come by a document (authorization code and refresh token). */
  readonly selfRegisteredGrants?: readonly string[]
  /** Scopes for them (`openid`, `profile`, `email` and `offline_access`). */
  readonly selfRegisteredScopes?: readonly string[]
  /** Whether one that registered for some of these scopes may ask its user for the others later (true). */
  readonly selfRegisteredStepUp?: boolean
  /** Resources for them, beside the server's own API (RFC 8707) (none). */
  readonly selfRegisteredResources?: readonly string[]
  /** Whether `http://localhost` may be registered as a redirect URI, which RFC 8252, section 8.3, advises against (false). */
  readonly allowLocalhost?: boolean
  /** Whether redirect URIs whose host begins with `*` may be registered, which RFC 9700, section 2.1, advises against (false). */
  readonly allowWildcards?: boolean
  /** Who may use what was registered in the portal and nobody has reviewed, beside its owner: its test users, or everybody (testers). */
  readonly unreviewedApps?: UnreviewedApps
  /** For how many applications somebody may answer who registers another one in the portal; `null`: any number (100). */
  readonly mostPerUser?: number | null
  /** What limits count in: the guessing of user codes, and how much one address may ask for. One store for all nodes. */
  readonly counters: LimitCounters
  /** Hears of what could not be done beside a request, such as writing last uses (nothing). */
  readonly onError?: (error: unknown) => void
  /** What scopes let an application do, where it is not what their names say: under which heading the consent page has them (none). */
  readonly scopeRisks?: ScopeRisks
  /** Whether people may allow some of the scopes that an application asks for, and leave others out (false). */
  readonly scopeChoice?: boolean
  /** Whether people are asked before applications sign them out, even those that show whom they signed in (false). */
  readonly logoutAsks?: boolean
  /** Further members of each answer with tokens (none). Those of the protocol stay as they are. */
  readonly tokenAnswerMembers?: TokenAnswerMembers
  /** Further members about tokens that are active, for APIs that introspect (none). Those of the protocol stay as they are. */
  readonly introspectionMembers?: IntrospectionMembers
  /** What paths begin with (/o/). */
  readonly prefix?: string
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}
