import type { Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import type { ApiKeyRow, Schema, ServiceAccountRow } from '../storage/schema.ts'
import { wordsOf } from './principal.ts'

/**
 * Keeps a service account within what its organisation may give: throws `RequestRefused` (`invalid`) for a scope or
 * permission beyond that, and for an organisation that is not there or suspended. It stays so until the unit is over.
 */
export async function holdOrganisation(
  unit: Transaction<Schema>,
  dialect: Database['dialect'],
  account: Pick<ServiceAccountRow, 'organisation_id' | 'scopes' | 'permissions'>,
): Promise<void> {
  if (account.organisation_id === null) return
  const query = unit
    .selectFrom('organisations')
    .select(['suspended_at', 'allowed_scopes', 'allowed_permissions'])
    .where('id', '=', account.organisation_id)
  const row = await (dialect === 'postgres' ? query.forShare() : query).executeTakeFirst()
  if (row === undefined || row.suspended_at !== null) {
    throw refused('organisationId', 'The organisation does not exist or is suspended.')
  }
  const scopes = beyond(account.scopes, row.allowed_scopes)
  if (scopes !== '') throw refused('scopes', `The organisation may not give: ${scopes}.`)
  const permissions = beyond(account.permissions, row.allowed_permissions)
  if (permissions !== '') throw refused('permissions', `The organisation may not give: ${permissions}.`)
}

/**
 * Throws `RequestRefused` (`invalid`) for a key of a service account that would live for longer than its organisation lets
 * keys live, from now on.
 */
export async function checkKeyLifetime(
  reader: Transaction<Schema> | Database['read'],
  { service_account_id: account, expires_at: end }: Pick<ApiKeyRow, 'service_account_id' | 'expires_at'>,
  now: number,
): Promise<void> {
  if (account === null) return
  const row = await (reader as Database['read'])
    .selectFrom('service_accounts')
    .innerJoin('organisations', 'organisations.id', 'service_accounts.organisation_id')
    .select('organisations.longest_key_lifetime')
    .where('service_accounts.id', '=', account)
    .executeTakeFirst()
  const longest = row?.longest_key_lifetime ?? null
  if (longest === null || (end !== null && end <= now + longest * 1000)) return
  const days = Math.floor(longest / 86_400)
  const limit = days === 0 ? `${longest} seconds` : days === 1 ? 'a day' : `${days} days`
  throw refused('expiresAt', `Keys of this organisation live for ${limit} at most.`)
}

/** The words of a list that another lacks. */
function beyond(list: string, allowed: string): string {
  const known = new Set(wordsOf(allowed))
  return wordsOf(list)
    .filter((word) => !known.has(word))
    .join(' ')
}

function refused(field: string, message: string): RequestRefused {
  return new RequestRefused('invalid', message, { body: { [field]: [message] } })
}
