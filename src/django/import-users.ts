import type { Transaction } from 'kysely'
import { eventBy } from '../accounts/acted-by.ts'
import { emailKey, identifierKey, looksLikeEmail } from '../accounts/identifier.ts'
import { newUserRow } from '../accounts/new-user-row.ts'
import { userColumnsOf } from '../accounts/user-values.ts'
import { RequestRefused } from '../core/errors.ts'
import { formatId } from '../storage/id.ts'
import type { Schema, UserRow } from '../storage/schema.ts'
import { flagIn, keyIn, textIn, timeIn } from './columns.ts'
import { faultsOf } from './faults-of.ts'
import { type Came, type Importing, stillHere, takeIn } from './importing.ts'
import { importedPassword, type ImportHasher, isVerifiable, sortOf } from './password-column.ts'
import { named, pairsIn, permissionNames } from './permission-names.ts'
import type { Tally } from './report.ts'
import type { DjangoRow } from './source.ts'
import type { UserNames } from './user-names.ts'
import type { UserTable } from './user-table.ts'

export interface ImportUsersOptions {
  readonly table: UserTable
  readonly names: UserNames
  readonly hasher: ImportHasher
  readonly groups: Came
  /** Whether addresses count as verified of which nothing else is known (false). */
  readonly trustsEmails: boolean
}

/**
 * The users, each with its password as it is, its permissions and groups. Who came before stays as they are here. A name that
 * somebody else has, and an address that is also another's, do not come: see `createUserNames`.
 */
export async function importUsers(importing: Importing, options: ImportUsersOptions): Promise<Came> {
  const { source, imports, isDryRun } = importing
  const { table } = options
  const tally = importing.tally('users')
  const granted = await pairsIn(source, table.permissions.table, table.permissions.userColumn, 'permission_id')
  const joined = await pairsIn(source, table.groups.table, table.groups.userColumn, 'group_id')
  const names = await permissionNames(source)
  const came = new Map<string, bigint>()

  for await (const batch of source.batches(table.name, 'id')) {
    const keys = batch.map((row) => keyIn(row, 'id') ?? '')
    const known = await imports.known(model, keys)
    const fresh = batch.filter((row) => !known.has(keyIn(row, 'id') ?? ''))
    const taken = await options.names.takenHere(fresh)
    for (const _ of batch) tally.found()
    for (const [key, id] of await stillHere(importing, 'users', known)) came.set(key, id)
    for (const _ of known) tally.known()

    const rows = fresh.flatMap((row) => {
      const permissions = named(granted.get(keyIn(row, 'id') ?? '') ?? [], names, source)
      const made = newRow(row, { ...options, ...importing, permissions, taken, tally })
      return made === null ? [] : [made]
    })
    for (const { key, user, password } of rows) {
      tally.sort(sortOf(password))
      if (!isDryRun) user.password_hash = (await importedPassword(password, options.hasher)).hash
      came.set(key, user.id)
      tally.made()
    }
    const newHere = rows.map(({ key, user: { id, username } }) => {
      const detail = { username, from: 'django' }
      return { key, id, event: eventBy(importing.by, 'user.created', `user:${formatId(id)}`, detail) }
    })
    await takeIn(importing, { model, came: newHere }, async (unit) => {
      await unit
        .insertInto('users')
        .values(rows.map(({ user }) => user))
        .execute()
      await join(
        unit,
        rows.flatMap(({ key, user }) => (joined.get(key) ?? []).map((group) => ({ user, group }))),
      )
    })
  }
  return came

  async function join(
    unit: Transaction<Schema>,
    places: readonly { readonly user: UserRow; readonly group: string }[],
  ): Promise<void> {
    const rows = places.flatMap(({ user, group }) => {
      const id = options.groups.get(group)
      return id === undefined ? [] : [{ user_id: user.id, group_id: id }]
    })
    if (rows.length > 0) await unit.insertInto('memberships').values(rows).execute()
  }
}

/** What users are noted under, whatever the model of the project is called. */
const model = 'auth.user'

interface NewRowOptions extends ImportUsersOptions, Pick<Importing, 'database' | 'now'> {
  readonly permissions: readonly string[]
  readonly taken: ReadonlySet<string>
  readonly tally: Tally
}

/** The row of somebody, as far as it is known before the password is hashed. `null` for whoever does not come. */
function newRow(
  row: DjangoRow,
  { table, names, hasher, trustsEmails, database, now, permissions, taken, tally }: NewRowOptions,
): { readonly key: string; readonly user: UserRow; readonly password: string } | null {
  const key = keyIn(row, 'id') ?? ''
  const username = textIn(row, table.nameColumn)
  const what = `${username} (${key})`
  const usernameKey = identifierKey(username)
  const fault = usernameKey === null ? null : names.nameFault(key, usernameKey, taken)
  if (fault !== null) {
    tally.left(what, fault)
    return null
  }
  const address = names.addressOf(key, textIn(row, 'email'), taken)
  if (address.fault !== null) tally.changed(what, address.fault)
  const password = textIn(row, 'password')
  if (sortOf(password) !== 'no password' && !isVerifiable(password, hasher)) {
    tally.changed(what, `Their password cannot be verified (${sortOf(password)}): they choose a new one.`)
  }
  try {
    const values = {
      username,
      email: address.email,
      emailVerified: address.isVerified || (trustsEmails && address.email !== null),
      isStaff: flagIn(row, 'is_staff'),
      isSuperuser: flagIn(row, 'is_superuser'),
      permissions,
    }
    const isForeign = usernameKey !== null && looksLikeEmail(usernameKey)
    const kept = isForeign ? { username_key: usernameKey, email_key: emailKey(address.email ?? '') } : undefined
    const user = newUserRow(userColumnsOf(values, kept), {
      id: database.newId(),
      now: Math.min(timeIn(row, 'date_joined') ?? now, now),
      isActive: flagIn(row, 'is_active'),
      source: 'import',
    })
    return { key, user: { ...user, last_login_at: timeIn(row, 'last_login') }, password }
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error
    tally.left(what, faultsOf(error))
    return null
  }
}
