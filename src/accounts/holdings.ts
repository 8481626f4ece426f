import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../storage/database.ts'
import { idOrNone } from '../storage/id.ts'
import type { Schema } from '../storage/schema.ts'
import type { Owner } from '../tokens/owner.ts'

/** What somebody has been given and what they answer for, that goes on now. */
export interface Holdings {
  readonly sessions: number
  readonly signIns: number
  readonly tokens: number
  readonly keys: number
  readonly grants: number
  readonly serviceAccounts: number
  readonly clients: number
  readonly linkedAccounts: number
  readonly passkeys: number
  readonly memberships: number
}

/** Counts it, for pages that ask before it ends. */
export type CountHoldings = (owner: Owner) => Promise<Holdings>

export function createCountHoldings({
  database: { read },
  clock,
}: {
  readonly database: Pick<Database, 'read'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}): CountHoldings {
  async function count(table: keyof Schema, condition: RawBuilder<unknown>): Promise<number> {
    const query = sql<{ readonly count: unknown }>`select count(*) as count from ${sql.table(table)} where ${condition}`
    return Number((await query.execute(read)).rows[0]?.count ?? 0)
  }

  return async ({ kind, id: text }) => {
    const id = idOrNone(text)
    const now = Math.floor(clock())
    const own = sql`${sql.ref(kind === 'user' ? 'user_id' : 'service_account_id')} = ${id}`
    const isLive = sql`(expires_at is null or expires_at > ${now})`
    const held = {
      tokens: await count('api_tokens', sql`${own} and ${isLive}`),
      keys: await count('api_keys', sql`${own} and ${isLive} and revoked_at is null`),
    }
    if (kind === 'service_account') return { ...held, ...nothingOfPeople }
    const alive = sql`${own} and expires_at > ${now} and revoked_at is null`
    return {
      ...held,
      sessions: await count('sessions', sql`${own} and expires_at > ${now}`),
      signIns: await count('refresh_families', alive),
      grants: await count('grants', alive),
      serviceAccounts: await count('service_accounts', sql`owner_id = ${id}`),
      clients: await count('clients', sql`owner_id = ${id}`),
      linkedAccounts: await count('linked_accounts', own),
      passkeys: await count('passkeys', own),
      memberships: await count('organisation_members', own),
    }
  }
}

const nothingOfPeople = {
  sessions: 0,
  signIns: 0,
  grants: 0,
  serviceAccounts: 0,
  clients: 0,
  linkedAccounts: 0,
  passkeys: 0,
  memberships: 0,
}

/** All of several owners, added up. */
export function holdingsTogether(all: readonly Holdings[]): Holdings {
  const sum = { tokens: 0, keys: 0, ...nothingOfPeople }
  for (const held of all) for (const name of Object.keys(sum) as (keyof Holdings)[]) sum[name] += held[name]
  return sum
}

/** `3 keys`, and nothing for none. */
export function counted(count: number, one: string, many = `${one}s`): readonly string[] {
  return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`]
}

/** What ends with it, in words. */
export function holdingsText({ sessions, signIns, tokens, keys, grants }: Holdings): readonly string[] {
  return [
    ...counted(sessions, 'session'),
    ...counted(signIns, 'sign-in of a program', 'sign-ins of programs'),
    ...counted(tokens, 'API token'),
    ...counted(keys, 'API key'),
    ...counted(grants, 'connected application'),
  ]
}
