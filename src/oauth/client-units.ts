import type { Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import { equalBytes } from '../crypto/compare.ts'
import type { AuditDetail } from '../storage/audit.ts'
import type { Database } from '../storage/database.ts'
import type { Revocations } from '../storage/revocations.ts'
import type { ClientRow, Schema } from '../storage/schema.ts'
import type { ClientAction } from './client-actions.ts'
import { isTheirs } from './client-list.ts'
import { clientRecord, type ClientRecord } from './client-record.ts'
import { longestAccessToken } from './client-values.ts'
import { clientRevocationId } from './client.ts'
import { credentialsEnd } from './credentials-end.ts'

export interface ClientUnitsOptions {
  readonly database: Pick<Database, 'dialect' | 'write' | 'audit'>
  readonly revocations: Pick<Revocations, 'revoke'>
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** How clients are changed. Both throw `RequestRefused` (`not_found`) where there is none, or none that is the caller's. */
export interface ClientUnits {
  /** One unit on one client, whose row it is given while nobody else changes it. */
  readonly inUnit: <Result>(
    id: string,
    action: ClientAction,
    work: (unit: Transaction<Schema>, row: ClientRow) => Promise<Result>,
  ) => Promise<Result>
  /** Changes columns and says so in the audit log. `null` leaves it as it is. */
  readonly change: (
    id: string,
    event: string,
    action: ClientAction,
    columnsFor: (row: ClientRow, now: number) => Partial<ClientRow> | null,
    detail?: (row: ClientRow, changed: ClientRow) => AuditDetail,
    /** What else happens in the same unit, where it is changed (nothing). */
    alongside?: (unit: Transaction<Schema>, row: ClientRow) => Promise<void>,
  ) => Promise<ClientRecord>
  /** Ends tokens that nobody looks up. What was made in this very millisecond is dead as well: it might be from before. */
  readonly endJwts: (unit: Transaction<Schema>, row: ClientRow, now: number) => Promise<void>
}

export function createClientUnits({ database, revocations, clock = Date.now }: ClientUnitsOptions): ClientUnits {
  async function inUnit<Result>(
    id: string,
    action: ClientAction,
    work: (unit: Transaction<Schema>, row: ClientRow) => Promise<Result>,
  ): Promise<Result> {
    return database.write(async (unit) => {
      const query = unit.selectFrom('clients').selectAll().where('identifier', '=', id)
      // SQLite runs one unit after the other anyway, and has no such clause.
      const row = await (database.dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst()
      if (row === undefined || !isTheirs(row, action) || !isManagedBy(row, action))
        throw new RequestRefused('not_found')
      return work(unit, row)
    })
  }

  async function change(
    id: string,
    event: string,
    action: ClientAction,
    columnsFor: (row: ClientRow, now: number) => Partial<ClientRow> | null,
    detail: (row: ClientRow, changed: ClientRow) => AuditDetail = () => ({}),
    alongside?: (unit: Transaction<Schema>, row: ClientRow) => Promise<void>,
  ): Promise<ClientRecord> {
    return inUnit(id, action, async (unit, row) => {
      const now = Math.floor(clock())
      const columns = columnsFor(row, now)
      if (columns === null) return clientRecord(row)
      const credentials = { credentials_end_at: credentialsEnd({ ...row, ...columns }) }
      const changed = { ...row, ...columns, ...credentials, updated_at: now }
      await unit
        .updateTable('clients')
        .set({ ...columns, ...credentials, updated_at: now })
        .where('id', '=', row.id)
        .execute()
      if (row.is_active > changed.is_active) await endJwts(unit, row, now)
      const said = { event, subject: subjectOf(row), detail: { name: changed.name, ...detail(row, changed) } }
      await database.audit(unit, { ...action.by, ...said })
      await alongside?.(unit, row)
      return clientRecord(changed)
    })
  }

  async function endJwts(unit: Transaction<Schema>, { identifier }: ClientRow, now: number): Promise<void> {
    const subjectId = clientRevocationId(identifier)
    const expiresAt = now + longestAccessToken * 1000
    await revocations.revoke(unit, { kind: 'client', subjectId, notBefore: now + 1, expiresAt })
  }

  return { inUnit, change, endJwts }
}

function isManagedBy({ registration_digest: digest }: ClientRow, { registration }: ClientAction): boolean {
  return registration === undefined || (digest !== null && equalBytes(digest, registration))
}

/** How the audit log names a client. */
export function subjectOf({ identifier }: ClientRow): string {
  return `client:${identifier}`
}
