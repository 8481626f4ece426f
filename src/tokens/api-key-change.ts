import type { Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import type { AuditEvent } from '../storage/audit.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { ApiKeyRow, Schema } from '../storage/schema.ts'
import { wantedId } from '../storage/wanted-id.ts'
import { checkKeyScopes } from './api-key-scopes.ts'
import type { KeyLimits } from './key-limits.ts'
import { checkMemberRight, ofServiceAccount } from './member-right.ts'
import { checkKeyLifetime } from './organisation-limits.ts'
import { actorOf, type By, ownedBy, type Owner, ownerOf } from './owner.ts'

/** Who does it to a key; with `owner`, only if it is theirs, and as its owner may; without, as an administrator. */
export interface KeyAction {
  readonly by: By
  readonly owner?: Owner
  /** The member whose roles have to allow it, in the moment in which it is done (nobody's: it is allowed otherwise). */
  readonly allowedBy?: string | undefined
}

export interface KeyChange {
  readonly id: string
  /** As the audit log is told. */
  readonly event: string
  readonly action: KeyAction
  /** What becomes of the row; `null` leaves it as it is. */
  readonly columnsFor: (row: ApiKeyRow, now: number) => Partial<ApiKeyRow> | null
}

/**
 * Reads a key, changes it and says so in the audit log, while nobody else changes it. Returns its row as it is then. Throws
 * `RequestRefused`: `not_found`, and what the new values are refused for.
 */
export type ChangeKey = (unit: Transaction<Schema>, change: KeyChange) => Promise<ApiKeyRow>

export interface ChangeKeyOptions {
  readonly database: Pick<Database, 'dialect' | 'audit'>
  readonly limits: Pick<KeyLimits, 'checkName'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

export function createChangeKey({ database, limits, clock }: ChangeKeyOptions): ChangeKey {
  return async (unit, { id, event, action: { by, owner, allowedBy }, columnsFor }) => {
    const wanted = wantedId(id)
    const key = unit.selectFrom('api_keys').selectAll().where('id', '=', wanted)
    const query = owner === undefined ? key : key.where(...ownedBy(owner))
    // SQLite runs one unit after the other anyway, and has no such clause.
    const row = await (database.dialect === 'postgres' ? query.forNoKeyUpdate() : query).executeTakeFirst()
    if (row === undefined) throw new RequestRefused('not_found')
    await checkMayChange(unit, database.dialect, row, { allowedBy, now: Math.floor(clock()) })
    const columns = columnsFor(row, Math.floor(clock()))
    if (columns === null) return row
    const changed = { ...row, ...columns }
    if (columns.scopes !== undefined) await checkKeyScopes(unit, changed)
    if (changed.name !== row.name) await limits.checkName(unit, changed, Math.floor(clock()))
    const isRenewed = columns.expires_at !== undefined || (columns.next_digest ?? null) !== null
    if (isRenewed) await checkKeyLifetime(unit, changed, Math.floor(clock()))
    await unit.updateTable('api_keys').set(columns).where('id', '=', wanted).execute()
    await database.audit(unit, keyEvent(changed, event, by))
    return changed
  }
}

/**
 * Whether a member may do something to keys of their organisation, in the moment in which it is done; `isNew`: they are shown its
 * secret. Throws `PermissionDenied`.
 */
export async function checkMayChange(
  unit: Transaction<Schema>,
  dialect: Database['dialect'],
  row: Pick<ApiKeyRow, 'service_account_id'>,
  {
    allowedBy,
    now,
    isNew = false,
  }: { readonly allowedBy: string | undefined; readonly now: number; readonly isNew?: boolean },
): Promise<void> {
  if (allowedBy === undefined) return
  const { organisation, permissions } = await ofServiceAccount(unit, row.service_account_id)
  const gives = isNew ? permissions : []
  await checkMemberRight(unit, dialect, organisation, { allowedBy, permission: 'service_accounts.change', gives, now })
}

/** What the audit log says of a key. */
export function keyEvent(row: ApiKeyRow, event: string, by: By): AuditEvent {
  const { name, purpose, mode, scopes, allowed_addresses, rate, expires_at, rotation_ends_at } = row
  const owner = actorOf(ownerOf(row))
  const detail = { owner, name, purpose, mode, scopes, allowed_addresses, rate, expires_at, rotation_ends_at }
  return { ...by, event, subject: `api_key:${formatId(row.id)}`, detail }
}
