import { Unavailable } from '../core/errors.ts'
import { appendTables, eventsIn, valuesByTable } from './append-rows.ts'
import type { AppendTable } from './append-rows.ts'
import type { AuditEvent } from './audit.ts'
import type { Rows } from './database.ts'
import type { FindNewest, LinkEvents } from './postgres-audit.ts'
import { isWorthRepeating } from './postgres-errors.ts'
import type { PostgresPool } from './postgres-pool.ts'

export interface PostgresAppenderOptions {
  readonly pool: PostgresPool
  readonly link: LinkEvents
  readonly findNewest: FindNewest
}

export interface PostgresAppender {
  readonly append: (rows: Rows) => Promise<void>
  /** Resolves when everything that was appended is settled. */
  readonly idle: () => Promise<void>
}

/**
 * Appends the rows of all calls of one turn of the event loop in one statement, which is one transaction: for each table
 * an `insert … select * from unnest(…)`. While some are on their way, the next calls gather.
 */
export function postgresAppender(options: PostgresAppenderOptions): PostgresAppender {
  const waiting: Call[] = []
  let scheduled = false
  let onTheirWay = 0
  const whenIdle: (() => void)[] = []

  function schedule() {
    if (scheduled || waiting.length === 0 || onTheirWay === mostOnTheirWay) return
    scheduled = true
    setImmediate(() => void sendWaiting())
  }

  async function sendWaiting() {
    scheduled = false
    onTheirWay += 1
    const calls = waiting.splice(0, mostCalls)
    schedule()
    await send(calls, options)
    onTheirWay -= 1
    schedule()
    if (onTheirWay === 0 && waiting.length === 0) for (const tell of whenIdle.splice(0)) tell()
  }

  return {
    append: async (rows) => {
      const call = { values: valuesByTable(rows), events: eventsIn(rows) }
      return new Promise<void>((resolve, reject) => {
        waiting.push({ ...call, resolve, reject })
        schedule()
      })
    },
    idle: async () => {
      if (onTheirWay > 0 || waiting.length > 0) await new Promise<void>((resolve) => whenIdle.push(resolve))
    },
  }
}

const mostOnTheirWay = 2
const mostCalls = 1000

interface Call {
  readonly values: ReturnType<typeof valuesByTable>
  readonly events: readonly AuditEvent[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Sends calls together. Where that fails because of one of them, each half goes for itself, down to the faulty one. */
async function send(calls: readonly Call[], options: PostgresAppenderOptions): Promise<void> {
  try {
    await sendTogether(calls, options)
  } catch (error) {
    if (calls.length === 1 || error instanceof Unavailable) {
      for (const { reject } of calls) reject(error)
      return
    }
    const middle = calls.length >> 1
    await send(calls.slice(0, middle), options)
    await send(calls.slice(middle), options)
    return
  }
  for (const { resolve } of calls) resolve()
}

async function sendTogether(
  calls: readonly Call[],
  { pool, link, findNewest }: PostgresAppenderOptions,
): Promise<void> {
  const events = calls.flatMap((call) => call.events)
  const linked = events.length === 0 ? null : await link(events, findNewest)
  const values = calls.map((call) => call.values)
  if (linked !== null) values.push(valuesByTable({ audit_events: linked.rows }))
  const gathered = gather(values)
  if (gathered.size === 0) return
  try {
    await repeatedly(async () => pool.query(insertInto([...gathered.keys()]), [...gathered.values()].flat()))
  } catch (error) {
    if (!(error instanceof Unavailable)) linked?.rolledBack()
    throw error
  }
  linked?.committed()
}

async function repeatedly<Result>(action: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action()
    } catch (error) {
      if (attempt === 3 || !isWorthRepeating(error instanceof Unavailable ? error.cause : error)) throw error
    }
  }
}

type Columns = readonly unknown[][]

/** The values of all calls, by table and column. */
function gather(calls: readonly Call['values'][]): ReadonlyMap<AppendTable, Columns> {
  const gathered = new Map<AppendTable, Columns>()
  for (const values of calls) {
    for (const [table, rows] of values) {
      if (rows.length === 0) continue
      const columns = gathered.get(table) ?? table.columns.map(() => [])
      gathered.set(table, columns)
      for (const row of rows) for (const [index, value] of row.entries()) columns[index]?.push(value)
    }
  }
  return new Map(appendTables.filter((table) => gathered.has(table)).map((table) => [table, gathered.get(table) ?? []]))
}

const arrays = { id: 'bigint[]', integer: 'bigint[]', text: 'text[]', bytes: 'bytea[]' } as const
const statements = new Map<string, string>()

/** One statement for any number of tables: all but the last one are written by `with` (PostgreSQL manual, section 7.8.4). */
function insertInto(tables: readonly AppendTable[]): string {
  const key = tables.map((table) => table.name).join()
  const known = statements.get(key)
  if (known !== undefined) return known
  let parameter = 0
  const inserts = tables.map((table) => {
    const given = table.types.map((type) => `$${(parameter += 1)}::${arrays[type]}`)
    const names = table.columns.map((column) => `"${column}"`)
    return `insert into "${table.name}" (${names.join(', ')}) select * from unnest(${given.join(', ')})`
  })
  const parts = inserts.slice(0, -1).map((insert, index) => `part_${index} as (${insert})`)
  const sql = `${parts.length > 0 ? `with ${parts.join(', ')} ` : ''}${inserts.at(-1)}`
  statements.set(key, sql)
  return sql
}
