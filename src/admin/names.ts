import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import { pathSegment } from '../screens/path-segment.ts'

/** What somebody or something of the audit log is called, and where its page is. */
export interface Named {
  readonly text: string
  /** `null` where it has no page, or is gone. */
  readonly href: string | null
}

/** Finds names for what the audit log and lists have as `user:4fQ…`, many at once. */
export type Names = (subjects: readonly string[]) => Promise<ReadonlyMap<string, Named>>

/** What is not found any more keeps the name that the log has for it. */
export function createNames({ read }: Pick<Database, 'read'>): Names {
  return async (subjects) => {
    const wanted = new Map<string, string[]>()
    const named = new Map<string, Named>()
    for (const subject of new Set(subjects)) {
      const colon = subject.indexOf(':')
      const [kind, id] = colon === -1 ? [subject, ''] : [subject.slice(0, colon), subject.slice(colon + 1)]
      named.set(subject, { text: subject, href: null })
      wanted.set(kind, [...(wanted.get(kind) ?? []), id])
    }
    const idsOf = (kind: string): bigint[] =>
      (wanted.get(kind) ?? []).map(parseId).filter((id): id is bigint => id !== null)
    const set = (kind: string, id: string, text: string, place: string): void =>
      void named.set(`${kind}:${id}`, { text, href: `/admin/${place}/${pathSegment(id)}/` })

    const [users, accounts, keys] = [idsOf('user'), idsOf('service_account'), idsOf('api_key')]
    const organisations = idsOf('organisation')
    if (organisations.length > 0) {
      const query = read.selectFrom('organisations').select(['id', 'name']).where('id', 'in', organisations)
      for (const { id, name } of await query.execute()) set('organisation', formatId(id), name, 'organisations')
    }
    const clients = wanted.get('client') ?? []
    if (users.length > 0) {
      const rows = await read.selectFrom('users').select(['id', 'username']).where('id', 'in', users).execute()
      for (const { id, username } of rows) set('user', formatId(id), username, 'users')
    }
    if (accounts.length > 0) {
      const query = read.selectFrom('service_accounts').select(['id', 'name']).where('id', 'in', accounts)
      for (const { id, name } of await query.execute()) set('service_account', formatId(id), name, 'service-accounts')
    }
    if (clients.length > 0) {
      const query = read.selectFrom('clients').select(['identifier', 'name']).where('identifier', 'in', clients)
      for (const { identifier, name } of await query.execute()) set('client', identifier, name, 'applications')
    }
    if (keys.length > 0) {
      const rows = await read.selectFrom('api_keys').select(['id', 'name']).where('id', 'in', keys).execute()
      for (const { id, name } of rows) set('api_key', formatId(id), name, 'keys')
    }
    return named
  }
}
