import type { UserListOptions } from '../../accounts/user-list.ts'
import type { UserSource } from '../../accounts/user-source.ts'
import { sought } from '../../screens/sought.ts'

/** What the list of users is narrowed to, as its address has it. */
export interface UsersQuery {
  readonly search: string
  readonly status: string
  readonly role: string
  readonly factor: string
  readonly group: string
  readonly organisation: string
  readonly source: string
}

/** Reads it from an address. */
export function usersQueryIn(query: URLSearchParams): UsersQuery {
  return {
    search: sought(query, 'search'),
    status: sought(query, 'status'),
    role: sought(query, 'role'),
    factor: sought(query, 'factor'),
    group: sought(query, 'group'),
    organisation: sought(query, 'organisation'),
    source: sought(query, 'source'),
  }
}

/** The same as a query again, without what is empty. */
export function searchOf(wanted: UsersQuery): URLSearchParams {
  return new URLSearchParams(Object.entries(wanted).filter(([, value]) => value !== ''))
}

/** Whom it means. What is no choice of the form narrows nothing. */
export function usersMeant({ search, status, role, factor, group, organisation, source }: UsersQuery): UserListOptions {
  return {
    search,
    ...(Object.hasOwn(statuses, status) ? statuses[status] : {}),
    ...(Object.hasOwn(roles, role) ? roles[role] : {}),
    ...(Object.hasOwn(factors, factor) ? factors[factor] : {}),
    ...(group === '' ? {} : { group }),
    ...(organisation === '' ? {} : { organisation }),
    ...(source === '' ? {} : { source: source as UserSource }),
  }
}

const statuses: Readonly<Record<string, UserListOptions>> = {
  active: { isActive: true },
  disabled: { isActive: false },
  never: { neverSignedIn: true },
}
const roles: Readonly<Record<string, UserListOptions>> = { staff: { isStaff: true }, superuser: { isSuperuser: true } }
const factors: Readonly<Record<string, UserListOptions>> = {
  yes: { hasSecondFactor: true },
  no: { hasSecondFactor: false },
}
