import { type DjangoSource, SourceUnreadable } from './source.ts'

/** Where the users of a project are: Django's own table, or that of its own model (`AUTH_USER_MODEL`). */
export interface UserTable {
  readonly name: string
  /** `users_user_groups` and its sibling, and how they call the user. */
  readonly groups: { readonly table: string; readonly userColumn: string }
  readonly permissions: { readonly table: string; readonly userColumn: string }
  /** The column of the name that they sign in with. */
  readonly nameColumn: string
}

/**
 * Finds the table of users: the one that is named, `auth_user`, or the only other one with passwords. Throws
 * `SourceUnreadable` where that is not clear.
 */
export function userTable(
  source: DjangoSource,
  wanted: { readonly table?: string | undefined; readonly nameColumn?: string | undefined },
): UserTable {
  const name = wanted.table ?? foundIn(source)
  const columns = source.tables.get(name)
  if (columns === undefined) throw new SourceUnreadable(`There is no table ${name} in ${source.what}.`)
  const nameColumn = wanted.nameColumn ?? (columns.includes('username') ? 'username' : 'email')
  if (!columns.includes(nameColumn)) {
    throw new SourceUnreadable(`The table ${name} has no column ${nameColumn}. Name it: --username-column COLUMN`)
  }
  return {
    name,
    groups: manyOf(source, `${name}_groups`, 'group_id'),
    permissions: manyOf(source, `${name}_user_permissions`, 'permission_id'),
    nameColumn,
  }
}

function foundIn({ tables, what }: DjangoSource): string {
  const withPasswords = [...tables].filter(([, columns]) =>
    ['password', 'last_login', 'is_active'].every((column) => columns.includes(column)),
  )
  const names = withPasswords.map(([name]) => name)
  const [only, ...others] = names.includes('auth_user') ? ['auth_user'] : names
  if (only === undefined) {
    throw new SourceUnreadable(`There is no table of users in ${what}. Name it: --user-table TABLE`)
  }
  if (others.length > 0) {
    throw new SourceUnreadable(
      `Several tables of ${what} could be that of the users: ${names.join(', ')}. Name it: --user-table TABLE`,
    )
  }
  return only
}

/** A table between users and something else: it calls the user by the name of the model. */
function manyOf({ tables }: DjangoSource, table: string, other: string): UserTable['groups'] {
  const columns = tables.get(table) ?? []
  return { table, userColumn: columns.find((column) => column.endsWith('_id') && column !== other) ?? 'user_id' }
}
