import type { Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import { formatId, idOrNone, parseId } from '../storage/id.ts'
import type { Schema, ServiceAccountRow } from '../storage/schema.ts'
import { wantedId } from '../storage/wanted-id.ts'
import { credentialName } from './credential-name.ts'
import { heldBack } from './held-back.ts'
import { checkMemberRight } from './member-right.ts'
import { holdOrganisation } from './organisation-limits.ts'
import { holdOwner } from './owner.ts'
import type { By } from './owner.ts'
import { wordsOf } from './principal.ts'
import { serviceAccountRecord } from './service-account-record.ts'
import { permissionList, scopeList } from './word-list.ts'

export interface ServiceAccountsOptions {
  readonly database: Database
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export interface ServiceAccountValues {
  readonly name: string
  /** The user who answers for it; `null`: nobody (null). It goes on when they leave. */
  readonly ownerId: string | null
  /** What its credentials may do at most (nothing). */
  readonly scopes: readonly string[]
  /** Such as `notes.change` (none). */
  readonly permissions: readonly string[]
}

export interface NewServiceAccount extends Partial<ServiceAccountValues> {
  readonly name: string
  /** The organisation that it belongs to, and is suspended and deleted with (none). */
  readonly organisationId?: string | null
}

/** Who does it; with `organisationId`, only to what belongs to that organisation. */
export interface ServiceAccountAction {
  readonly by: By
  readonly organisationId?: string
  /** The member whose roles have to allow it, in the moment in which it is done (nobody's: it is allowed otherwise). */
  readonly allowedBy?: string | undefined
  /** Whether it is an administrator (false). What one switches off, only one switches on. */
  readonly asAdministrator?: boolean
}

export interface ServiceAccountRecord extends ServiceAccountValues {
  readonly id: string
  readonly organisationId: string | null
  readonly isActive: boolean
  /** Whether an administrator switched it off: then only one switches it on. */
  readonly isHeld: boolean
  /** Milliseconds since 1970. */
  readonly createdAt: number
}

/**
 * What changes one throws `RequestRefused`: `not_found` where there is none, `invalid` for a value that makes no sense, or
 * that the organisation may not give. What is changed counts from the next request on.
 */
export interface ServiceAccounts {
  readonly create: (
    account: NewServiceAccount,
    action: Pick<ServiceAccountAction, 'by' | 'allowedBy'>,
  ) => Promise<ServiceAccountRecord>
  readonly find: (id: string) => Promise<ServiceAccountRecord | null>
  /** All of them, or those that a user answers for, or an organisation's, by name. */
  readonly list: (filter?: ServiceAccountFilter) => Promise<readonly ServiceAccountRecord[]>
  readonly update: (
    id: string,
    values: Partial<ServiceAccountValues>,
    action: ServiceAccountAction,
  ) => Promise<ServiceAccountRecord>
  /** Its tokens and keys stop working for now. What is off stays off for its owner where an administrator switched it off: `conflict`. */
  readonly disable: (id: string, action: ServiceAccountAction) => Promise<ServiceAccountRecord>
  readonly enable: (id: string, action: ServiceAccountAction) => Promise<ServiceAccountRecord>
  /** Deletes it with its tokens, keys and certificates. */
  readonly delete: (id: string, action: ServiceAccountAction) => Promise<void>
}

export interface ServiceAccountFilter {
  readonly ownerId?: string
  readonly organisationId?: string
  /** Only those of exactly this name. */
  readonly name?: string
}

/** Programs that act under their own name. */
export function createServiceAccounts({ database, clock = Date.now }: ServiceAccountsOptions): ServiceAccounts {
  async function change(
    id: string,
    event: string,
    { by, organisationId, allowedBy, asAdministrator = false }: ServiceAccountAction,
    columns: Partial<ServiceAccountRow>,
  ): Promise<ServiceAccountRecord> {
    const wanted = wantedId(id)
    return database.write(async (unit) => {
      await holdAnswering(unit, columns.owner_id)
      const row = await unit
        .updateTable('service_accounts')
        .set(Object.keys(columns).length === 0 ? { id: wanted } : columns)
        .where('id', '=', wanted)
        .$if(columns.is_active === 1 && !asAdministrator, (accounts) => accounts.where('held', '=', 0))
        .returningAll()
        .executeTakeFirst()
      if (row === undefined) throw await refusalOf(unit, wanted, organisationId)
      if (!isOf(row, organisationId)) throw new RequestRefused('not_found')
      await checkRight(unit, row, allowedBy, 'service_accounts.change', wordsOf(columns.permissions ?? null))
      await holdOrganisation(unit, database.dialect, row)
      await database.audit(unit, { ...by, event, subject: subjectOf(wanted), detail: detailOf(row) })
      return serviceAccountRecord(row)
    })
  }

  async function checkRight(
    unit: Transaction<Schema>,
    { organisation_id: organisation }: ServiceAccountRow,
    allowedBy: string | undefined,
    permission: string,
    gives?: readonly string[],
  ): Promise<void> {
    const right = { allowedBy, permission, gives, now: Math.floor(clock()) }
    await checkMemberRight(unit, database.dialect, organisation, right)
  }

  async function holdAnswering(unit: Parameters<typeof holdOwner>[0], owner: bigint | null | undefined): Promise<void> {
    if (owner !== null && owner !== undefined) {
      await holdOwner(unit, database.dialect, { kind: 'user', id: formatId(owner) })
    }
  }

  return {
    create: async (values, { by, allowedBy }) => {
      const row: ServiceAccountRow = {
        id: database.newId(),
        owner_id: null,
        scopes: '',
        permissions: '',
        is_active: 1,
        created_at: Math.floor(clock()),
        organisation_id: organisationIn(values.organisationId ?? null),
        organisation_suspended: 0,
        held: 0,
        ...columnsOf(values),
        name: credentialName(values.name),
      }
      await database.write(async (unit) => {
        await holdAnswering(unit, row.owner_id)
        await checkRight(unit, row, allowedBy, 'service_accounts.add', wordsOf(row.permissions))
        await holdOrganisation(unit, database.dialect, row)
        await unit.insertInto('service_accounts').values(row).execute()
        const event = 'service_account.created'
        await database.audit(unit, { ...by, event, subject: subjectOf(row.id), detail: detailOf(row) })
      })
      return serviceAccountRecord(row)
    },
    find: async (id) => {
      const wanted = parseId(id)
      if (wanted === null) return null
      const row = await database.read
        .selectFrom('service_accounts')
        .selectAll()
        .where('id', '=', wanted)
        .executeTakeFirst()
      return row === undefined ? null : serviceAccountRecord(row)
    },
    list: async ({ ownerId, organisationId, name } = {}) => {
      let query = database.read.selectFrom('service_accounts').selectAll().orderBy('name').orderBy('id')
      if (ownerId !== undefined) query = query.where('owner_id', '=', idOrNone(ownerId))
      if (organisationId !== undefined) query = query.where('organisation_id', '=', idOrNone(organisationId))
      if (name !== undefined) query = query.where('name', '=', name)
      return (await query.execute()).map(serviceAccountRecord)
    },
    update: async (id, values, action) => change(id, 'service_account.updated', action, columnsOf(values)),
    disable: async (id, action) => {
      const held = action.asAdministrator === true ? { held: 1 } : {}
      return change(id, 'service_account.disabled', action, { is_active: 0, ...held })
    },
    enable: async (id, action) => change(id, 'service_account.enabled', action, { is_active: 1, held: 0 }),
    delete: async (id, { by, organisationId, allowedBy }) => {
      const wanted = wantedId(id)
      await database.write(async (unit) => {
        const row = await unit.deleteFrom('service_accounts').where('id', '=', wanted).returningAll().executeTakeFirst()
        if (row === undefined || !isOf(row, organisationId)) throw new RequestRefused('not_found')
        await checkRight(unit, row, allowedBy, 'service_accounts.delete')
        const event = 'service_account.deleted'
        await database.audit(unit, { ...by, event, subject: subjectOf(wanted), detail: detailOf(row) })
      })
    },
  }
}

/** Why nothing was changed: it is not there, or none of theirs, or an administrator switched it off. */
async function refusalOf(
  unit: Transaction<Schema>,
  id: bigint,
  organisationId: string | undefined,
): Promise<RequestRefused> {
  const row = await unit.selectFrom('service_accounts').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined || !isOf(row, organisationId)) return new RequestRefused('not_found')
  return heldBack()
}

function columnsOf(values: Partial<ServiceAccountValues>): Partial<ServiceAccountRow> {
  const { name, ownerId, scopes, permissions } = values
  return {
    ...(name === undefined ? {} : { name: credentialName(name) }),
    ...(ownerId === undefined ? {} : { owner_id: answeringUser(ownerId) }),
    ...(scopes === undefined ? {} : { scopes: scopeList(scopes) }),
    ...(permissions === undefined ? {} : { permissions: permissionList(permissions) }),
  }
}

function isOf({ organisation_id: organisation }: ServiceAccountRow, organisationId: string | undefined): boolean {
  return organisationId === undefined || (organisation !== null && formatId(organisation) === organisationId)
}

function organisationIn(id: unknown): bigint | null {
  if (id === null) return null
  const parsed = typeof id === 'string' ? parseId(id) : null
  if (parsed !== null) return parsed
  const message = 'The organisation must be given by its id.'
  throw new RequestRefused('invalid', message, { body: { organisationId: [message] } })
}

function answeringUser(id: unknown): bigint | null {
  if (id === null) return null
  const parsed = typeof id === 'string' ? parseId(id) : null
  if (parsed !== null) return parsed
  const message = 'The user who answers for it must be given by their id.'
  throw new RequestRefused('invalid', message, { body: { ownerId: [message] } })
}

function detailOf({ name, owner_id, organisation_id, scopes, permissions }: ServiceAccountRow): {
  readonly [name: string]: string | null
} {
  return {
    name,
    answering: owner_id === null ? null : `user:${formatId(owner_id)}`,
    ...(organisation_id === null ? {} : { organisation: formatId(organisation_id) }),
    scopes,
    permissions,
  }
}

function subjectOf(id: bigint): string {
  return `service_account:${formatId(id)}`
}
