import { createSessionList, type SessionList } from '../accounts/session-list.ts'
import { createGrantList, type GrantList } from '../oauth/grant-list.ts'
import { type AuditLog, createAuditLog } from '../storage/audit-log.ts'
import type { Database } from '../storage/database.ts'
import { createThrottleCounterList, type ThrottleCounterList } from '../storage/throttle-counter-list.ts'
import { type ApiKeyList, createApiKeyList } from '../tokens/api-key-list.ts'
import { type ApiTokenList, createApiTokenList } from '../tokens/api-token-list.ts'
import type { TokenFormat } from '../tokens/format.ts'
import { type CountAccountKeys, createCountAccountKeys } from '../tokens/service-account-keys.ts'
import { createServiceAccountList, type ServiceAccountList } from '../tokens/service-account-list.ts'
import type { RedisCounterList } from '../throttling/redis-counter-list.ts'
import { memoryCounters, type MemoryCounters } from '../throttling/memory-counters.ts'
import { listedCounters } from './listed-counters.ts'
import type { Logger } from './log.ts'
import type { Settings } from './settings.ts'
import { withMemory } from './with-memory.ts'

/** What administrators read page by page, in the console and in the API. */
export interface Lists {
  readonly apiKeys: ApiKeyList
  readonly apiTokens: ApiTokenList
  readonly serviceAccounts: ServiceAccountList
  readonly countAccountKeys: CountAccountKeys
  readonly sessions: SessionList
  readonly grants: GrantList
  readonly throttleCounters: ThrottleCounterList
  readonly auditLog: AuditLog
}

export function createLists(
  common: { readonly database: Database; readonly format: TokenFormat; readonly clock: () => number },
  { sessionIdle: idle }: Pick<Settings, 'sessionIdle'>,
  /** Where else throttles count (nowhere). */
  {
    inRedis = null,
    inMemory = memoryCounters(),
    log,
  }: {
    readonly inRedis?: RedisCounterList | null
    /** What this process counts for itself (nothing). */
    readonly inMemory?: MemoryCounters
    readonly log?: Pick<Logger, 'warn'>
  } = {},
): Lists {
  return {
    apiKeys: createApiKeyList(common),
    apiTokens: createApiTokenList(common),
    serviceAccounts: createServiceAccountList(common.database),
    countAccountKeys: createCountAccountKeys(common),
    sessions: createSessionList({ ...common, idle }),
    grants: createGrantList(common),
    throttleCounters: withMemory(
      listedCounters(createThrottleCounterList(common), inRedis, log ?? silent),
      inMemory,
      common.clock,
    ),
    auditLog: createAuditLog(common),
  }
}

const silent: Pick<Logger, 'warn'> = { warn: () => undefined }
