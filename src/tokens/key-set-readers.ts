import { sql, type Transaction } from 'kysely'
import { networkOf } from '../http/address.ts'
import type { Database } from '../storage/database.ts'
import type { Schema } from '../storage/schema.ts'
import { createLateWrites } from './late-writes.ts'

/** Somebody who keeps the public keys, such as an API that verifies tokens. Times are milliseconds since 1970. */
export interface KeySetReader {
  /** What they call themselves in the address that they fetch (`?backend=`); empty: nothing. It is their word, no proof. */
  readonly name: string
  /** An IPv4 address, or an IPv6 /64; `unknown` where it is not known. */
  readonly network: string
  /** The first word of their User-Agent, such as `node` or `python-requests/2.32`. */
  readonly program: string
  readonly firstAt: number
  readonly lastAt: number
  readonly reads: number
}

/** What is looked at in a request for the keys. */
export interface KeySetRequest {
  readonly url: string
  readonly headers: { readonly get: (name: string) => string | null }
  readonly address?: string | null
}

export interface KeySetReaders {
  /** Remembers that somebody fetched them: in memory, and written with the next batch. Browsers are left out. */
  readonly note: (request: KeySetRequest) => void
  /** The newest first, up to `most`. */
  readonly list: (most?: number) => Promise<readonly KeySetReader[]>
  /** Writes what is remembered now. */
  readonly flush: () => Promise<void>
  /** Writes what is remembered and stops. Call it before the database is closed. */
  readonly close: () => Promise<void>
}

export interface KeySetReadersOptions {
  readonly database: Database
  /** Milliseconds from the first fetch of a batch until it is written (10,000). */
  readonly interval?: number
  /** How many are remembered at most, in memory and in the database (1,000). */
  readonly most?: number
  /** Hears of a batch that could not be written; it is lost (nothing). */
  readonly onError?: (error: unknown) => void
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/**
 * Keeps who fetched the public keys and when, so that whoever exchanges them can see who has the new ones. Anybody may fetch them, so
 * there is room for `most` alone, and those that came least often make way: nobody who looks every few minutes is pushed out
 * by a crowd that looks once.
 */
export function createKeySetReaders(options: KeySetReadersOptions): KeySetReaders {
  const { database, interval = 10_000, most = 1000, onError = () => undefined, clock } = options
  let seen = new Map<string, Seen>()
  const { soon, flush, close } = createLateWrites(writeBatch, interval)

  async function writeBatch(): Promise<void> {
    if (seen.size === 0) return
    const batch = [...seen.values()].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    seen = new Map()
    try {
      await database.write(async (unit) => {
        for (let from = 0; from < batch.length; from += atOnce) {
          await add(unit, batch.slice(from, from + atOnce), database.newId)
        }
        await keepWithin(unit, most)
      })
    } catch (error) {
      onError(error)
    }
  }

  return {
    note: (request) => {
      if (isBrowser(request)) return
      const reader = readerIn(request)
      const key = keyOf(reader)
      const known = seen.get(key)
      const at = Math.floor(clock())
      if (known !== undefined) {
        known.lastAt = Math.max(known.lastAt, at)
        known.reads += 1
      } else if (seen.size < most) {
        seen.set(key, { ...reader, lastAt: at, reads: 1 })
        soon()
      }
    },
    list: async (wanted = 100) => {
      const rows = await database.read
        .selectFrom('key_set_readers')
        .selectAll()
        .orderBy('last_at', 'desc')
        .limit(wanted)
        .execute()
      return rows.map(({ name, network, program, first_at, last_at, reads }) => ({
        name,
        network,
        program,
        firstAt: first_at,
        lastAt: last_at,
        reads,
      }))
    },
    flush,
    close,
  }
}

interface Named {
  readonly name: string
  readonly network: string
  readonly program: string
}

interface Seen extends Named {
  lastAt: number
  reads: number
}

const atOnce = 200

function keyOf({ name, network, program }: Named): string {
  return `${network} ${program} ${name}`
}

/**
 * Scripts of pages fetch the keys too, from the addresses of people: that is nobody's backend, and nobody's business (Fetch, and
 * Fetch Metadata). Programs send none of these; that of Node sends `Sec-Fetch-Mode`, alone.
 */
function isBrowser({ headers }: KeySetRequest): boolean {
  return ['origin', 'sec-fetch-site', 'referer'].some((name) => headers.get(name) !== null)
}

function readerIn({ url, headers, address = null }: KeySetRequest): Named {
  const query = url.indexOf('?')
  const backend = query === -1 ? null : new URLSearchParams(url.slice(query + 1)).get('backend')
  const [program = ''] = (headers.get('user-agent') ?? '').trim().split(/\s/)
  return {
    name: shown(backend ?? ''),
    network: address === null ? 'unknown' : shown(networkOf(address)),
    program: shown(program),
  }
}

/** It is a stranger's word: enough of it, and nothing that a database or a screen chokes on. */
function shown(text: string): string {
  return text.replaceAll(/[^\x21-\x7e]/g, '?').slice(0, 60)
}

async function add(unit: Transaction<Schema>, some: readonly Seen[], newId: () => bigint): Promise<void> {
  await unit
    .insertInto('key_set_readers')
    .values(
      some.map(({ name, network, program, lastAt, reads }) => ({
        id: newId(),
        name,
        network,
        program,
        first_at: lastAt,
        last_at: lastAt,
        reads,
      })),
    )
    .onConflict((of) =>
      of.columns(['name', 'network', 'program']).doUpdateSet({
        last_at: sql`case when key_set_readers.last_at > excluded.last_at then key_set_readers.last_at else excluded.last_at end`,
        reads: sql`key_set_readers.reads + excluded.reads`,
      }),
    )
    .execute()
}

async function keepWithin(unit: Transaction<Schema>, most: number): Promise<void> {
  const { count } = await unit
    .selectFrom('key_set_readers')
    .select((of) => of.fn.countAll<number | string | bigint>().as('count'))
    .executeTakeFirstOrThrow()
  const tooMany = Number(count) - most
  if (tooMany <= 0) return
  const least = unit
    .selectFrom('key_set_readers')
    .select('id')
    .orderBy(sql`case when reads > 10 then 1 else 0 end`)
    .orderBy('last_at')
    .limit(tooMany)
  await unit.deleteFrom('key_set_readers').where('id', 'in', least).execute()
}
