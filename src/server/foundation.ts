import { type ClientAddress, peerAddress } from '../core/request.ts'
import { bcryptPasswords } from '../crypto/bcrypt-passwords.ts'
import { djangoPasswords } from '../crypto/django-passwords.ts'
import { weakPasswords } from '../crypto/weak-passwords.ts'
import { phcPasswords } from '../crypto/phc-passwords.ts'
import { createPasswordHasher, type PasswordHasher, type PasswordHasherOptions } from '../crypto/password-hash.ts'
import { createSealer, type Sealer } from '../crypto/seal.ts'
import { forwardedFor } from '../http/address.ts'
import { longestAccessToken } from '../oauth/client-values.ts'
import type { Database } from '../storage/database.ts'
import { type Revocations, watchRevocations } from '../storage/revocations.ts'
import { type AuditBinding, type AuditReport, verifyAudit } from '../storage/verify-audit.ts'
import type { Counters } from '../throttling/counters.ts'
import { memoryCounters, type MemoryCounters } from '../throttling/memory-counters.ts'
import { createTokenFormat, type TokenFormat } from '../tokens/format.ts'
import { auditBinding } from './audit-binding.ts'
import { secretOf } from './configuration.ts'
import { createLog, type Logger } from './log.ts'
import { type OwnLimits, ownLimits } from './own-limits.ts'
import { openThrottleOverrides, type ThrottleOverrides } from '../storage/throttle-overrides.ts'
import { openCounters, type OpenCounters } from './open-counters.ts'
import { openDatabase } from './open-database.ts'
import { type Settings, SettingsInvalid } from './settings.ts'

/** What every store of a server stands on. */
export interface Foundation {
  readonly settings: Settings
  readonly log: Logger
  readonly clock: () => number
  readonly database: Database
  readonly sealer: Sealer
  readonly hasher: PasswordHasher
  readonly counters: Counters
  /** Credentials that were refused, by network: in memory, since it is looked at before every one that is shown. */
  readonly failureCounters: MemoryCounters
  /** How a caller's address is found. */
  readonly address: ClientAddress
  readonly format: TokenFormat
  readonly revocations: Revocations
  /** Limits that single callers have of their own, and the same as requests ask for them. */
  readonly throttleOverrides: ThrottleOverrides
  readonly ownLimits: OwnLimits
  /** Seconds that an access token of any kind lives at most: for as long is remembered what was revoked. */
  readonly accessTokenLifetime: number
  /** Reads the whole audit log, and tells whether anything in it was changed or is missing. */
  readonly verifyAudit: (onProgress?: (rows: number) => void) => Promise<AuditReport>
}

export interface OpenFoundation {
  readonly foundation: Foundation
  /** What Redis has counted (`null`: there is none). */
  readonly inRedis: OpenCounters['inRedis']
  readonly close: () => Promise<void>
}

export interface FoundationOptions {
  /** An open database in place of the one that the settings name; it is closed with the rest (none). */
  readonly database?: Database
  /** Where log lines go (standard output, at the level of the settings). */
  readonly log?: Logger
  /** What a password costs to hash: less is for tests (19 MiB, two passes). */
  readonly passwordCosts?: Pick<PasswordHasherOptions, 'memoryCost' | 'timeCost'>
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
  /** Whether the schema is brought up to date first (true). Safe on several nodes at once. */
  readonly migrate?: boolean
}

/** Opens the database and brings its schema up to date. Throws `SettingsInvalid` for one that is behind and is to stay so. */
export async function openFoundation(settings: Settings, options: FoundationOptions): Promise<OpenFoundation> {
  const { clock = Date.now, log = createLog({ level: settings.logLevel }) } = options
  const sealer = createSealer({ secret: secretOf(settings), previousSecrets: settings.previousSecrets })
  let binding: AuditBinding | null = null
  const database = options.database ?? (await openDatabase(settings, { clock, auditKey: () => binding?.key ?? null }))
  await upToDate(database, log, options.migrate !== false).catch(async (error: unknown) => {
    await database.close()
    throw error
  })
  // A database that was opened elsewhere has what it was opened with.
  if (options.database === undefined) binding = await auditBinding({ database, sealer, clock })
  const hasher = createPasswordHasher({
    ...options.passwordCosts,
    verifiers: [...djangoPasswords, ...bcryptPasswords, ...phcPasswords, ...weakPasswords],
    queue: settings.passwordQueue,
    ...(settings.passwordConcurrency === null ? {} : { concurrency: settings.passwordConcurrency }),
  })
  const { counters, inRedis, close: closeCounters } = await openCounters(settings.redisUrl, database, log)
  const revocations = await watchRevocations(database, { clock })
  const throttleOverrides = await openThrottleOverrides({ database, clock })
  return {
    foundation: {
      settings,
      log,
      clock,
      database,
      sealer,
      hasher,
      counters,
      failureCounters: memoryCounters(),
      address: settings.trustedProxies.length === 0 ? peerAddress : forwardedFor({ trusted: settings.trustedProxies }),
      format: createTokenFormat({ prefix: settings.tokenPrefix }),
      revocations,
      throttleOverrides,
      ownLimits: ownLimits(throttleOverrides, clock),
      // Clients may have lifetimes of their own.
      accessTokenLifetime: Math.max(
        settings.accessTokenLifetime,
        settings.oauthAccessTokenLifetime,
        longestAccessToken,
      ),
      verifyAudit: async (onProgress) => verifyAudit(database, onProgress, binding),
    },
    inRedis,
    close: async () => {
      await Promise.all([closeCounters(), hasher.close(), revocations.close(), throttleOverrides.close()])
      await database.close()
    },
  }
}

async function upToDate(database: Database, log: Logger, mayMigrate: boolean): Promise<void> {
  const pending = await database.pendingMigrations()
  if (!mayMigrate) {
    if (pending.length === 0) return
    throw new SettingsInvalid([`The schema lacks ${pending.join(', ')}. Run: doorward migrate`])
  }
  // A new database is given all of it at once: a line for each step would tell nobody anything.
  const isNew = pending[0] === '0001-tables'
  await database.migrate((step) => log[isNew ? 'debug' : 'info']({ step }, 'bringing the schema up to date'))
  if (isNew) log.info({ schema: pending.at(-1) }, 'a new database was given its schema')
}
