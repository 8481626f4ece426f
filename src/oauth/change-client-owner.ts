import { RequestRefused } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { Revocations } from '../storage/revocations.ts'
import { holdOrganisation } from '../tokens/organisation-limits.ts'
import { type By, holdOwner } from '../tokens/owner.ts'
import { clientRecord, type ClientRecord } from './client-record.ts'
import { clientRevocationId } from './client.ts'
import { longestAccessToken } from './client-values.ts'

export interface ChangeClientOwnerOptions {
  readonly database: Database
  readonly revocations: Pick<Revocations, 'revoke'>
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Who answers for a client from now on: a user, an organisation, or nobody. */
export type ClientOwner =
  | { readonly kind: 'user'; readonly id: string }
  | { readonly kind: 'organisation'; readonly id: string }
  | null

/**
 * Gives a client to somebody else, who sees and changes it from then on, while whoever had it does not. Secrets, grants and
 * tokens go on, but for JWT access tokens where it leaves or joins an organisation: they tell of that. Throws
 * `RequestRefused`: `not_found`, and `invalid` for an owner who is not there or not active.
 */
export type ChangeClientOwner = (
  clientId: string,
  owner: ClientOwner,
  action: { readonly by: By },
) => Promise<ClientRecord>

export function createChangeClientOwner({
  database,
  revocations,
  clock = Date.now,
}: ChangeClientOwnerOptions): ChangeClientOwner {
  return async (clientId, owner, { by }) => {
    const id = owner === null ? null : parseId(owner.id)
    if (owner !== null && id === null) throw noOwner()
    const columns = {
      owner_id: owner?.kind === 'user' ? id : null,
      organisation_id: owner?.kind === 'organisation' ? id : null,
      organisation_suspended: 0,
    }
    return database.write(async (unit) => {
      if (owner?.kind === 'user') await holdOwner(unit, database.dialect, owner)
      await holdOrganisation(unit, database.dialect, { ...columns, scopes: '', permissions: '' })
      const query = unit.selectFrom('clients').selectAll().where('identifier', '=', clientId)
      const row = await (database.dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst()
      if (row === undefined) throw new RequestRefused('not_found')
      if (row.owner_id === columns.owner_id && row.organisation_id === columns.organisation_id) return clientRecord(row)
      const now = Math.floor(clock())
      const changed = { ...row, ...columns, updated_at: now }
      await unit
        .updateTable('clients')
        .set({ ...columns, updated_at: now })
        .where('id', '=', row.id)
        .execute()
      if (row.organisation_id !== columns.organisation_id) {
        const subjectId = clientRevocationId(clientId)
        const expiresAt = now + longestAccessToken * 1000
        await revocations.revoke(unit, { kind: 'client', subjectId, notBefore: now + 1, expiresAt })
      }
      const detail = { name: row.name, owner: [ownerText(row), ownerText(changed)] }
      await database.audit(unit, { ...by, event: 'client.owner_changed', subject: `client:${clientId}`, detail })
      return clientRecord(changed)
    })
  }
}

function ownerText({
  owner_id: user,
  organisation_id: organisation,
}: {
  readonly owner_id: bigint | null
  readonly organisation_id: bigint | null
}): string | null {
  if (user !== null) return `user:${formatId(user)}`
  return organisation === null ? null : `organisation:${formatId(organisation)}`
}

function noOwner(): RequestRefused {
  return new RequestRefused('invalid', 'The owner does not exist or is not active.')
}
