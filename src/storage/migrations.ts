import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { Migration } from 'kysely/migration'
import { steps as tables } from './migrations/0001-tables.ts'
import { steps as authorizationServer } from './migrations/0002-authorization-server.ts'
import { steps as mail } from './migrations/0003-mail.ts'
import { steps as factors } from './migrations/0004-factors.ts'
import { steps as social } from './migrations/0005-social.ts'
import { steps as organisations } from './migrations/0006-organisations.ts'
import { steps as api } from './migrations/0007-api.ts'
import { steps as admin } from './migrations/0008-admin.ts'
import { steps as portal } from './migrations/0009-portal.ts'
import { steps as account } from './migrations/0010-account.ts'
import { steps as administration } from './migrations/0011-administration.ts'
import { steps as organisationChoice } from './migrations/0012-organisation-choice.ts'
import { steps as refusalReasons } from './migrations/0013-refusal-reasons.ts'
import { steps as heldCredentials } from './migrations/0014-held-credentials.ts'
import { steps as throttleOverrides } from './migrations/0015-throttle-overrides.ts'
import { steps as keySetReaders } from './migrations/0016-key-set-readers.ts'
import { steps as whoAnswers } from './migrations/0017-who-answers.ts'
import { steps as sessionLists } from './migrations/0018-session-lists.ts'
import { steps as imports } from './migrations/0019-imports.ts'
import { steps as appReview } from './migrations/0020-app-review.ts'
import { steps as endings } from './migrations/0021-endings.ts'
import { steps as nodeReports } from './migrations/0022-node-reports.ts'
import { steps as userSource } from './migrations/0023-user-source.ts'
import { steps as lastUse } from './migrations/0024-last-use.ts'
import { steps as clientUsage } from './migrations/0025-client-usage.ts'
import { steps as mailTests } from './migrations/0026-mail-tests.ts'
import { steps as preferences } from './migrations/0027-preferences.ts'
import { steps as workloadTrusts } from './migrations/0028-workload-trusts.ts'
import { steps as grantUse } from './migrations/0029-grant-use.ts'
import { steps as keyPurpose } from './migrations/0030-key-purpose.ts'
import type { Schema } from './schema.ts'

export type Dialect = 'sqlite' | 'postgres'

/** A migration: statements of SQL, run in order. It never changes once it was released. */
export type Steps = (dialect: Dialect) => readonly string[]

/** In this order, by name. */
const migrations: Readonly<Record<string, Steps>> = {
  '0001-tables': tables,
  '0002-authorization-server': authorizationServer,
  '0003-mail': mail,
  '0004-factors': factors,
  '0005-social': social,
  '0006-organisations': organisations,
  '0007-api': api,
  '0008-admin': admin,
  '0009-portal': portal,
  '0010-account': account,
  '0011-administration': administration,
  '0012-organisation-choice': organisationChoice,
  '0013-refusal-reasons': refusalReasons,
  '0014-held-credentials': heldCredentials,
  '0015-throttle-overrides': throttleOverrides,
  '0016-key-set-readers': keySetReaders,
  '0017-who-answers': whoAnswers,
  '0018-session-lists': sessionLists,
  '0019-imports': imports,
  '0020-app-review': appReview,
  '0021-endings': endings,
  '0022-node-reports': nodeReports,
  '0023-user-source': userSource,
  '0024-last-use': lastUse,
  '0025-client-usage': clientUsage,
  '0026-mail-tests': mailTests,
  '0027-preferences': preferences,
  '0028-workload-trusts': workloadTrusts,
  '0029-grant-use': grantUse,
  '0030-key-purpose': keyPurpose,
}

/**
 * Applies what is missing, in one transaction that holds the dialect's lock: whoever starts at the same time waits, and
 * finds nothing left to do. What a newer release has applied is left alone, so that the one before it still starts.
 */
export async function migrateToLatest(
  database: Kysely<Schema>,
  dialect: Dialect,
  onProgress: (step: string) => void = () => undefined,
): Promise<void> {
  const schema = await currentSchema(database, dialect)
  for (let newer = await newerMigrations(database, dialect); ;) {
    const { error } = await migratorOf(database, dialect, schema, newer, onProgress).migrateToLatest()
    if (error === undefined) return
    // A newer release may have migrated while this one waited for the lock.
    const now = await newerMigrations(database, dialect)
    if (now.length === newer.length) throw error as Error
    newer = now
  }
}

/** Names of the migrations that are missing. Asks for nothing else of the catalogue, which is large where tables have partitions. */
export async function pendingMigrations(database: Kysely<Schema>, dialect: Dialect): Promise<readonly string[]> {
  const applied = new Set(await appliedMigrations(database, dialect))
  return Object.keys(migrations).filter((name) => !applied.has(name))
}

/** `newer` are names that stand in the database and are not known here: Kysely takes them for damage unless it is told. */
function migratorOf(
  database: Kysely<Schema>,
  dialect: Dialect,
  schema: string | undefined,
  newer: readonly string[],
  onProgress?: (step: string) => void,
): Migrator {
  const all: Record<string, Migration> = {}
  for (const name of newer) all[name] = { up: async () => undefined }
  for (const [name, steps] of Object.entries(migrations)) {
    all[name] = {
      up: async (transaction) => {
        onProgress?.(name)
        for (const step of steps(dialect)) await sql.raw(step).execute(transaction)
      },
    }
  }
  return new Migrator({
    db: database,
    provider: { getMigrations: async () => all },
    migrationTableName: appliedTable,
    migrationLockTableName: `${appliedTable}_lock`,
    ...(schema !== undefined && { migrationTableSchema: schema }),
  })
}

/** Not Kysely's own name, which an application that shares the database may need for its migrations. */
const appliedTable = 'doorward_migrations'

/** Where tables are made on PostgreSQL: the database may hold others of the same name elsewhere. */
async function currentSchema(database: Kysely<Schema>, dialect: Dialect): Promise<string | undefined> {
  if (dialect === 'sqlite') return undefined
  const { rows } = await sql<{ schema: string | null }>`select current_schema() as schema`.execute(database)
  return rows[0]?.schema ?? 'public'
}

/** Names of the migrations that a newer release has applied: whoever asks is the older one. */
export async function newerMigrations(database: Kysely<Schema>, dialect: Dialect): Promise<readonly string[]> {
  return (await appliedMigrations(database, dialect)).filter((name) => !Object.hasOwn(migrations, name))
}

async function appliedMigrations(database: Kysely<Schema>, dialect: Dialect): Promise<readonly string[]> {
  const isThere =
    dialect === 'sqlite'
      ? sql<{ found: unknown }>`select 1 as found from sqlite_master where type = 'table' and name = ${appliedTable}`
      : // In the schema where tables are made: another one of the search path may hold an application's.
        sql<{ found: unknown }>`select 1 as found from pg_tables
          where schemaname = coalesce(current_schema(), 'public') and tablename = ${appliedTable}`
  if ((await isThere.execute(database)).rows.length === 0) return []
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(appliedTable)}`.execute(database)
  return rows.map(({ name }) => name)
}
