import type { Database } from '../storage/database.ts'
import { formatId, idOrNone, parseId } from '../storage/id.ts'
import type { LinkedAccountRow } from '../storage/schema.ts'
import type { ForeignIdentity } from './foreign-identity.ts'
import type { SealedTokens } from './sealed-tokens.ts'

/** An account at a provider, as its owner sees it. */
export interface LinkedAccount {
  readonly id: string
  readonly provider: string
  readonly subject: string
  readonly email: string | null
  readonly name: string | null
  readonly createdAt: number
  readonly lastUsedAt: number | null
}

export type ForeignKey = Pick<ForeignIdentity, 'provider' | 'issuer' | 'subject'>

/** The reading side of linked accounts. */
export interface LinkedAccountList {
  /** Whose account it is here. By provider, issuer and subject alone, never by an address or a name. */
  readonly find: (identity: ForeignKey) => Promise<{ readonly id: string; readonly userId: string } | null>
  readonly list: (userId: string) => Promise<readonly LinkedAccount[]>
  /** One by its id, with whose it is. */
  readonly read: (id: string) => Promise<(LinkedAccount & { readonly userId: string }) | null>
  /** How many accounts of each provider are linked, and when one was last used. */
  readonly countsOf: () => Promise<ReadonlyMap<string, { readonly count: number; readonly lastUsedAt: number | null }>>
  /** The account that a user last signed in with, and its ID token where that was kept. */
  readonly lastUsed: (userId: string) => Promise<{ readonly provider: string; readonly idToken: string | null } | null>
}

export function createLinkedAccountList({
  database: { read },
  sealed,
}: {
  readonly database: Pick<Database, 'read'>
  readonly sealed: Pick<SealedTokens, 'open'>
}): LinkedAccountList {
  return {
    find: async (identity) => {
      const row = await linkOf(read, identity)
      return row === undefined ? null : { id: formatId(row.id), userId: formatId(row.user_id) }
    },

    list: async (userId) => (await linkedRowsOf(read, userId)).map(toLinked),

    read: async (id) => {
      const query = read.selectFrom('linked_accounts').selectAll().where('id', '=', idOrNone(id))
      const row = await query.executeTakeFirst()
      return row === undefined ? null : { ...toLinked(row), userId: formatId(row.user_id) }
    },

    countsOf: async () => {
      const rows = await read
        .selectFrom('linked_accounts')
        .select(['provider', ({ fn }) => fn.countAll().as('many'), ({ fn }) => fn.max('last_used_at').as('newest')])
        .groupBy('provider')
        .execute()
      return new Map(rows.map(({ provider, many, newest }) => [provider, { count: Number(many), lastUsedAt: newest }]))
    },

    lastUsed: async (userId) => {
      const row = await newestLinkedRow(read, userId)
      return row === null ? null : { provider: row.provider, idToken: sealed.open(row.tokens)?.idToken ?? null }
    },
  }
}

/** The link of an account elsewhere, whosever it is. */
export async function linkOf(
  reader: Pick<Database['read'], 'selectFrom'>,
  { provider, issuer, subject }: ForeignKey,
): Promise<Pick<LinkedAccountRow, 'id' | 'user_id'> | undefined> {
  return reader
    .selectFrom('linked_accounts')
    .select(['id', 'user_id'])
    .where('provider', '=', provider)
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .executeTakeFirst()
}

/** The rows of a user, oldest first. */
async function linkedRowsOf(read: Database['read'], userId: string): Promise<readonly LinkedAccountRow[]> {
  const id = parseId(userId)
  if (id === null) return []
  const query = read.selectFrom('linked_accounts').selectAll().where('user_id', '=', id)
  return query.orderBy('id').execute()
}

/** Of several accounts, of one provider or of all, the one that was used last. */
export async function newestLinkedRow(
  read: Database['read'],
  userId: string,
  provider?: string,
): Promise<LinkedAccountRow | null> {
  const rows = (await linkedRowsOf(read, userId)).filter((row) => provider === undefined || row.provider === provider)
  return rows.toSorted((a, b) => (b.last_used_at ?? 0) - (a.last_used_at ?? 0))[0] ?? null
}

export function toLinked(row: LinkedAccountRow): LinkedAccount {
  return {
    id: formatId(row.id),
    provider: row.provider,
    subject: row.subject,
    email: row.email,
    name: row.name,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  }
}
