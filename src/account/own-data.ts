import type { ActedBy } from '../accounts/acted-by.ts'
import { eventBy } from '../accounts/acted-by.ts'
import type { AcceptedTerms } from '../accounts/accepted-terms.ts'
import type { Groups } from '../accounts/groups.ts'
import type { Preferences } from '../accounts/preferences.ts'
import type { Sessions } from '../accounts/sessions.ts'
import type { Users } from '../accounts/users.ts'
import { toMoment } from '../api/wire-values.ts'
import { RequestRefused } from '../core/errors.ts'
import type { AuthenticatorApps } from '../factors/authenticator-apps.ts'
import type { Passkeys } from '../factors/passkeys.ts'
import type { RecoveryCodes } from '../factors/recovery-codes.ts'
import type { AllowedClients } from '../oauth/allowed-clients.ts'
import type { MemberList } from '../organisations/member-list.ts'
import { toldEvent } from '../screens/told-event.ts'
import type { LinkedAccounts } from '../social/linked-accounts.ts'
import type { AuditEntry, AuditLog } from '../storage/audit-log.ts'
import type { Database } from '../storage/database.ts'
import type { ApiKeys } from '../tokens/api-keys.ts'
import type { ApiTokens } from '../tokens/api-tokens.ts'
import type { SignedInProgram } from '../tokens/family-list.ts'
import { ownEvents } from './own-events.ts'

export interface OwnDataStores {
  readonly database: Pick<Database, 'write' | 'audit'>
  readonly users: Pick<Users, 'find'>
  readonly groups: Pick<Groups, 'of'>
  readonly terms: Pick<AcceptedTerms, 'list'>
  readonly preferences: Pick<Preferences, 'find'>
  readonly members: Pick<MemberList, 'of'>
  readonly sessions: Pick<Sessions, 'list'>
  readonly apps: Pick<AuthenticatorApps, 'find'>
  readonly passkeys: Pick<Passkeys, 'list'>
  readonly codes: Pick<RecoveryCodes, 'count'>
  readonly linked: Pick<LinkedAccounts, 'list'>
  readonly allowedClients: Pick<AllowedClients, 'list'>
  readonly apiKeys: Pick<ApiKeys, 'list'>
  readonly apiTokens: Pick<ApiTokens, 'list'>
  readonly programs: (userId: string) => Promise<readonly SignedInProgram[]>
  readonly auditLog: Pick<AuditLog, 'list'>
}

/** All that is kept of somebody, for themselves, by the names of the wire. There is no secret in it, nor a digest of one. */
export type OwnData = (userId: string, by: ActedBy) => Promise<Readonly<Record<string, unknown>>>

/**
 * Takes out what is kept of somebody (GDPR, articles 15 and 20). That it was taken out is in the audit log. What administrators did
 * is in it, and not which of them, nor what was done to others: see `toldEvent`.
 */
export function createOwnData(stores: OwnDataStores): OwnData {
  const { database, users, groups, members, sessions, apps, passkeys, codes, linked, allowedClients } = stores
  const { apiKeys, apiTokens, programs, auditLog, terms, preferences } = stores

  return async (userId, by) => {
    const record = await users.find(userId)
    if (record === null) throw new RequestRefused('not_found')
    await database.write(async (unit) => database.audit(unit, eventBy(by, 'user.exported', `user:${userId}`)))
    const owner = { kind: 'user', id: userId } as const
    const app = await apps.find(userId)
    return {
      user: wire(record),
      groups: (await groups.of(userId)).map(({ name }) => name),
      preferences: wire(await preferences.find(userId)),
      accepted_terms: (await terms.list(userId)).map(wire),
      organisations: (await members.of(userId)).map(wire),
      sessions: (await sessions.list(userId)).map(wire),
      authenticator_app: app === null ? null : wire(app),
      passkeys: (await passkeys.list(userId)).map(wire),
      recovery_codes: await codes.count(userId),
      linked_accounts: (await linked.list(userId)).map(wire),
      connected_applications: (await allowedClients.list(userId)).map(wire),
      api_keys: (await apiKeys.list(owner)).map(wire),
      api_tokens: (await apiTokens.list(owner)).map(wire),
      programs: (await programs(userId)).map(wire),
      events: (await allEvents(auditLog, userId)).map((entry) => toldEvent(entry, userId)),
    }
  }
}

/** All of them, up to ten thousand. */
async function allEvents(auditLog: Pick<AuditLog, 'list'>, userId: string): Promise<readonly AuditEntry[]> {
  const all: AuditEntry[] = []
  for (let after: string | undefined; all.length < 10_000;) {
    const { entries, next } = await ownEvents(auditLog, userId, { after, limit: 200 })
    all.push(...entries)
    if (next === null) break
    after = next
  }
  return all
}

/** A record by the names of the wire, with moments that people can read. */
function wire(record: object): Readonly<Record<string, unknown>> {
  const named = Object.entries(record).map(([name, value]: [string, unknown]) => [
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    typeof value === 'number' && /(?:^since|At)$/.test(name) ? toMoment(value) : value,
  ])
  return Object.fromEntries(named) as Readonly<Record<string, unknown>>
}
