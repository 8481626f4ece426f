import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Database } from './database.ts'

export interface UnusedClientsOptions {
  /** Those that were last changed before that, in milliseconds since 1970. */
  readonly before: number
  /** How many are deleted at once, at most. */
  readonly batch: number
  /** Milliseconds between two batches. */
  readonly pause: number
  readonly onDeleted: (clients: number) => void
}

/**
 * Deletes clients that registered by themselves (RFC 7591) and that nobody uses: no user has allowed them anything that still
 * counts, no secret of theirs was shown since, nobody here answers for them, and nobody has switched them off. One that acts
 * for itself by a key or a certificate leaves no trace of its uses, and stays.
 */
export async function deleteUnusedClients(database: Database, options: UnusedClientsOptions): Promise<void> {
  const { before, batch, pause, onDeleted } = options
  const lock = database.dialect === 'postgres' ? sql`for update of clients skip locked` : sql``
  const unused = sql`
    source = 'dynamic' and is_active = 1 and owner_id is null and updated_at < ${before}
    and (secret_last_used_at is null or secret_last_used_at < ${before})
    and (next_secret_last_used_at is null or next_secret_last_used_at < ${before})
    and (secret_digest is not null or not (
      grant_types like '%client_credentials%' or grant_types like '%token-exchange%' or grant_types like '%jwt-bearer%'
    ))
    and not exists (select 1 from grants where grants.client_id = clients.id)
    and not exists (select 1 from consents where consents.client_id = clients.id)
    and not exists (select 1 from device_codes where device_codes.client_id = clients.id)`

  for (let after = 0n; ;) {
    const { last, deleted } = await database.write(async (unit) => {
      const found = await sql<{ id: bigint }>`
        select id from clients where id > ${after} and ${unused} order by id limit ${batch} ${lock}`.execute(unit)
      const ids = found.rows.map(({ id }) => id)
      if (ids.length === 0) return { last: null, deleted: 0 }
      // Asked again with the rows held: whoever was first to use one keeps it.
      const gone = await sql<{ identifier: string; name: string }>`
        delete from clients where id in (${sql.join(ids)}) and ${unused} returning identifier, name`.execute(unit)
      for (const { identifier, name } of gone.rows) {
        const detail = { name, reason: 'unused' }
        await database.audit(unit, {
          event: 'client.deleted',
          actor: 'system',
          subject: `client:${identifier}`,
          detail,
        })
      }
      return { last: ids.at(-1) ?? null, deleted: gone.rows.length }
    })
    onDeleted(deleted)
    if (last === null) return
    after = last
    await sleep(pause)
  }
}
