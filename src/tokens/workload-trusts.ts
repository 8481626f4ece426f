import type { Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import type { AuditEvent } from '../storage/audit.ts'
import { formatId, idOrNone, parseId } from '../storage/id.ts'
import type { Schema, WorkloadTrustRow } from '../storage/schema.ts'
import { wantedId } from '../storage/wanted-id.ts'
import { checkMayChange } from './api-key-change.ts'
import { checkKeyScopes } from './api-key-scopes.ts'
import { type By, holdOwner } from './owner.ts'
import { wordsOf } from './principal.ts'
import { createWorkloadFinder, type WorkloadFinder, type WorkloadFinderOptions } from './workload-finder.ts'
import { createTestWorkloadToken, type TestWorkloadToken } from './workload-test.ts'
import { ownAudience, workloadTrustColumns, type WorkloadTrustValues } from './workload-trust-values.ts'

export type { WorkloadAuth } from './workload-finder.ts'
export type { WorkloadFinding } from './workload-test.ts'
export type { WorkloadTrustValues } from './workload-trust-values.ts'

/** Who does it. */
export interface WorkloadTrustAction {
  readonly by: By
  /** The member whose roles have to allow it, in the moment in which it is done (nobody's: it is allowed otherwise). */
  readonly allowedBy?: string | undefined
}

export interface WorkloadTrust extends Required<WorkloadTrustValues> {
  readonly id: string
  readonly accountId: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly lastUsedAt: number | null
}

/**
 * Whose tokens stand for a service account: those that an issuer elsewhere signs, for a subject and an audience. What changes
 * something throws `RequestRefused`: `invalid`, `conflict` where it is there already or there are too many, `not_found`.
 */
export interface WorkloadTrusts extends WorkloadFinder {
  readonly create: (
    accountId: string,
    values: WorkloadTrustValues,
    action: WorkloadTrustAction,
  ) => Promise<WorkloadTrust>
  /** Those of a service account, oldest first. */
  readonly list: (accountId: string) => Promise<readonly WorkloadTrust[]>
  /** Its tokens are refused from the next request on. */
  readonly remove: (accountId: string, id: string, action: WorkloadTrustAction) => Promise<void>
  readonly test: TestWorkloadToken
  /** Whether such tokens are let in at all. */
  readonly isWayIn: boolean
  /** The audience that is of this service account alone. */
  readonly audienceOf: (accountId: string) => string
}

export interface WorkloadTrustsOptions extends WorkloadFinderOptions {
  /** Whether such tokens are let in at all (true): where they are not, a token that is tried out is told so. */
  readonly isWayIn?: boolean
}

export function createWorkloadTrusts(options: WorkloadTrustsOptions): WorkloadTrusts {
  const { database, ownIssuer, findKey, isWayIn = true, clock = Date.now } = options

  async function checkRoom(unit: Transaction<Schema>, row: WorkloadTrustRow): Promise<void> {
    const query = unit.selectFrom('workload_trusts').select(['issuer', 'audience', 'subject'])
    const all = await query.where('service_account_id', '=', row.service_account_id).execute()
    const isThere = all.some(
      ({ issuer, audience, subject }) => issuer === row.issuer && audience === row.audience && subject === row.subject,
    )
    if (isThere) throw new RequestRefused('conflict', 'The service account trusts the same already.')
    if (all.length >= most) throw new RequestRefused('conflict', `A service account trusts ${most} at most.`)
  }

  return {
    ...createWorkloadFinder(options),
    isWayIn,
    test: createTestWorkloadToken({ database, findKey, isWayIn, clock }),
    audienceOf: (accountId) => ownAudience(ownIssuer, accountId),
    create: async (accountId, values, { by, allowedBy }) => {
      const now = Math.floor(clock())
      const row: WorkloadTrustRow = {
        id: database.newId(),
        service_account_id: wantedId(accountId),
        ...workloadTrustColumns(values, { ownIssuer, accountId }),
        created_at: now,
        last_used_at: null,
      }
      await database.write(async (unit) => {
        await holdOwner(unit, database.dialect, { kind: 'service_account', id: accountId })
        await checkMayChange(unit, database.dialect, row, { allowedBy, now, isNew: true })
        await checkKeyScopes(unit, row)
        await checkRoom(unit, row)
        await unit.insertInto('workload_trusts').values(row).execute()
        await database.audit(unit, eventOf(row, 'workload_trust.made', by))
      })
      return trustOf(row)
    },
    list: async (accountId) => {
      const query = database.read.selectFrom('workload_trusts').selectAll()
      return (await query.where('service_account_id', '=', idOrNone(accountId)).orderBy('id').execute()).map(trustOf)
    },
    remove: async (accountId, id, { by, allowedBy }) => {
      const [account, wanted] = [parseId(accountId), wantedId(id)]
      await database.write(async (unit) => {
        const query = unit.deleteFrom('workload_trusts').where('id', '=', wanted)
        const row = await query
          .where('service_account_id', '=', account ?? 0n)
          .returningAll()
          .executeTakeFirst()
        if (row === undefined) throw new RequestRefused('not_found')
        await checkMayChange(unit, database.dialect, row, { allowedBy, now: Math.floor(clock()) })
        await database.audit(unit, eventOf(row, 'workload_trust.removed', by))
      })
    },
  }
}

/** Of one service account. */
const most = 20

function trustOf(row: WorkloadTrustRow): WorkloadTrust {
  return {
    id: formatId(row.id),
    accountId: formatId(row.service_account_id),
    issuer: row.issuer,
    subject: row.subject,
    audience: row.audience,
    scopes: wordsOf(row.scopes),
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  }
}

/** It stands in the history of the service account. */
function eventOf(row: WorkloadTrustRow, event: string, by: By): AuditEvent {
  const { id, issuer, subject: sub, audience, scopes } = row
  const subject = `service_account:${formatId(row.service_account_id)}`
  return { ...by, event, subject, detail: { trust: formatId(id), issuer, sub, audience, scopes } }
}
