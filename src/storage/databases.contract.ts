import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'node:test'
import { patient, sharedPostgres, withoutPostgres } from '../../test/services/shared-postgres.ts'
import type { AuditKey } from './audit-key.ts'
import type { Database } from './database.ts'
import { openPostgres } from './postgres.ts'
import type { Schema } from './schema.ts'
import { openSqlite } from './sqlite.ts'

/** An empty database for a test. */
export interface DatabaseFixture {
  /** Opens it: each time the same data, except in memory. Whoever opens it closes it. */
  readonly open: (options?: OpenOptions) => Promise<Database>
  readonly remove: () => Promise<void>
}

export interface StoredDatabaseFixture extends DatabaseFixture {
  /** Where other processes find it. */
  readonly address: DatabaseAddress
}

export interface OpenOptions {
  readonly clock?: () => number
  readonly lease?: number
  readonly auditKey?: () => AuditKey | null
}

export type DatabaseAddress = { readonly path: string } | { readonly url: string }

export type StartDatabase = () => Promise<DatabaseFixture>
export type StartStoredDatabase = () => Promise<StoredDatabaseFixture>

/** Describes the same on a SQLite file, on SQLite in memory and on PostgreSQL. */
export function describeDatabases(name: string, tests: (start: StartDatabase) => void): void {
  describeStoredDatabases(name, tests)
  describe(`${name} on SQLite in memory`, () => tests(inMemory))
}

/** As `describeDatabases`, without memory: for what other processes and later ones see. */
export function describeStoredDatabases(name: string, tests: (start: StartStoredDatabase) => void): void {
  describe(`${name} on a SQLite file`, () => tests(onFile))
  if (!withoutPostgres) describe(`${name} on PostgreSQL`, () => tests(startOnPostgres))
}

export async function openDatabase(address: DatabaseAddress, options: OpenOptions = {}): Promise<Database> {
  return 'url' in address
    ? openPostgres({ ...patient, ...address, ...options })
    : openSqlite({ ...address, ...options })
}

const onFile: StartStoredDatabase = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-sqlite-'))
  const address = { path: join(folder, 'doorward.db') }
  return {
    open: async (options) => openDatabase(address, options),
    address,
    remove: async () => rmSync(folder, { recursive: true }),
  }
}

export const startOnPostgres: StartStoredDatabase = async () => {
  const address = { url: await (await sharedPostgres()).createSchema() }
  return { open: async (options) => openDatabase(address, options), address, remove: async () => undefined }
}

const inMemory: StartDatabase = async () => ({
  open: async (options) => openDatabase({ path: ':memory:' }, options),
  remove: async () => undefined,
})

/** A user with everything that has to be there. */
export function userRow(id: bigint, username: string, more: Partial<Schema['users']> = {}): Schema['users'] {
  return {
    id,
    username,
    username_key: username.normalize('NFKC').toLowerCase(),
    email: null,
    email_key: null,
    email_verified: 0,
    password_hash: null,
    is_active: 1,
    is_staff: 0,
    is_superuser: 0,
    permissions: '',
    created_at: 1_764_000_000_000,
    last_login_at: null,
    password_changed_at: null,
    signed_out_at: null,
    must_change_password: 0,
    has_roles: 0,
    has_second_factor: 0,
    staff_until: null,
    superuser_until: null,
    merged_into_id: null,
    source: null,
    ...more,
  }
}

/** A public client with everything that has to be there. */
export function clientRow(id: bigint, more: Partial<Schema['clients']> = {}): Schema['clients'] {
  return {
    id,
    identifier: 'app',
    name: 'app',
    is_confidential: 0,
    owner_id: null,
    source: 'manual',
    is_active: 1,
    auth_method: 'none',
    grant_types: '',
    scopes: '',
    metadata: '{}',
    secret_digest: null,
    secret_last_used_at: null,
    imported_secret_hash: null,
    next_secret_digest: null,
    next_secret_last_used_at: null,
    rotation_ends_at: null,
    sealed_secret: null,
    registration_digest: null,
    created_at: 0,
    updated_at: 0,
    fresh_until: null,
    organisation_id: null,
    organisation_suspended: 0,
    credentials_end_at: null,
    held: 0,
    ...more,
  }
}

export async function addUser(database: Database, username: string): Promise<bigint> {
  const id = database.newId()
  await database.append({ users: userRow(id, username) })
  return id
}

/** An opaque token of a user. */
export function apiTokenRow(
  id: bigint,
  userId: bigint,
  more: Partial<Schema['api_tokens']> = {},
): Schema['api_tokens'] {
  return {
    id,
    digest: new Uint8Array(32),
    user_id: userId,
    service_account_id: null,
    name: '',
    created_at: 1_764_000_000_000,
    expires_at: null,
    last_used_at: null,
    ...more,
  }
}
