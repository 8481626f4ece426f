import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { Unavailable } from '../core/errors.ts'
import { createIdSource, nodeCount } from './id.ts'
import type { Schema } from './schema.ts'

export interface NodeLeaseOptions {
  /** Runs a transaction. */
  readonly write: <Result>(work: (transaction: Kysely<Schema>) => Promise<Result>) => Promise<Result>
  /** How long a number stays taken after its process was killed, in milliseconds (60,000). Clocks may differ by a quarter. */
  readonly lease?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** The number of this process among all that write to the database. */
export interface NodeLease {
  /** The number. Throws `Unavailable` when it may have passed on to another process, until it is certain again. */
  readonly number: () => number
  readonly release: () => Promise<void>
}

/**
 * Takes a number from 0 to 1023 that no other running process has, and keeps it by renewing it in the background. A
 * process that was paused for longer than its lease has to win its number back, or another one, before it makes ids.
 */
export async function leaseNode(options: NodeLeaseOptions): Promise<NodeLease> {
  const { write, lease = 60_000, clock = Date.now } = options
  const holder = randomUUID()
  let number = -1
  let certain: Until = never
  let renewing: Promise<void> = Promise.resolve()

  async function hold() {
    const until = untilAfter(lease * 0.75, clock)
    const kept =
      number >= 0 && (await write(async (transaction) => renew(transaction, number, holder, clock() + lease)))
    if (!kept) number = await write(async (transaction) => take(transaction, holder, clock(), clock() + lease))
    certain = until
  }

  await hold()
  const timer = setInterval(() => {
    // What fails is tried again at the next turn, and `number` tells in time.
    renewing = hold().catch(() => undefined)
  }, lease / 6)
  timer.unref()

  return {
    number: () => {
      if (!certain()) throw new Unavailable({ cause: new Error('The lease of the node number could not be renewed.') })
      return number
    },
    release: async () => {
      clearInterval(timer)
      await renewing
      certain = never
      // The row stays until it is purged, so that numbers come round slowly: see `take`.
      await write(async (transaction) => renew(transaction, number, holder, clock()))
    },
  }
}

type Until = () => boolean

const never: Until = () => false

/** By two clocks: one stands still while the machine sleeps, the other can be set. */
function untilAfter(duration: number, clock: () => number): Until {
  const [time, steady] = [clock() + duration, performance.now() + duration]
  return () => clock() < time && performance.now() < steady
}

async function renew(transaction: Kysely<Schema>, number: number, holder: string, expiresAt: number): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('nodes')
    .set({ expires_at: expiresAt })
    .where('number', '=', number)
    .where('holder', '=', holder)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/**
 * Takes a number at random among those that have no row, else the one that has been free for longest: a clock that is
 * set back between two runs does not bring the same ids again.
 */
async function take(transaction: Kysely<Schema>, holder: string, now: number, expiresAt: number): Promise<number> {
  for (;;) {
    const rows = await transaction.selectFrom('nodes').select(['number', 'expires_at']).orderBy('expires_at').execute()
    const number = unused(rows.map((row) => row.number)) ?? rows.find((row) => row.expires_at < now)?.number
    if (number === undefined) throw new Unavailable({ cause: new Error(`All ${nodeCount} node numbers are taken.`) })
    const taken = await transaction
      .insertInto('nodes')
      .values({ number, holder, expires_at: expiresAt })
      .onConflict((conflict) =>
        conflict
          .column('number')
          .doUpdateSet({ holder, expires_at: expiresAt })
          .where(sql.ref<number>('nodes.expires_at'), '<', now),
      )
      .returning('number')
      .executeTakeFirst()
    if (taken !== undefined) return taken.number
  }
}

function unused(used: readonly number[]): number | undefined {
  const taken = new Set(used)
  const free = Array.from({ length: nodeCount }, (_, number) => number).filter((number) => !taken.has(number))
  return free[Math.floor(Math.random() * free.length)]
}

export interface NodeIds {
  /** See `Database.newId`. */
  readonly newId: () => bigint
  /** Takes the number, once. */
  readonly start: () => Promise<void>
  readonly release: () => Promise<void>
}

/** Ids under the number that this process holds at the time. `clock` is that of the ids: the lease goes by the real one. */
export function createNodeIds(options: Omit<NodeLeaseOptions, 'clock'> & { readonly clock?: () => number }): NodeIds {
  const { clock = Date.now, write } = options
  const leaseOptions = options.lease === undefined ? { write } : { write, lease: options.lease }
  let lease: NodeLease | null = null
  let source: () => bigint = noIds
  let node = -1
  let last = -1n
  return {
    newId: () => {
      const number = lease === null ? -1 : lease.number()
      if (number !== node) {
        source = createIdSource({ node: number, clock, after: last })
        node = number
      }
      last = source()
      return last
    },
    start: async () => {
      lease ??= await leaseNode(leaseOptions)
    },
    release: async () => {
      await lease?.release()
      lease = null
      node = -1
      source = noIds
    },
  }
}

function noIds(): never {
  throw new Error(
    'There are no ids yet, or any more: call migrate() after opening a new database, and nothing after close().',
  )
}
