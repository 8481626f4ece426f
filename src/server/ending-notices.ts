import { sql, type Transaction } from 'kysely'
import { minuteFor, wantsMail } from '../accounts/preferences.ts'
import { formatId } from '../storage/id.ts'
import type { Schema } from '../storage/schema.ts'
import { baseUrlOf } from './addresses.ts'
import type { Instance } from './instance.ts'

/**
 * Tells people by mail of their API keys, and of the secrets and certificates of their applications, that end within two weeks:
 * each end once, whichever node does it. What lives for no longer than that anyway is told of to nobody, and the old secret
 * of a rotation two days before it goes. How many were told.
 */
export type SendEndingNotices = () => Promise<number>

/** Something that ends. */
interface Ending {
  readonly kind: 'api_key' | 'client'
  readonly id: bigint
  /** Who answers for it. */
  readonly userId: bigint
  readonly name: string
  readonly endsAt: number
  readonly email: string
  /** The page where something can be done about it. */
  readonly path: string
}

const day = 86_400_000
/** How long before its end somebody is told. */
const before = 14 * day
/** Of one look. What is left over is told of at the next. */
const atOnce = 200

export function createEndingNotices(
  instance: Pick<Instance, 'database' | 'mail' | 'settings' | 'clock'>,
): SendEndingNotices {
  const { database, mail, settings, clock } = instance
  const baseUrl = baseUrlOf(settings)

  async function keys(now: number): Promise<readonly Ending[]> {
    const rows = await database.read
      .selectFrom('api_keys')
      .leftJoin('service_accounts', 'service_accounts.id', 'api_keys.service_account_id')
      .innerJoin('users', (join) =>
        join.on(sql<boolean>`users.id = coalesce(api_keys.user_id, service_accounts.owner_id)`),
      )
      .leftJoin('ending_notices', (join) =>
        join.on('ending_notices.kind', '=', 'api_key').onRef('ending_notices.subject_id', '=', 'api_keys.id'),
      )
      .select(['api_keys.id', 'api_keys.name', 'api_keys.expires_at', 'users.email', 'users.id as user_id'])
      .where('api_keys.revoked_at', 'is', null)
      .where('api_keys.expires_at', '>', now)
      .where('api_keys.expires_at', '<=', now + before)
      .where(sql<boolean>`api_keys.expires_at - api_keys.created_at > ${before}`)
      .where('users.is_active', '=', 1)
      .where('users.email', 'is not', null)
      .where(sql<boolean>`coalesce(ending_notices.ends_at, 0) <> api_keys.expires_at`)
      .orderBy('api_keys.expires_at')
      .limit(atOnce)
      .execute()
    return rows.map(({ id, name, expires_at: endsAt, email, user_id: userId }) => ({
      kind: 'api_key',
      id,
      userId,
      name,
      endsAt: endsAt ?? 0,
      email: email ?? '',
      path: `/portal/keys/${formatId(id)}/`,
    }))
  }

  async function clients(now: number): Promise<readonly Ending[]> {
    const rows = await database.read
      .selectFrom('clients')
      .innerJoin('users', 'users.id', 'clients.owner_id')
      .leftJoin('ending_notices', (join) =>
        join.on('ending_notices.kind', '=', 'client').onRef('ending_notices.subject_id', '=', 'clients.id'),
      )
      .select([
        'clients.id',
        'clients.identifier',
        'clients.name',
        'clients.credentials_end_at',
        'users.email',
        'users.id as user_id',
      ])
      .where('clients.is_active', '=', 1)
      .where('clients.credentials_end_at', '>', now)
      .where('clients.credentials_end_at', '<=', now + before)
      .where(
        sql<boolean>`(clients.next_secret_digest is null or clients.rotation_ends_at is null
          or clients.credentials_end_at <> clients.rotation_ends_at or clients.credentials_end_at <= ${now + 2 * day})`,
      )
      .where('users.is_active', '=', 1)
      .where('users.email', 'is not', null)
      .where(sql<boolean>`coalesce(ending_notices.ends_at, 0) <> clients.credentials_end_at`)
      .orderBy('clients.credentials_end_at')
      .limit(atOnce)
      .execute()
    return rows.map(({ id, identifier, name, credentials_end_at: endsAt, email, user_id: userId }) => ({
      kind: 'client',
      id,
      userId,
      name,
      endsAt: endsAt ?? 0,
      email: email ?? '',
      path: `/portal/apps/${encodeURIComponent(identifier)}/`,
    }))
  }

  /** Whether it is this node that tells of it: one statement says so. */
  async function isMine(unit: Transaction<Schema>, { kind, id, endsAt }: Ending): Promise<boolean> {
    const mine = await unit
      .insertInto('ending_notices')
      .values({ kind, subject_id: id, ends_at: endsAt })
      .onConflict((known) =>
        known
          .columns(['kind', 'subject_id'])
          .doUpdateSet({ ends_at: endsAt })
          .where('ending_notices.ends_at', '<>', endsAt),
      )
      .returning('subject_id')
      .executeTakeFirst()
    return mine !== undefined
  }

  async function tell(ending: Ending): Promise<boolean> {
    return database.write(async (unit) => {
      if (!(await isMine(unit, ending))) return false
      const { kind, userId, name, endsAt, email, path } = ending
      if (!(await wantsMail(unit, userId, 'credential_ending'))) return false
      await mail.outbox.add(unit, {
        kind: 'credential_ending',
        to: email,
        subject: subjects[kind],
        parts: [
          sentences[kind],
          {
            facts: [
              ['Name', name],
              ['Ends', await minuteFor(unit, userId, endsAt)],
            ],
          },
          { link: baseUrl + path, text: 'See it' },
        ],
      })
      return true
    })
  }

  return async () => {
    if (!mail.outbox.isOpen) return 0
    const now = Math.floor(clock())
    let told = 0
    for (const ending of [...(await keys(now)), ...(await clients(now))]) if (await tell(ending)) told += 1
    return told
  }
}

/** Sends them while a server runs, at its start and every hour. */
export function sendEndingNotices({
  send,
  interval = 3_600_000,
  onError = () => undefined,
}: {
  readonly send: SendEndingNotices
  /** Milliseconds between two looks (an hour). */
  readonly interval?: number
  /** Hears of what went wrong (nothing). */
  readonly onError?: (error: unknown) => void
}): { readonly close: () => Promise<void> } {
  let running: Promise<unknown> = Promise.resolve()
  const look = (): void => void (running = running.then(send).catch(onError))
  const timer = setInterval(look, interval).unref()
  look()
  return {
    close: async () => {
      clearInterval(timer)
      await running
    },
  }
}

const subjects = {
  api_key: 'An API key of yours ends soon',
  client: 'A secret or certificate of your app ends soon',
} as const

const sentences = {
  api_key: 'Whatever uses this key is refused once it has ended. Make or roll one before, and put it in its place.',
  client:
    'Whatever still uses the old secret, or this certificate or key, is refused once it has ended. Put the new one in its place before.',
} as const
