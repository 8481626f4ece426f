import { sql, type SqlBool, type Transaction } from 'kysely'
import { type ActedBy, eventBy } from '../accounts/acted-by.ts'
import { createEndAccess } from '../accounts/end-access.ts'
import { orConflict } from '../accounts/unique.ts'
import { RequestRefused } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { Revocations } from '../storage/revocations.ts'
import type { OrganisationRow, Schema } from '../storage/schema.ts'
import { holdOwner } from '../tokens/owner.ts'
import { checkMay } from './authority.ts'
import { checkAllowedNow, type MemberActedBy } from './authority-now.ts'
import { createEndClients } from './end-clients.ts'
import { endBoundGrants } from './end-bound-grants.ts'
import { heldOrganisation, idOf } from './held.ts'
import { withinLimits } from './limits.ts'
import { countsOf, memberCountsOf, type OrganisationCounts } from './organisation-counts.ts'
import {
  type Organisation,
  organisationColumns,
  type OrganisationValues,
  toOrganisation,
} from './organisation-values.ts'
import { markRoles } from './role-mark.ts'

export interface OrganisationsOptions {
  readonly database: Database
  /** Those of this process, so that it knows at once of tokens that are dead. */
  readonly revocations: Pick<Revocations, 'revoke'>
  /** Seconds that an access token lives at most which nobody looks up (a day). */
  readonly accessTokenLifetime?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export interface NewOrganisation extends Partial<OrganisationValues> {
  readonly name: string
  readonly slug: string
  /** The user who owns it at first. */
  readonly ownerId: string
}

export interface OrganisationListOptions {
  /** Only those whose name or short name begins so, however it is written (all). */
  readonly search?: string
  /** Only those that are suspended, or are not (all). */
  readonly suspended?: boolean
  /** `next` of the page before (none: the first page). */
  readonly after?: string
  /** How many, from 1 to 200 (50). */
  readonly limit?: number
}

/**
 * The organisations. Functions throw `RequestRefused`: `not_found` for an id that is none, `invalid` for values that cannot
 * be, `conflict` where a short name is taken. Each change is in the audit log, and counts from the next request on.
 */
export interface Organisations {
  readonly create: (organisation: NewOrganisation, by?: ActedBy) => Promise<Organisation>
  /** By id. */
  readonly find: (id: string) => Promise<Organisation | null>
  readonly findBySlug: (slug: string) => Promise<Organisation | null>
  /** Newest first. `next` is the `after` of the next page, `null` where there is none. */
  readonly list: (
    options?: OrganisationListOptions,
  ) => Promise<{ readonly organisations: readonly Organisation[]; readonly next: string | null }>
  /** What is left out stays. What its roles and service accounts hold beyond new limits is taken from them. */
  readonly update: (id: string, changes: Partial<OrganisationValues>, by?: MemberActedBy) => Promise<Organisation>
  /** Refuses its service accounts, their keys and its clients, and takes its roles from its members. Nothing is deleted. */
  readonly suspend: (id: string, by?: ActedBy) => Promise<Organisation>
  /** Gives all of it back. JWT access tokens of its clients from before stay dead. */
  readonly resume: (id: string, by?: ActedBy) => Promise<Organisation>
  /** How many members some of them have, by id. */
  readonly memberCounts: (ids: readonly string[]) => Promise<ReadonlyMap<string, number>>
  /** What goes with it when it is deleted. */
  readonly counts: (id: string) => Promise<OrganisationCounts>
  /** Deletes it with its members' standing, invitations, roles, service accounts, keys and clients. The people stay. */
  readonly delete: (id: string, by?: MemberActedBy) => Promise<void>
}

export function createOrganisations(options: OrganisationsOptions): Organisations {
  const { database, accessTokenLifetime = 86_400, clock = Date.now, revocations } = options
  const endAccess = createEndAccess({ database, clock, accessTokenLifetime, revocations })
  const endClients = createEndClients({ revocations, clock })

  async function change<Result>(
    id: string,
    work: (unit: Transaction<Schema>, row: OrganisationRow) => Promise<Result>,
  ): Promise<Result> {
    return database.write(async (unit) => work(unit, await heldOrganisation(unit, database, id)))
  }

  async function checkAllowed(
    unit: Transaction<Schema>,
    row: OrganisationRow,
    { allowedBy }: MemberActedBy,
    permission: string,
  ): Promise<void> {
    await checkAllowedNow(unit, row, { allowedBy, now: Math.floor(clock()) }, (authority) => {
      checkMay(authority, permission)
    })
  }

  async function endClaims(unit: Transaction<Schema>, { id }: OrganisationRow): Promise<void> {
    const query = unit.selectFrom('organisation_members').select('user_id').where('organisation_id', '=', id)
    const members = await query.execute()
    await endAccess.claims(
      unit,
      members.map(({ user_id }) => user_id),
    )
  }

  async function setSuspended(id: string, suspendedAt: number | null, by: ActedBy): Promise<Organisation> {
    return change(id, async (unit, row) => {
      if ((row.suspended_at === null) === (suspendedAt === null)) return toOrganisation(row)
      const columns = { suspended_at: suspendedAt }
      await unit.updateTable('organisations').set(columns).where('id', '=', row.id).execute()
      const flag = { organisation_suspended: suspendedAt === null ? 0 : 1 }
      await unit.updateTable('service_accounts').set(flag).where('organisation_id', '=', row.id).execute()
      await unit.updateTable('clients').set(flag).where('organisation_id', '=', row.id).execute()
      if (suspendedAt !== null) {
        await endClaims(unit, row)
        await endClients(unit, row.id)
      }
      const event = suspendedAt === null ? 'organisation.resumed' : 'organisation.suspended'
      await database.audit(unit, eventBy(by, event, subjectOf(row), { slug: row.slug }))
      return toOrganisation({ ...row, ...columns })
    })
  }

  return {
    create: async ({ ownerId, ...values }, by = {}) => {
      const now = Math.floor(clock())
      const row: OrganisationRow = {
        ...nothingSet,
        ...organisationColumns(values),
        id: database.newId(),
        created_at: now,
        suspended_at: null,
      }
      const creating = database.write(async (unit) => {
        await holdOwner(unit, database.dialect, { kind: 'user', id: ownerId })
        await unit.insertInto('organisations').values(row).execute()
        const owner = idOf(ownerId)
        const member = { user_id: owner, organisation_id: row.id, standing: 'owner', joined_at: now }
        await unit.insertInto('organisation_members').values(member).execute()
        await markRoles(unit, owner)
        const detail = { name: row.name, slug: row.slug, owner: `user:${ownerId}` }
        await database.audit(unit, eventBy(by, 'organisation.created', subjectOf(row), detail))
      })
      await orConflict(creating, taken)
      return toOrganisation(row)
    },

    find: async (id) => {
      const wanted = parseId(id)
      if (wanted === null) return null
      const row = await database.read
        .selectFrom('organisations')
        .selectAll()
        .where('id', '=', wanted)
        .executeTakeFirst()
      return row === undefined ? null : toOrganisation(row)
    },

    findBySlug: async (slug) => {
      const query = database.read.selectFrom('organisations').selectAll().where('slug', '=', slug)
      const row = await query.executeTakeFirst()
      return row === undefined ? null : toOrganisation(row)
    },

    list: async ({ search = '', suspended, after, limit = 50 } = {}) => {
      const size = Math.min(Math.max(Math.trunc(limit) || 1, 1), 200)
      let query = database.read
        .selectFrom('organisations')
        .selectAll()
        .orderBy('id', 'desc')
        .limit(size + 1)
      if (after !== undefined) query = query.where('id', '<', cursor(after))
      if (suspended !== undefined) query = query.where('suspended_at', suspended ? 'is not' : 'is', null)
      if (search.trim() !== '') {
        const wanted = `${search
          .trim()
          .toLowerCase()
          .replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
        query = query.where(sql<SqlBool>`(lower(name) like ${wanted} escape '\\' or slug like ${wanted} escape '\\')`)
      }
      const rows = await query.execute()
      const page = rows.slice(0, size)
      const last = page.at(-1)
      return { organisations: page.map(toOrganisation), next: rows.length > size && last ? formatId(last.id) : null }
    },

    update: async (id, changes, by = {}) => {
      const columns = organisationColumns(changes)
      const updating = change(id, async (unit, row) => {
        if (Object.keys(columns).length === 0) return toOrganisation(row)
        await checkAllowed(unit, row, by, 'organisation.change')
        const changed = { ...row, ...columns }
        await unit.updateTable('organisations').set(columns).where('id', '=', row.id).execute()
        const taken = await withinLimits(unit, changed, row)
        if (taken || changed.slug !== row.slug) await endClaims(unit, row)
        const detail = { slug: changed.slug, fields: Object.keys(changes) }
        await database.audit(unit, eventBy(by, 'organisation.updated', subjectOf(row), detail))
        return toOrganisation(changed)
      })
      return orConflict(updating, taken)
    },

    suspend: async (id, by = {}) => setSuspended(id, Math.floor(clock()), by),
    resume: async (id, by = {}) => setSuspended(id, null, by),

    memberCounts: async (ids) => memberCountsOf(database.read, ids.map(idOf)),
    counts: async (id) => countsOf(database.read, idOf(id)),

    delete: async (id, by = {}) =>
      change(id, async (unit, row) => {
        await checkAllowed(unit, row, by, 'organisation.delete')
        await endClaims(unit, row)
        await endClients(unit, row.id)
        await endBoundGrants(unit, row.id, { now: Math.floor(clock()) })
        const gone = await countsOf(unit, row.id)
        await unit.deleteFrom('organisations').where('id', '=', row.id).execute()
        const detail = { name: row.name, slug: row.slug, ...gone }
        await database.audit(unit, eventBy(by, 'organisation.deleted', subjectOf(row), detail))
      }),
  }
}

const taken = 'The short name of the organisation is taken.'

const nothingSet = {
  name: '',
  slug: '',
  second_factor_required: 0,
  longest_key_lifetime: null,
  allowed_permissions: '',
  allowed_scopes: '',
}

function subjectOf({ id }: Pick<OrganisationRow, 'id'>): string {
  return `organisation:${formatId(id)}`
}

function cursor(after: string): bigint {
  const id = parseId(after)
  if (id !== null) return id
  throw new RequestRefused('invalid', undefined, { body: { after: ['It has to be the next of the page before.'] } })
}
