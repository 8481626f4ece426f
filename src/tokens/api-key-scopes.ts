import type { Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import type { ApiKeyRow, Schema } from '../storage/schema.ts'
import { wordsOf } from './principal.ts'

/** A scope beyond those of its service account would never count: better to say so. Throws `RequestRefused` (`invalid`). */
export async function checkKeyScopes(
  unit: Transaction<Schema>,
  row: Pick<ApiKeyRow, 'service_account_id' | 'scopes'>,
): Promise<void> {
  if (row.service_account_id === null) return
  const account = await unit
    .selectFrom('service_accounts')
    .select('scopes')
    .where('id', '=', row.service_account_id)
    .executeTakeFirst()
  const allowed = wordsOf(account?.scopes ?? '')
  const beyond = wordsOf(row.scopes).filter((scope) => !allowed.includes(scope))
  if (beyond.length === 0) return
  const message = `The service account does not have: ${beyond.join(' ')}.`
  throw new RequestRefused('invalid', message, { body: { scopes: [message] } })
}
