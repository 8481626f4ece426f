import type { Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { Revocations } from '../storage/revocations.ts'
import type { GroupRow, Schema, UserRow } from '../storage/schema.ts'
import { wantedId } from '../storage/wanted-id.ts'
import { wordsOf } from '../tokens/principal.ts'
import { type ActedBy, eventBy } from './acted-by.ts'
import { createEndAccess } from './end-access.ts'
import { identifierKey } from './identifier.ts'
import { keepWithinReach } from './reach.ts'
import { orConflict } from './unique.ts'
import { arePermissions, invalid } from './user-values.ts'

export interface GroupsOptions {
  readonly database: Database
  /** Seconds that an access token lives at most which nobody looks up (a day). */
  readonly accessTokenLifetime?: number
  /** Those of this process, so that it knows at once of tokens that are dead (as other processes learn of them). */
  readonly revocations?: Pick<Revocations, 'revoke'> | undefined
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Permissions under one name, for all who are in it. */
export interface Group {
  readonly id: string
  readonly name: string
  readonly permissions: readonly string[]
}

export interface GroupValues {
  /** Unique: 1 to 254 characters that can be seen. */
  readonly name: string
  /** Such as `notes.change` (none). */
  readonly permissions?: readonly string[]
}

/**
 * The groups of users. Whoever is in a group has its permissions at the next request; whoever loses some by it loses the
 * access tokens that claim them too. Throws `RequestRefused`: `not_found`, `invalid`, and `conflict` for a name that is taken.
 */
export interface Groups {
  readonly create: (group: GroupValues, by?: ActedBy) => Promise<Group>
  readonly find: (id: string) => Promise<Group | null>
  readonly findByName: (name: string) => Promise<Group | null>
  /** All of them, by name. */
  readonly list: () => Promise<readonly Group[]>
  readonly update: (id: string, changes: Partial<GroupValues>, by?: ActedBy) => Promise<Group>
  readonly delete: (id: string, by?: ActedBy) => Promise<void>
  /** Nothing happens where they are in it already. */
  readonly add: (id: string, userId: string, by?: ActedBy) => Promise<void>
  /** Nothing happens where they are not in it. */
  readonly remove: (id: string, userId: string, by?: ActedBy) => Promise<void>
  /** The groups that a user is in, by name. */
  readonly of: (userId: string) => Promise<readonly Group[]>
}

export function createGroups(options: GroupsOptions): Groups {
  const { database, accessTokenLifetime = 86_400, clock = Date.now } = options
  const endAccess = createEndAccess({ database, clock, accessTokenLifetime, revocations: options.revocations })

  async function change<Result>(
    id: string,
    work: (unit: Transaction<Schema>, row: GroupRow) => Promise<Result>,
  ): Promise<Result> {
    const wanted = wantedId(id)
    return database.write(async (unit) => {
      const query = unit.selectFrom('groups').selectAll().where('id', '=', wanted)
      const row = await (database.dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst()
      if (row === undefined) throw new RequestRefused('not_found')
      return work(unit, row)
    })
  }

  /** Whoever gives or takes permissions of an administrator has to be able to reach them when it is done. */
  async function holdUser(unit: Transaction<Schema>, userId: string, by: ActedBy): Promise<UserRow> {
    const query = unit.selectFrom('users').selectAll().where('id', '=', wantedId(userId))
    const user = await (database.dialect === 'postgres' ? query.forNoKeyUpdate() : query).executeTakeFirst()
    if (user === undefined) throw new RequestRefused('not_found')
    await keepWithinReach(unit, by, user, Math.floor(clock()))
    return user
  }

  async function endClaimsOfMembers(unit: Transaction<Schema>, row: GroupRow): Promise<void> {
    const members = await unit.selectFrom('memberships').select('user_id').where('group_id', '=', row.id).execute()
    await endAccess.claims(
      unit,
      members.map(({ user_id }) => user_id),
    )
  }

  return {
    create: async (group, by = {}) => {
      const row = { id: database.newId(), ...groupColumnsOf(group) }
      const event = eventBy(by, 'group.created', `group:${formatId(row.id)}`, { name: row.name })
      await orConflict(database.append({ groups: row, audit: event }), taken)
      return toGroup(row)
    },

    find: async (id) => {
      const wanted = parseId(id)
      if (wanted === null) return null
      const row = await database.read.selectFrom('groups').selectAll().where('id', '=', wanted).executeTakeFirst()
      return row === undefined ? null : toGroup(row)
    },

    findByName: async (name) => {
      const query = database.read.selectFrom('groups').selectAll().where('name', '=', nameWritten(name))
      const row = await query.executeTakeFirst()
      return row === undefined ? null : toGroup(row)
    },

    list: async () => {
      const rows = await database.read.selectFrom('groups').selectAll().orderBy('name').execute()
      return rows.map(toGroup)
    },

    update: async (id, changes, by = {}) => {
      const updating = change(id, async (unit, row) => {
        const columns = groupColumnsOf({ ...toGroup(row), ...changes })
        await unit.updateTable('groups').set(columns).where('id', '=', row.id).execute()
        const kept = new Set(wordsOf(columns.permissions))
        if (wordsOf(row.permissions).some((permission) => !kept.has(permission))) await endClaimsOfMembers(unit, row)
        const detail = { name: columns.name, permissions: wordsOf(columns.permissions) }
        await database.audit(unit, eventBy(by, 'group.updated', `group:${id}`, detail))
        return toGroup({ ...row, ...columns })
      })
      return orConflict(updating, taken)
    },

    delete: async (id, by = {}) =>
      change(id, async (unit, row) => {
        if (row.permissions !== '') await endClaimsOfMembers(unit, row)
        await unit.deleteFrom('groups').where('id', '=', row.id).execute()
        await database.audit(unit, eventBy(by, 'group.deleted', `group:${id}`, { name: row.name }))
      }),

    add: async (id, userId, by = {}) =>
      change(id, async (unit, row) => {
        const user = await holdUser(unit, userId, by)
        const values = { user_id: user.id, group_id: row.id }
        const added = await unit
          .insertInto('memberships')
          .values(values)
          .onConflict((conflict) => conflict.doNothing())
          .returning('user_id')
          .executeTakeFirst()
        if (added === undefined) return
        await database.audit(unit, eventBy(by, 'group.member_added', `user:${userId}`, { group: row.name }))
      }),

    remove: async (id, userId, by = {}) =>
      change(id, async (unit, row) => {
        await holdUser(unit, userId, by)
        const removed = await unit
          .deleteFrom('memberships')
          .where('group_id', '=', row.id)
          .where('user_id', '=', wantedId(userId))
          .returning('user_id')
          .executeTakeFirst()
        if (removed === undefined) return
        if (row.permissions !== '') await endAccess.claims(unit, [removed.user_id])
        await database.audit(unit, eventBy(by, 'group.member_removed', `user:${userId}`, { group: row.name }))
      }),

    of: async (userId) => {
      const wanted = parseId(userId)
      if (wanted === null) return []
      const rows = await database.read
        .selectFrom('groups')
        .innerJoin('memberships', 'memberships.group_id', 'groups.id')
        .selectAll('groups')
        .where('memberships.user_id', '=', wanted)
        .orderBy('groups.name')
        .execute()
      return rows.map(toGroup)
    },
  }
}

const taken = 'The name of the group is taken.'

/** Checks values and makes columns of them. Throws `RequestRefused` (`invalid`) whose body names each field at fault. */
export function groupColumnsOf({ name, permissions = [] }: GroupValues): Omit<GroupRow, 'id'> {
  const faults: Record<string, readonly string[]> = {}
  if (typeof name !== 'string' || identifierKey(name) === null) {
    faults['name'] = ['Give a name of 1 to 254 characters that can be seen.']
  }
  if (!arePermissions(permissions)) faults['permissions'] = ['A permission is a word such as notes.change.']
  if (Object.keys(faults).length > 0) throw invalid(faults)
  return { name: nameWritten(name), permissions: [...new Set(permissions)].join(' ') }
}

function nameWritten(name: string): string {
  return name.normalize('NFC').trim()
}

function toGroup(row: GroupRow): Group {
  return { id: formatId(row.id), name: row.name, permissions: wordsOf(row.permissions) }
}
