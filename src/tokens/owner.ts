import type { Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { Database } from '../storage/database.ts'
import type { PrincipalKind, Schema } from '../storage/schema.ts'

/** Whom a credential belongs to: a `User` or a `ServiceAccount` as they are, or just these two of them. */
export interface Owner {
  readonly kind: PrincipalKind
  readonly id: string
}

/** Who does something, for the audit log. */
export interface By {
  /** `user:4fQ…`, `service_account:…`, `system`: see `actorOf`. */
  readonly actor: string
  /** As whom they do it, where they act as somebody else: `user:4fQ…` (themselves). */
  readonly actingAs?: string | undefined
  /** With which credential a program does it: `api_key:4fQ…`, `client:…` (none: they have signed in). */
  readonly through?: string | undefined
  readonly address?: string | null
  readonly requestId?: string | null
}

export interface OwnerColumns {
  readonly user_id: bigint | null
  readonly service_account_id: bigint | null
}

/** How the audit log names a principal. */
export function actorOf({ kind, id }: { readonly kind: string; readonly id: string }): string {
  return `${kind}:${id}`
}

/** The columns that refer to an owner. Throws `RequestRefused` (`invalid`) for an id that is none. */
export function ownerColumns({ kind, id }: Owner): OwnerColumns {
  const parsed = parseId(id)
  if (parsed === null) throw noOwner()
  return kind === 'user' ? { user_id: parsed, service_account_id: null } : { user_id: null, service_account_id: parsed }
}

export function ownerOf({ user_id: user, service_account_id: serviceAccount }: OwnerColumns): Owner {
  return user === null
    ? { kind: 'service_account', id: formatId(serviceAccount ?? 0n) }
    : { kind: 'user', id: formatId(user) }
}

/** The condition that finds what belongs to an owner. */
export function ownedBy(owner: Owner): readonly [column: 'user_id' | 'service_account_id', '=', id: bigint] {
  const { user_id: user, service_account_id: serviceAccount } = ownerColumns(owner)
  return user === null ? ['service_account_id', '=', serviceAccount ?? 0n] : ['user_id', '=', user]
}

/**
 * Makes units that give something to the same owner run one after the other, and throws `RequestRefused` (`invalid`) unless
 * the owner exists and is active. Call it first in the unit.
 */
export async function holdOwner(unit: Transaction<Schema>, dialect: Database['dialect'], owner: Owner): Promise<void> {
  if (!(await lockOwner(unit, dialect, owner))) throw noOwner()
}

/** The same whatever the owner is: whether they exist and are active. */
export async function lockOwner(
  unit: Transaction<Schema>,
  dialect: Database['dialect'],
  owner: Owner,
): Promise<boolean> {
  const [, , id] = ownedBy(owner)
  const table = owner.kind === 'user' ? 'users' : 'service_accounts'
  const query = unit
    .selectFrom(table)
    .select('is_active')
    .where('id', '=', id)
    .$if(table === 'service_accounts', (accounts) => accounts.select('organisation_suspended'))
  // SQLite runs one unit after the other anyway, and has no such clause.
  const row = await (dialect === 'postgres' ? query.forNoKeyUpdate() : query).executeTakeFirst()
  return row?.is_active === 1 && row.organisation_suspended !== 1
}

function noOwner(): RequestRefused {
  return new RequestRefused('invalid', 'The owner does not exist or is not active.')
}
