import { expressionBuilder, type RawBuilder, sql, type SqlBool } from 'kysely'
import type { Database } from '../storage/database.ts'
import { idOrNone, parseId } from '../storage/id.ts'
import { inIndex, type IndexOrder } from '../storage/index-order.ts'
import type { Schema, UserRow } from '../storage/schema.ts'
import type { FilterPart } from '../storage/sliced-list.ts'
import { type Ids, throughIds } from '../storage/through-ids.ts'
import { beginningWith } from './beginning-with.ts'
import { identifierKey } from './identifier.ts'
import type { UserFilter } from './user-list.ts'

type Read = Database['read']
type Part = FilterPart<'users', UserRow>

/** All users, the newest first. */
export function everyUser(read: Read): IndexOrder<'users', UserRow> {
  return inIndex(read, { table: 'users' })
}

/**
 * The parts of a filter. A time comes first: in the order of ids, those from long ago are found after all others.
 */
export async function userParts(read: Read, filter: UserFilter): Promise<readonly Part[]> {
  const { search = '', group, organisation, createdFrom, createdUntil } = filter
  const parts: Part[] = []
  if (createdFrom !== undefined || createdUntil !== undefined) parts.push(made(read, createdFrom, createdUntil))
  if (search !== '') parts.push(await sought(read, search))
  if (organisation !== undefined) parts.push(inOrganisation(read, await organisationNamed(read, organisation)))
  if (group !== undefined) parts.push(inGroup(read, idOrNone(group)))
  parts.push(...flags(read, filter))
  if (filter.source !== undefined) parts.push(indexed(read, sql`users.source = ${filter.source}`))
  return parts
}

/** As literals, not as parameters: only then are the indexes of the few used. What most are, or are not, has no index. */
function flags(
  read: Read,
  { isActive, isStaff, isSuperuser, neverSignedIn, hasSecondFactor }: UserFilter,
): readonly Part[] {
  const parts: Part[] = []
  if (isSuperuser === true) parts.push(indexed(read, sql`users.is_superuser = 1`))
  if (isStaff === true) parts.push(indexed(read, sql`users.is_staff = 1`))
  if (isActive === false) parts.push(indexed(read, sql`users.is_active = 0`))
  if (neverSignedIn === true) parts.push(indexed(read, sql`users.last_login_at is null`))
  if (hasSecondFactor === true) parts.push(indexed(read, sql`users.has_second_factor = 1`))
  if (hasSecondFactor === false) parts.push(indexed(read, sql`users.has_second_factor = 0`))
  if (isSuperuser === false) parts.push({ condition: sql`users.is_superuser = 0` })
  if (isStaff === false) parts.push({ condition: sql`users.is_staff = 0` })
  if (isActive === true) parts.push({ condition: sql`users.is_active = 1` })
  if (neverSignedIn === false) parts.push({ condition: sql`users.last_login_at is not null` })
  return parts
}

function indexed(read: Read, condition: RawBuilder<SqlBool>): Part {
  return { condition, order: inIndex(read, { table: 'users', condition }) }
}

/** Whoever was taken over from elsewhere has a new id and an old time. */
function made(read: Read, from: number | undefined, until: number | undefined): Part {
  const is = expressionBuilder<Schema, 'users'>()
  const start = until === undefined ? undefined : until - 1
  return {
    condition: is.and([
      ...(from === undefined ? [] : [is('users.created_at', '>=', from)]),
      ...(start === undefined ? [] : [is('users.created_at', '<=', start)]),
    ]),
    order: inIndex(read, {
      table: 'users',
      value: { name: 'made', of: sql`users.created_at`, ofRow: (row) => row.created_at, start, end: from },
    }),
  }
}

function inGroup(read: Read, group: bigint): Part {
  const is = expressionBuilder<Schema, 'users'>()
  const members = read.selectFrom('memberships').where('memberships.group_id', '=', group)
  return {
    condition: is.exists(members.select('group_id').where('memberships.user_id', '=', sql<bigint>`users.id`)),
    order: usersOf(read, members.select('memberships.user_id as id'), 'memberships.user_id'),
  }
}

function inOrganisation(read: Read, organisation: bigint): Part {
  const is = expressionBuilder<Schema, 'users'>()
  const members = read
    .selectFrom('organisation_members')
    .where('organisation_members.organisation_id', '=', organisation)
  return {
    condition: is.exists(
      members.select('organisation_id').where('organisation_members.user_id', '=', sql<bigint>`users.id`),
    ),
    order: usersOf(read, members.select('organisation_members.user_id as id'), 'organisation_members.user_id'),
  }
}

async function organisationNamed(read: Read, text: string): Promise<bigint> {
  const found = read.selectFrom('organisations').select('id').where('slug', '=', text)
  return (await found.executeTakeFirst())?.id ?? idOrNone(text)
}

function usersOf<From extends keyof Schema>(read: Read, ids: Ids<From>, column: string): IndexOrder<'users', UserRow> {
  return throughIds<From, 'users', UserRow>(read, {
    ids,
    column,
    joined: 'users.id',
    rows: (listed) => read.selectFrom(listed.as('listed')).innerJoin('users', 'users.id', 'listed.id'),
    idOf: (row) => row.id,
  })
}

/** Those whose username or e-mail address begins so, or the one whose id it is. */
async function sought(read: Read, search: string): Promise<Part> {
  const id = parseId(search.trim())
  const user =
    id === null ? undefined : await read.selectFrom('users').select('id').where('id', '=', id).executeTakeFirst()
  const prefix = identifierKey(search)
  return user !== undefined || prefix === null
    ? indexed(read, sql`users.id = ${user?.id ?? nobody}`)
    : beginningWith(read, prefix)
}

/** No row has this id. */
const nobody = -1n
