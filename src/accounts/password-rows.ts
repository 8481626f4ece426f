import { sql } from 'kysely'
import type { User } from '../core/identity.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import { toUser, type UserColumns, userColumns } from '../tokens/principal.ts'

/** A user with what their password is checked against. */
export interface PasswordRow extends UserColumns {
  readonly id: bigint
  readonly username_key: string
  readonly email_key: string | null
  readonly password_hash: string | null
  /** Whether they have an authenticator app or a passkey: 0 or 1. */
  readonly has_second_factor: number
  readonly must_change_password: number
  readonly email_verified: number
  readonly source: string | null
}

export interface PasswordRows {
  readonly byId: (id: bigint) => Promise<PasswordRow | null>
  /** By the key of a username or e-mail address, in one statement; a username goes first. */
  readonly byKey: (key: string) => Promise<PasswordRow | null>
}

export function createPasswordRows(database: Database): PasswordRows {
  const columns = [
    'users.id as id',
    'users.username_key',
    'users.email_key',
    'users.password_hash',
    'users.must_change_password',
    'users.email_verified',
    'users.source',
    sql<number>`case when exists (select 1 from totp_devices where totp_devices.user_id = users.id)
      or exists (select 1 from passkeys where passkeys.user_id = users.id) then 1 else 0 end`.as('has_second_factor'),
  ] as const
  return {
    byId: database.lookup<PasswordRow>((read, match) =>
      read.selectFrom('users').select(columns).select(userColumns).where(match('users.id')),
    ),
    byKey: async (key) => {
      const rows = await database.read
        .selectFrom('users')
        .select(columns)
        .select(userColumns)
        .where((eb) => eb.or([eb('username_key', '=', key), eb('email_key', '=', key)]))
        .execute()
      return rows.find((row) => row.username_key === key) ?? rows[0] ?? null
    },
  }
}

/** What was made before the user last signed out everywhere is dead; a password is no such thing. */
export function activeUser(row: PasswordRow, now?: number): User | null {
  return toUser(row, Number.POSITIVE_INFINITY, now)
}

/** The name under which guesses count: username, e-mail address and id are one, and no unknown name is ever somebody's id. */
export function accountOf(id: bigint): string {
  return `user:${formatId(id)}`
}
