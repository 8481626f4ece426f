import type { OnSignInsEnded } from '../accounts/ended-sign-in.ts'
import type { Sealer } from '../crypto/seal.ts'
import { createSafeFetch, type SafeFetch } from '../http/safe-fetch.ts'
import { createIssuerKeys } from '../oauth/issuer-keys.ts'
import type { Database } from '../storage/database.ts'
import type { Revocations } from '../storage/revocations.ts'
import { parseRate } from '../throttling/rate.ts'
import { type ApiKeys, createApiKeys } from '../tokens/api-keys.ts'
import { type ApiTokens, createApiTokens } from '../tokens/api-tokens.ts'
import { type ClientCertificates, createClientCertificates } from '../tokens/client-certificates.ts'
import type { TokenFormat } from '../tokens/format.ts'
import { createKeySetReaders, type KeySetReaders } from '../tokens/key-set-readers.ts'
import { createKeyUsage, type KeyUsage } from '../tokens/key-usage.ts'
import { createKeyring, type Keyring } from '../tokens/keyring.ts'
import { createTokenPairs, type TokenPairs } from '../tokens/pairs.ts'
import { createWorkloadTrusts, type WorkloadTrusts } from '../tokens/workload-trusts.ts'
import { createServiceAccounts, type ServiceAccounts } from '../tokens/service-accounts.ts'
import { issuerOf } from './addresses.ts'
import type { Logger } from './log.ts'
import { refreshKeys } from './refresh-keys.ts'
import { keyLimitsOf } from './key-limits.ts'
import type { Settings } from './settings.ts'

/** Tokens and keys of every kind, whom they are for, and what signs them. */
export interface TokenStores {
  readonly signingKeys: Keyring
  readonly pairs: TokenPairs
  readonly apiTokens: ApiTokens
  readonly apiKeys: ApiKeys
  readonly keyUsage: KeyUsage
  /** Who has fetched the public keys. */
  readonly keySetReaders: KeySetReaders
  readonly serviceAccounts: ServiceAccounts
  readonly clientCertificates: ClientCertificates
  readonly workloadTrusts: WorkloadTrusts
}

export interface TokenTools {
  readonly database: Database
  readonly clock: () => number
  readonly revocations: Revocations
  /** Seconds that an access token of any kind lives at most. */
  readonly accessTokenLifetime: number
  readonly sealer: Sealer
  readonly format: TokenFormat
  readonly log: Pick<Logger, 'warn' | 'info'>
  /** How issuers of workloads are asked for their keys (https only, and the addresses of the settings). */
  readonly fetch?: SafeFetch | undefined
  readonly onEnded: OnSignInsEnded
  /** Hears of last uses that could not be written. */
  readonly onError: (error: unknown) => void
}

export async function createTokenStores(settings: Settings, tools: TokenTools): Promise<TokenStores> {
  const { database, clock, revocations, accessTokenLifetime: longestLifetime, sealer, format, log } = tools
  const { onEnded, onError } = tools
  const signingKeys = await createKeyring({
    database,
    sealer,
    clock,
    algorithm: settings.jwtAlgorithm,
    tokenLifetime: Math.max(longestLifetime, settings.refreshTokenLifetime, settings.oauthIdTokenLifetime),
    rotateAfter: settings.signingKeyLifetime,
    onError: (error) => log.warn({ err: error }, 'signing keys could not be read; they are tried again'),
  })
  const issuer = issuerOf(settings)
  const pairs = createTokenPairs({
    database,
    revocations,
    keys: signingKeys,
    refreshKeys: refreshKeys(sealer),
    issuer,
    audience: settings.audience ?? issuer,
    clock,
    accessLifetime: settings.accessTokenLifetime,
    refreshLifetime: settings.refreshTokenLifetime,
    familyLifetime: settings.refreshFamilyLifetime,
    grace: settings.refreshGrace,
    leeway: settings.jwtLeeway,
    onReused: ({ userId }) => log.warn({ userId }, 'a spent refresh token was shown again: its family has ended'),
    onSignInsEnded: onEnded,
    roleClaims: settings.jwtRoleClaims,
  })
  const keyUsage = createKeyUsage({ database, onError })
  const keySetReaders = createKeySetReaders({ database, onError, clock })
  return {
    signingKeys,
    keySetReaders,
    pairs,
    apiTokens: createApiTokens({ database, format, clock, onError, lifetime: settings.tokenLifetime }),
    apiKeys: createApiKeys({
      database,
      format,
      clock,
      onError,
      parseRate,
      usage: keyUsage,
      ...keyLimitsOf(settings),
    }),
    keyUsage,
    serviceAccounts: createServiceAccounts({ database, clock }),
    clientCertificates: createClientCertificates({ database, clock }),
    workloadTrusts: createWorkloadTrusts({
      database,
      ownIssuer: issuer,
      isWayIn: settings.authenticators.includes('workload'),
      clock,
      onError,
      findKey: createIssuerKeys({
        fetch: tools.fetch ?? createSafeFetch({ allowedAddresses: settings.oauthOutboundAddresses, limit: 262_144 }),
        clock,
        onError: (error) => log.warn({ err: error }, 'the keys of an issuer of workloads could not be had'),
      }),
      onRefused: (refusal) => log.info(refusal, 'a token of a workload was refused'),
    }),
  }
}
