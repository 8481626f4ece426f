import type * as Driver from 'pg'
import type { PoolClient, QueryResult } from 'pg'
import { Unavailable } from '../core/errors.ts'
import { isIdColumn } from './columns.ts'
import { isStale, losesConnection, postgresFailure } from './postgres-errors.ts'
import { createSlots } from './postgres-slots.ts'

export interface PostgresPoolOptions {
  readonly url: string
  /** How many connections at most. */
  readonly size: number
  /** Milliseconds to get a connection. */
  readonly connectTimeout: number
  /** Milliseconds for a statement; 0 is as long as it takes. */
  readonly statementTimeout: number
}

export interface PostgresResult {
  readonly rows: Record<string, unknown>[]
  readonly command: string
  readonly changed: bigint
}

/** A connection of one's own, until it is released. Throws what `pg` throws. */
export interface PostgresSession {
  readonly query: (text: string, values: readonly unknown[]) => Promise<PostgresResult>
  /** Gives it back, or away where it can no longer be used. */
  readonly release: () => void
  /** Closes it, whatever state it is in. */
  readonly discard: () => void
  /** Hears of notices (`LISTEN`), and of the end of the connection. */
  readonly onNotice: (listener: () => void, onEnd: () => void) => void
}

export interface PostgresPool {
  readonly acquire: () => Promise<PostgresSession>
  /** One statement on any connection. Rejects as callers of `Database` know it. */
  readonly query: (text: string, values: readonly unknown[]) => Promise<PostgresResult>
  readonly end: () => Promise<void>
}

/** A pool of `pg`, which is loaded here and nowhere else, with statements that are prepared when they are seen again. */
export async function postgresPool(options: PostgresPoolOptions): Promise<PostgresPool> {
  const { Pool, types } = await loadDriver()
  const { url, size, connectTimeout, statementTimeout } = options
  const pool = new Pool({
    connectionString: url,
    max: size,
    connectionTimeoutMillis: connectTimeout,
    application_name: 'doorward',
    keepAlive: true,
    types: { getTypeParser: (oid, format) => ownParsers.get(oid) ?? types.getTypeParser(oid, format) },
    // Of the two limits the server's frees its locks, and the other one notices when nobody answers any more.
    ...(statementTimeout > 0 && {
      statement_timeout: statementTimeout,
      query_timeout: statementTimeout + 50,
      idle_in_transaction_session_timeout: statementTimeout * 10,
    }),
  })
  pool.on('error', ignore)
  pool.on('connect', (client) => client.on('error', ignore))
  const names = statementNames()

  const slots = createSlots(size, queueTimeout)

  async function acquire(): Promise<PostgresSession> {
    if (pool.ending) throw new Unavailable({ cause: new Error('The database is closed.') })
    await slots.take()
    try {
      return session(await pool.connect(), names, slots.give)
    } catch (error) {
      slots.give()
      slots.fail(error)
      throw error
    }
  }

  return {
    acquire,
    query: async (text, values) => {
      try {
        const mine = await acquire()
        try {
          return await mine.query(text, values)
        } finally {
          mine.release()
        }
      } catch (error) {
        throw postgresFailure(error)
      }
    },
    end: async () => pool.end(),
  }
}

async function loadDriver(): Promise<typeof Driver> {
  try {
    return await import('pg')
  } catch (cause) {
    throw new Error('PostgreSQL needs the package pg, which is not installed: npm install pg', { cause })
  }
}

/** Milliseconds. */
const queueTimeout = 5000

function session(client: PoolClient, names: StatementNames, onRelease: () => void): PostgresSession {
  let broken = false
  let released = false
  const release = (destroy: boolean) => {
    if (released) return
    released = true
    client.release(destroy)
    onRelease()
  }
  return {
    query: async (text, values) => {
      try {
        // `begin` and its like go by the simple protocol, which is one message instead of five.
        const name = values.length === 0 ? undefined : names.of(text)
        const result = await client.query({ text, values: values as unknown[], ...(name !== undefined && { name }) })
        return { rows: toRows(result), command: result.command, changed: BigInt(result.rowCount ?? 0) }
      } catch (error) {
        if (losesConnection(error)) broken = true
        if (isStale(error)) names.renew()
        throw error
      }
    },
    release: () => release(broken),
    discard: () => release(true),
    onNotice: (listener, onEnd) => {
      client.on('notification', listener)
      client.on('end', onEnd)
    },
  }
}

const ignore = () => undefined

const int8 = 20
const numeric = 1700
const bytea = 17

/** The first two become numbers by the name of their column, which a parser is not told. */
const ownParsers: ReadonlyMap<number, (text: string) => unknown> = new Map([
  [int8, (text: string): unknown => text],
  [numeric, (text: string): unknown => text],
  [
    bytea,
    (text: string): unknown => {
      const bytes = Buffer.from(text.slice(2), 'hex')
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    },
  ],
])

function toRows({ rows, fields }: QueryResult): Record<string, unknown>[] {
  for (const { name, dataTypeID } of fields) {
    if (dataTypeID !== int8 && dataTypeID !== numeric) continue
    const convert = dataTypeID === int8 && isIdColumn(name) ? BigInt : Number
    for (const row of rows as Record<string, unknown>[]) {
      const value = row[name]
      if (typeof value === 'string') row[name] = convert(value)
    }
  }
  return rows as Record<string, unknown>[]
}

interface StatementNames {
  readonly of: (text: string) => string | undefined
  /** Gives new names to all, because the schema has changed under the old ones. */
  readonly renew: () => void
}

/**
 * A statement with a name is parsed and planned once a connection. One gets a name when it is seen for the second time, so
 * that those whose text is never the same again, such as lists of any length, do not pile up on the server.
 */
function statementNames(): StatementNames {
  const names = new Map<string, string>()
  const seenOnce = new Set<string>()
  let made = 0
  return {
    of: (text) => {
      const name = names.get(text)
      if (name !== undefined || names.size === mostNames) return name
      if (!seenOnce.delete(text)) {
        if (seenOnce.size === mostNames) seenOnce.clear()
        seenOnce.add(text)
        return undefined
      }
      made += 1
      names.set(text, `doorward_${made}`)
      return names.get(text)
    },
    renew: () => names.clear(),
  }
}

const mostNames = 300
