import { RequestRefused } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import type { Revocations } from '../storage/revocations.ts'
import type { By } from '../tokens/owner.ts'
import { clientRevocationId } from './client.ts'
import { longestAccessToken } from './client-values.ts'

export interface EndClientTokensOptions {
  readonly database: Database
  readonly revocations: Pick<Revocations, 'revoke'>
  /** How many rows are looked at in one unit (5000). */
  readonly batch?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * Ends every grant and token of a client that was issued up to now, and leaves the client itself as it is. Gives back how
 * many grants were alive. Throws `RequestRefused` (`not_found`).
 */
export type EndClientTokens = (clientId: string, action: { readonly by: By }) => Promise<number>

export function createEndClientTokens(options: EndClientTokensOptions): EndClientTokens {
  const { database, revocations, batch = 5000, clock = Date.now } = options

  /** Tokens that hang on the client alone. They go in batches, by id, so that no other writer waits for long. */
  async function deleteTokens(clientKey: bigint): Promise<void> {
    const last = database.newId()
    for (let after: bigint | undefined = -1n; after !== undefined;) {
      const from: bigint = after
      after = await database.write(async (unit) => {
        const rows = await unit
          .selectFrom('access_tokens')
          .select(['id', 'client_id'])
          .where('id', '>', from)
          .where('id', '<', last)
          .orderBy('id')
          .limit(batch)
          .execute()
        const theirs = rows.filter(({ client_id: id }) => id === clientKey).map(({ id }) => id)
        for (let start = 0; start < theirs.length; start += atOnce) {
          await unit
            .deleteFrom('access_tokens')
            .where('id', 'in', theirs.slice(start, start + atOnce))
            .execute()
        }
        return rows.length < batch ? undefined : rows.at(-1)?.id
      })
    }
  }

  return async (clientId, { by }) => {
    const { key, count } = await database.write(async (unit) => {
      const now = Math.floor(clock())
      const query = unit.selectFrom('clients').select('id').where('identifier', '=', clientId)
      const client = await (database.dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst()
      if (client === undefined) throw new RequestRefused('not_found')
      const ended = await unit
        .updateTable('grants')
        .set({ revoked_at: now, revoked_for: 'revoked' })
        .where('client_id', '=', client.id)
        .where('revoked_at', 'is', null)
        .executeTakeFirst()
      // For tokens that nobody looks up. What was made in this very millisecond is dead as well: it might be from before.
      const expiresAt = now + longestAccessToken * 1000
      const subjectId = clientRevocationId(clientId)
      await revocations.revoke(unit, { kind: 'client', subjectId, notBefore: now + 1, expiresAt })
      const grants = Number(ended.numUpdatedRows)
      await database.audit(unit, {
        ...by,
        event: 'client.tokens_revoked',
        subject: `client:${clientId}`,
        detail: { grants },
      })
      return { key: client.id, count: grants }
    })
    await deleteTokens(key)
    return count
  }
}

/** A statement has room for some thousands of values. */
const atOnce = 500
