import { RequestRefused } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import { emailKey } from '../accounts/identifier.ts'
import type { Database } from '../storage/database.ts'
import { formatId, idOrNone } from '../storage/id.ts'
import type { ClientRow } from '../storage/schema.ts'
import type { AllowedClients } from './allowed-clients.ts'
import type { ClientAction } from './client-actions.ts'
import { createClientUnits, subjectOf } from './client-units.ts'
import { OAuthError } from './oauth-error.ts'

export interface AppTestersOptions {
  readonly database: Database
  readonly revocations: Parameters<typeof createClientUnits>[0]['revocations']
  readonly allowedClients: Pick<AllowedClients, 'withdraw'>
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Somebody who may use an application before it is reviewed. */
export interface AppTester {
  readonly email: string
  /** Milliseconds since 1970. */
  readonly since: number
}

/**
 * Who may use an application before it is reviewed, beside whoever answers for it: people by their e-mail address, once they
 * have shown that it is theirs. Whether there is an account with an address is told to nobody. What changes throws `RequestRefused`:
 * `not_found` where there is no such application, or none of the owner's, and `invalid` for what is no address.
 */
export interface AppTesters {
  /** By address. */
  readonly list: (clientId: string) => Promise<readonly AppTester[]>
  /** Throws `conflict` where there are 100 already. */
  readonly add: (clientId: string, email: string, action: ClientAction) => Promise<void>
  /** Takes one out, and ends what they allowed it, unless it is reviewed. Throws `not_found`. */
  readonly remove: (clientId: string, email: string, action: ClientAction) => Promise<void>
}

export const mostTesters = 100

export function createAppTesters(options: AppTestersOptions): AppTesters {
  const { database, allowedClients, clock = Date.now } = options
  const { inUnit } = createClientUnits(options)

  return {
    list: async (clientId) => {
      const rows = await database.read
        .selectFrom('client_testers')
        .innerJoin('clients', 'clients.id', 'client_testers.client_id')
        .select(['client_testers.email', 'client_testers.created_at'])
        .where('clients.identifier', '=', clientId)
        .orderBy('client_testers.email_key')
        .limit(mostTesters)
        .execute()
      return rows.map(({ email, created_at: since }) => ({ email, since }))
    },

    add: async (clientId, email, action) => {
      const key = checkedKey(email)
      await inUnit(clientId, action, async (unit, row) => {
        const there = await unit
          .selectFrom('client_testers')
          .select('email_key')
          .where('client_id', '=', row.id)
          .execute()
        if (there.some(({ email_key: one }) => one === key)) return
        if (there.length >= mostTesters) {
          throw new RequestRefused('conflict', `An app has at most ${mostTesters} test users. Take one out first.`)
        }
        const tester = { client_id: row.id, email_key: key, email: email.trim(), created_at: Math.floor(clock()) }
        await unit.insertInto('client_testers').values(tester).execute()
        const detail = { name: row.name, email: tester.email }
        await database.audit(unit, { ...action.by, event: 'client.tester_added', subject: subjectOf(row), detail })
      })
    },

    remove: async (clientId, email, action) => {
      const key = emailKey(email) ?? ''
      const left = await inUnit(clientId, action, async (unit, row) => {
        const gone = await unit
          .deleteFrom('client_testers')
          .where('client_id', '=', row.id)
          .where('email_key', '=', key)
          .returning('email')
          .executeTakeFirst()
        if (gone === undefined) throw new RequestRefused('not_found', 'That address is not among its test users.')
        const detail = { name: row.name, email: gone.email }
        await database.audit(unit, { ...action.by, event: 'client.tester_removed', subject: subjectOf(row), detail })
        if (row.source !== 'portal') return null
        const user = await unit
          .selectFrom('users')
          .select('id')
          .where('email_key', '=', key)
          .where('email_verified', '=', 1)
          .executeTakeFirst()
        return user === undefined || user.id === row.owner_id ? null : user.id
      })
      if (left !== null) await allowedClients.withdraw(formatId(left), clientId, action.by)
    },
  }
}

function checkedKey(email: string): string {
  const key = emailKey(email)
  if (key !== null) return key
  throw new RequestRefused('invalid', undefined, { body: { email: ['It has to be an e-mail address.'] } })
}

/** Who may use what nobody has reviewed, beside its owner: its test users, or everybody, who are warned. */
export type UnreviewedApps = 'testers' | 'everybody'

/** Whether somebody may use a client: everybody, unless it was registered in the portal and nobody here has looked at it. */
export type MayUseClient = (client: UsedClient, user: User) => Promise<boolean>

interface UsedClient {
  readonly key: bigint
  readonly source: string
  readonly row: Pick<ClientRow, 'owner_id' | 'organisation_id'>
}

/** Tells the person, and the application, what they can do about it. */
export function notAmongTesters(): OAuthError {
  return new OAuthError(
    'access_denied',
    'The application is in development. Its developer has to name you as a test user, by the verified e-mail address of your account, or have it reviewed.',
  )
}

/** `unreviewed` says who may use what is not reviewed. */
export function createMayUseClient({
  database: { read },
  unreviewedApps = 'testers',
}: {
  readonly database: Pick<Database, 'read'>
  readonly unreviewedApps?: UnreviewedApps | undefined
}): MayUseClient {
  return async ({ key, source, row }, { id, organisations = [] }) => {
    if (source !== 'portal' || unreviewedApps === 'everybody') return true
    const userId = idOrNone(id)
    if (row.owner_id === userId) return true
    const { organisation_id: organisation } = row
    if (organisation !== null && organisations.some((one) => one.id === formatId(organisation))) return true
    const tester = await read
      .selectFrom('client_testers')
      .innerJoin('users', 'users.email_key', 'client_testers.email_key')
      .select('users.id')
      .where('client_testers.client_id', '=', key)
      .where('users.id', '=', userId)
      .where('users.email_verified', '=', 1)
      .executeTakeFirst()
    return tester !== undefined
  }
}
