import type { Groups } from '../../accounts/groups.ts'
import type { SessionList } from '../../accounts/session-list.ts'
import type { UserRecord } from '../../accounts/user-record.ts'
import { toMoment } from '../../api/wire-values.ts'
import type { GrantList } from '../../oauth/grant-list.ts'
import { toldEvent } from '../../screens/told-event.ts'
import type { AuditEntry, AuditLog } from '../../storage/audit-log.ts'
import type { Database } from '../../storage/database.ts'
import type { Page, PageOptions } from '../../storage/keyset.ts'
import type { ApiKeyList } from '../../tokens/api-key-list.ts'
import type { ApiTokenList } from '../../tokens/api-token-list.ts'
import type { LinkedAccounts } from '../../social/linked-accounts.ts'
import type { By } from '../../tokens/owner.ts'
import type { ServiceAccountList } from '../../tokens/service-account-list.ts'
import { groupAnswer } from '../roles/group-answer.ts'
import { keyAnswer } from '../credentials/key-answer.ts'
import { linkedAccountAnswer } from './linked-account-answer.ts'
import { userAnswer } from './user-answer.ts'

export interface UserExportStores {
  readonly database: Pick<Database, 'write' | 'audit'>
  readonly groups: Pick<Groups, 'of'>
  readonly sessionList: SessionList
  readonly keyList: ApiKeyList
  readonly tokenList: ApiTokenList
  readonly grantList: GrantList
  readonly serviceAccountList: ServiceAccountList
  readonly auditLog: Pick<AuditLog, 'list'>
  readonly social: { readonly linked: Pick<LinkedAccounts, 'list'> }
}

/** Everything that is kept of a user, for themselves (GDPR, article 15): no secret, no digest of one, and nothing about others. */
export type ExportUser = (account: UserRecord, by: By) => Promise<Readonly<Record<string, unknown>>>

export function createExportUser(stores: UserExportStores): ExportUser {
  const { linked } = stores.social
  const { database, groups, sessionList, keyList, tokenList, grantList, serviceAccountList, auditLog } = stores

  return async (account, by) => {
    const event = { ...by, event: 'user.exported', subject: `user:${account.id}` }
    await database.write(async (unit) => database.audit(unit, event))
    const owner = { kind: 'user', id: account.id } as const
    const userId = account.id
    const told = (entry: AuditEntry) => toldEvent(entry, userId)
    return {
      user: userAnswer(account),
      groups: (await groups.of(userId)).map(groupAnswer),
      sessions: (await all(async (page) => sessionList.page({ userId }, page))).map(readable),
      linked_accounts: (await linked.list(userId)).map((one) => linkedAccountAnswer({ ...one, userId })),
      api_keys: (await all(async (page) => keyList.page({ owner }, page))).map(keyAnswer),
      api_tokens: (await all(async (page) => tokenList.page({ owner }, page))).map(readable),
      grants: (await all(async (page) => grantList.page({ userId }, page))).map(readable),
      service_accounts: (await all(async (page) => serviceAccountList({ ownerId: userId }, page))).map(readable),
      done_by_them: (await auditLog.list({ actor: `user:${userId}` }, { limit: 1000 })).entries.map(told),
      done_to_them: (await auditLog.list({ subject: `user:${userId}` }, { limit: 1000 })).entries.map(told),
    }
  }
}

/** All pages of a list, up to ten thousand rows. */
async function all<Item>(read: (page: PageOptions) => Promise<Page<Item>>): Promise<readonly Item[]> {
  const items: Item[] = []
  for (let after: string | undefined; items.length < most;) {
    const page = await read({ limit: 200, after })
    items.push(...page.items)
    if (page.next === null) break
    after = page.next
  }
  return items
}

const most = 10_000

/** By the names of the wire, with moments that people can read. */
function readable(record: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]: [string, unknown]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      typeof value === 'number' && (name === 'at' || name.endsWith('At')) ? toMoment(value) : value,
    ]),
  )
}
