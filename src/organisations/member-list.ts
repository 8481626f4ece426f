import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import { isStanding, type Standing } from '../tokens/standing.ts'

/** Somebody in an organisation. */
export interface Member {
  readonly userId: string
  readonly username: string
  readonly email: string | null
  /** Whether they may sign in at all. */
  readonly isActive: boolean
  readonly standing: Standing
  /** Milliseconds since 1970. */
  readonly joinedAt: number
}

/** An organisation, as somebody in it sees it. */
export interface OwnMembership {
  readonly organisationId: string
  readonly name: string
  readonly slug: string
  readonly standing: Standing
  readonly joinedAt: number
  /** `null` while it is in use. */
  readonly suspendedAt: number | null
}

/** The reading side of members. */
export interface MemberList {
  /** By the age of the account, from the one after `after` on: `next` is the `after` of the next page, `null` where there is none. */
  readonly list: (
    organisationId: string,
    options?: MemberListOptions,
  ) => Promise<{ readonly members: readonly Member[]; readonly next: string | null }>
  readonly find: (organisationId: string, userId: string) => Promise<Member | null>
  /** Whether somebody is its only owner who may sign in. */
  readonly isOnlyOwner: (organisationId: string, userId: string) => Promise<boolean>
  /** The organisations that somebody is in, by name; suspended ones too. */
  readonly of: (userId: string) => Promise<readonly OwnMembership[]>
  /** The same of several people at once, by the ids of these; who is in none is left out. */
  readonly ofEach: (userIds: readonly string[]) => Promise<ReadonlyMap<string, readonly OwnMembership[]>>
}

export interface MemberListOptions {
  /** `next` of the page before: a user's id (none: the first page). */
  readonly after?: string
  /** How many, from 1 to 200 (50). */
  readonly limit?: number
}

export function createMemberList({ read }: Pick<Database, 'read'>): MemberList {
  function members(organisationId: string) {
    return read
      .selectFrom('organisation_members')
      .innerJoin('users', 'users.id', 'organisation_members.user_id')
      .select(['users.id', 'users.username', 'users.email', 'users.is_active'])
      .select(['organisation_members.standing', 'organisation_members.joined_at'])
      .where('organisation_members.organisation_id', '=', parseId(organisationId) ?? nobody)
  }

  async function organisationsOf(
    userIds: readonly string[],
  ): Promise<readonly { readonly userId: string; readonly membership: OwnMembership }[]> {
    const ids = userIds.map(parseId).filter((id) => id !== null)
    if (ids.length === 0) return []
    const rows = await read
      .selectFrom('organisation_members')
      .innerJoin('organisations', 'organisations.id', 'organisation_members.organisation_id')
      .select(['organisations.id', 'organisations.name', 'organisations.slug', 'organisations.suspended_at'])
      .select(['organisation_members.user_id', 'organisation_members.standing', 'organisation_members.joined_at'])
      .where('organisation_members.user_id', 'in', ids)
      .orderBy('organisations.name')
      .orderBy('organisations.id')
      .execute()
    return rows.map((row) => ({
      userId: formatId(row.user_id),
      membership: {
        organisationId: formatId(row.id),
        name: row.name,
        slug: row.slug,
        standing: standingIn(row.standing),
        joinedAt: row.joined_at,
        suspendedAt: row.suspended_at,
      },
    }))
  }

  return {
    list: async (organisationId, { after, limit = 50 } = {}) => {
      const size = Math.min(Math.max(Math.trunc(limit) || 1, 1), 200)
      let query = members(organisationId)
        .orderBy('organisation_members.user_id')
        .limit(size + 1)
      if (after !== undefined) query = query.where('organisation_members.user_id', '>', parseId(after) ?? nobody)
      const rows = await query.execute()
      const page = rows.slice(0, size).map(toMember)
      return { members: page, next: rows.length > size ? (page.at(-1)?.userId ?? null) : null }
    },

    find: async (organisationId, userId) => {
      const query = members(organisationId).where('organisation_members.user_id', '=', parseId(userId) ?? nobody)
      const row = await query.executeTakeFirst()
      return row === undefined ? null : toMember(row)
    },

    isOnlyOwner: async (organisationId, userId) => {
      const owners = members(organisationId).where('organisation_members.standing', '=', 'owner')
      const mine = await owners.where('organisation_members.user_id', '=', parseId(userId) ?? nobody).executeTakeFirst()
      if (mine === undefined) return false
      const active = owners.where('users.is_active', '=', 1)
      const other = active.where('organisation_members.user_id', '!=', mine.id).limit(1)
      return (await other.executeTakeFirst()) === undefined
    },

    of: async (userId) => (await organisationsOf([userId])).map(({ membership }) => membership),

    ofEach: async (userIds) => {
      const all = new Map<string, readonly OwnMembership[]>()
      for (const { userId, membership } of await organisationsOf(userIds))
        all.set(userId, [...(all.get(userId) ?? []), membership])
      return all
    },
  }
}

/** No row has this id. */
const nobody = -1n

interface Row {
  readonly id: bigint
  readonly username: string
  readonly email: string | null
  readonly is_active: number
  readonly standing: string
  readonly joined_at: number
}

function toMember(row: Row): Member {
  return {
    userId: formatId(row.id),
    username: row.username,
    email: row.email,
    isActive: row.is_active === 1,
    standing: standingIn(row.standing),
    joinedAt: row.joined_at,
  }
}

/** The column holds nothing else: the database sees to that. */
export function standingIn(text: string): Standing {
  return isStanding(text) ? text : 'member'
}
