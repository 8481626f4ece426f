import type { UserListOptions, UserPage } from '../../accounts/user-list.ts'
import type { UserRecord } from '../../accounts/user-record.ts'
import type { Answer } from '../../http/exchange.ts'
import type { Screen } from '../../screens/screen.ts'
import type { Database } from '../../storage/database.ts'
import { csvLine } from '../csv.ts'
import { searchOf, usersMeant, usersQueryIn } from './users-query.ts'

export interface UsersExportStores {
  readonly users: { readonly list: (options?: UserListOptions) => Promise<UserPage> }
  readonly database: Pick<Database, 'write' | 'audit'>
}

/**
 * The users that a list shows, as a file: CSV, or JSON with one user in a line. It is read a page at a time, whatever its size.
 * Addresses of everybody at once are worth a proof of who asks, and a line in the log.
 */
export function usersExport({ users, database }: UsersExportStores): Screen {
  return {
    path: 'users/export/',
    isSensitive: true,
    show: async ({ query, by }): Promise<Answer> => {
      const wanted = usersQueryIn(query)
      const isJson = query.get('format') === 'json'
      const detail = { format: isJson ? 'json' : 'csv', ...Object.fromEntries(searchOf(wanted)) }
      await database.write(async (unit) =>
        database.audit(unit, { ...by, event: 'users.exported', subject: 'users', detail }),
      )
      return {
        status: 200,
        headers: [
          ['content-type', isJson ? 'application/x-ndjson; charset=utf-8' : 'text/csv; charset=utf-8'],
          ['content-disposition', `attachment; filename="users.${isJson ? 'ndjson' : 'csv'}"`],
          ['cache-control', 'no-store'],
          ['x-content-type-options', 'nosniff'],
        ],
        body: isJson ? '' : csvLine(columns),
        pieces: linesOf(users, usersMeant(wanted), isJson ? jsonLine : csvOf),
      }
    },
  }
}

const columns = [
  'id',
  'username',
  'email',
  'email_verified',
  'is_active',
  'is_staff',
  'is_superuser',
  'permissions',
  'has_second_factor',
  'created_at',
  'last_login_at',
  'source',
] as const

async function* linesOf(
  users: UsersExportStores['users'],
  wanted: UserListOptions,
  write: (user: UserRecord) => string,
): AsyncGenerator<string> {
  let after: string | undefined
  do {
    const page = await users.list({ ...wanted, limit: 200, ...(after === undefined ? {} : { after }) })
    if (page.users.length > 0) yield page.users.map(write).join('')
    after = page.next ?? undefined
  } while (after !== undefined)
}

/** As the API has it. */
function rowOf(
  user: UserRecord,
): Readonly<Record<(typeof columns)[number], string | boolean | readonly string[] | null>> {
  const {
    id,
    username,
    email,
    emailVerified,
    isActive,
    isStaff,
    isSuperuser,
    permissions,
    hasSecondFactor,
    createdAt,
    lastLoginAt,
    source,
  } = user
  return {
    id,
    username,
    email,
    email_verified: emailVerified,
    is_active: isActive,
    is_staff: isStaff,
    is_superuser: isSuperuser,
    permissions,
    has_second_factor: hasSecondFactor,
    created_at: new Date(createdAt).toISOString(),
    last_login_at: lastLoginAt === null ? null : new Date(lastLoginAt).toISOString(),
    source,
  }
}

function jsonLine(user: UserRecord): string {
  return `${JSON.stringify(rowOf(user))}\n`
}

function csvOf(user: UserRecord): string {
  const row = rowOf(user)
  return csvLine(
    columns.map((name) => {
      const value = row[name]
      return typeof value === 'object' ? (value?.join(' ') ?? null) : String(value)
    }),
  )
}
