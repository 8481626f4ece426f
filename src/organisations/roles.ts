import type { Transaction } from 'kysely'
import { eventBy } from '../accounts/acted-by.ts'
import { createEndAccess } from '../accounts/end-access.ts'
import { orConflict } from '../accounts/unique.ts'
import { RequestRefused } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { Revocations } from '../storage/revocations.ts'
import type { OrganisationRow, RoleRow, Schema } from '../storage/schema.ts'
import { wordsOf } from '../tokens/principal.ts'
import { isStanding } from '../tokens/standing.ts'
import { type Authority, checkMayWriteRole } from './authority.ts'
import { checkAllowedNow, type MemberActedBy } from './authority-now.ts'
import { heldOrganisation, idOf } from './held.ts'
import { checkRoleLimits } from './limits.ts'
import { builtInRoles, type Role, roleColumns, type RoleValues, toRole } from './role-values.ts'

export interface RolesOptions {
  readonly database: Database
  /** Those of this process, so that it knows at once of tokens that are dead. */
  readonly revocations: Pick<Revocations, 'revoke'>
  /** Seconds that an access token lives at most which nobody looks up (a day). */
  readonly accessTokenLifetime?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export interface NewRole extends Partial<RoleValues> {
  readonly name: string
  /** The organisation that it is of; `null`: it is there for all (null). */
  readonly organisationId?: string | null
}

/** Who does it; with `organisationId`, only to roles of that organisation, and with `null`, only to those for all. */
export interface RoleAction {
  readonly by?: MemberActedBy
  readonly organisationId?: string | null
}

/**
 * Roles: permissions under one name. Those of an organisation count within it; others count everywhere or within the
 * organisation that they are granted for. Functions throw `RequestRefused`: `not_found`, `invalid`, `conflict` for a name
 * that is taken, and for a change of what is built in. What changes counts from the next request on.
 */
export interface Roles {
  readonly create: (role: NewRole, by?: MemberActedBy) => Promise<Role>
  /** By id; `owner`, `admin` and `member` are those of the roles that are built in. */
  readonly find: (id: string) => Promise<Role | null>
  /** By name: those for all (`null`) or those of an organisation. */
  readonly findByName: (name: string, organisationId: string | null) => Promise<Role | null>
  /** By name: those that are built in, then those for all (`null`) or of an organisation. */
  readonly list: (organisationId: string | null) => Promise<readonly Role[]>
  readonly update: (id: string, changes: Partial<RoleValues>, action?: RoleAction) => Promise<Role>
  /** Takes it from everybody who has it. */
  readonly delete: (id: string, action?: RoleAction) => Promise<void>
}

export function createRoles(options: RolesOptions): Roles {
  const { database, accessTokenLifetime = 86_400, clock = Date.now, revocations } = options
  const endAccess = createEndAccess({ database, clock, accessTokenLifetime, revocations })

  async function change<Result>(
    id: string,
    { organisationId }: RoleAction,
    work: (unit: Transaction<Schema>, row: RoleRow, organisation: OrganisationRow | null) => Promise<Result>,
  ): Promise<Result> {
    if (isStanding(id)) throw new RequestRefused('conflict', 'The role is built in. Clone it, and change the clone.')
    return database.write(async (unit) => {
      const query = unit.selectFrom('roles').selectAll().where('id', '=', idOf(id))
      const known = await query.executeTakeFirst()
      const isTheirs = organisationId === undefined || ofOrganisation(known) === organisationId
      if (known === undefined || !isTheirs) throw new RequestRefused('not_found')
      // Held first, as everywhere: neither its limits nor whoever changes the role become less meanwhile.
      const { organisation_id: of } = known
      const organisation = of === null ? null : await heldOrganisation(unit, database, of)
      const row = await (database.dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst()
      if (row === undefined) throw new RequestRefused('not_found')
      return work(unit, row, organisation)
    })
  }

  async function checkAllowed(
    unit: Transaction<Schema>,
    organisation: OrganisationRow | null,
    { allowedBy }: MemberActedBy,
    check: (authority: Authority) => void,
  ): Promise<void> {
    if (organisation === null) return
    await checkAllowedNow(unit, organisation, { allowedBy, now: Math.floor(clock()) }, check)
  }

  async function endClaims(unit: Transaction<Schema>, { id }: RoleRow): Promise<void> {
    const rows = await unit.selectFrom('role_grants').select('user_id').where('role_id', '=', id).distinct().execute()
    await endAccess.claims(
      unit,
      rows.map(({ user_id }) => user_id),
    )
  }

  return {
    create: async ({ organisationId = null, ...values }, by = {}) => {
      const row: RoleRow = {
        description: '',
        permissions: '',
        name: '',
        ...roleColumns(values),
        id: database.newId(),
        organisation_id: organisationId === null ? null : idOf(organisationId),
        created_at: Math.floor(clock()),
      }
      const creating = database.write(async (unit) => {
        if (row.organisation_id !== null) {
          const organisation = await heldOrganisation(unit, database, row.organisation_id)
          await checkAllowed(unit, organisation, by, (authority) => {
            checkMayWriteRole(authority, 'roles.add', wordsOf(row.permissions))
          })
          checkRoleLimits(row.permissions, organisation)
        }
        await unit.insertInto('roles').values(row).execute()
        await database.audit(unit, eventBy(by, 'role.created', subjectOf(row), detailOf(row)))
      })
      await orConflict(creating, taken)
      return toRole(row)
    },

    find: async (id) => {
      const builtIn = builtInRoles.find((role) => role.id === id)
      if (builtIn !== undefined) return builtIn
      const wanted = parseId(id)
      if (wanted === null) return null
      const row = await database.read.selectFrom('roles').selectAll().where('id', '=', wanted).executeTakeFirst()
      return row === undefined ? null : toRole(row)
    },

    findByName: async (name, organisationId) => {
      const [role] = (await rowsOf(organisationId)).filter((row) => row.name === name)
      return role === undefined ? null : toRole(role)
    },

    list: async (organisationId) => [...builtInRoles, ...(await rowsOf(organisationId)).map(toRole)],

    update: async (id, changes, action = {}) => {
      const columns = roleColumns(changes)
      const updating = change(id, action, async (unit, row, organisation) => {
        const changed = { ...row, ...columns }
        if (Object.keys(columns).length === 0) return toRole(row)
        await checkAllowed(unit, organisation, action.by ?? {}, (authority) => {
          checkMayWriteRole(authority, 'roles.change', wordsOf(`${row.permissions} ${changed.permissions}`))
        })
        if (organisation !== null) checkRoleLimits(changed.permissions, organisation)
        await unit.updateTable('roles').set(columns).where('id', '=', row.id).execute()
        const kept = new Set(wordsOf(changed.permissions))
        const isLess = wordsOf(row.permissions).some((permission) => !kept.has(permission))
        if (isLess || changed.name !== row.name) await endClaims(unit, row)
        await database.audit(unit, eventBy(action.by ?? {}, 'role.updated', subjectOf(row), detailOf(changed)))
        return toRole(changed)
      })
      return orConflict(updating, taken)
    },

    delete: async (id, action = {}) =>
      change(id, action, async (unit, row, organisation) => {
        await checkAllowed(unit, organisation, action.by ?? {}, (authority) => {
          checkMayWriteRole(authority, 'roles.delete', wordsOf(row.permissions))
        })
        await endClaims(unit, row)
        await unit.deleteFrom('roles').where('id', '=', row.id).execute()
        await database.audit(unit, eventBy(action.by ?? {}, 'role.deleted', subjectOf(row), detailOf(row)))
      }),
  }

  async function rowsOf(organisationId: string | null): Promise<readonly RoleRow[]> {
    const query = database.read.selectFrom('roles').selectAll().orderBy('name')
    const those =
      organisationId === null
        ? query.where('organisation_id', 'is', null)
        : query.where('organisation_id', '=', parseId(organisationId) ?? -1n)
    return those.execute()
  }
}

const taken = 'The name of the role is taken.'

function ofOrganisation(row: RoleRow | undefined): string | null {
  return row === undefined || row.organisation_id === null ? null : formatId(row.organisation_id)
}

function subjectOf({ id }: RoleRow): string {
  return `role:${formatId(id)}`
}

function detailOf(row: RoleRow): { readonly [name: string]: string | null } {
  return { name: row.name, permissions: row.permissions, organisation: ofOrganisation(row) }
}
