import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { columns as columnTypes } from './columns.ts'
import type { Database } from './database.ts'
import type { Schema } from './schema.ts'

/** Tables that say when they were last used. */
type Touched = 'users' | 'sessions' | 'api_tokens' | 'api_keys'
type Columns<Table extends Touched> = Partial<Omit<Schema[Table], 'id'>>

export interface TouchesOptions {
  /** Milliseconds between two flushes (2000). */
  readonly interval?: number
  /** How many rows are remembered at most; further ones push out the oldest (10,000). */
  readonly limit?: number
}

/** Remembers when things were used, so that a request that only reads need not write. */
export interface Touches {
  /** Remembers columns of a row. What is remembered of the same row already is overwritten. */
  readonly touch: <Table extends Touched>(table: Table, id: bigint, columns: Columns<Table>) => void
  /** Writes what is remembered. Where that fails it is remembered on. */
  readonly flush: () => Promise<void>
  /** Writes what is remembered, and stops. */
  readonly close: () => Promise<void>
}

/** "Last used", written behind: every two seconds in one transaction, and at the end. A crash loses what was remembered. */
export function createTouches(database: Database, { interval = 2000, limit = 10_000 }: TouchesOptions = {}): Touches {
  let remembered = new Map<string, Touch>()
  let flushing: Promise<void> = Promise.resolve()
  const timer = setInterval(() => void flush().catch(() => undefined), interval)
  timer.unref()

  function remember(touch: Touch) {
    const key = `${touch.table} ${touch.id}`
    const before = remembered.get(key)
    if (before === undefined && remembered.size >= limit) {
      const [oldest] = remembered.keys()
      if (oldest !== undefined) remembered.delete(oldest)
    }
    remembered.set(key, before === undefined ? touch : { ...touch, columns: { ...before.columns, ...touch.columns } })
  }

  async function flush() {
    await flushing.catch(() => undefined)
    flushing = writeRemembered()
    return flushing
  }

  async function writeRemembered() {
    if (remembered.size === 0) return
    const written = remembered
    remembered = new Map()
    try {
      for (const touches of alike(written.values())) {
        for (let from = 0; from < touches.length; from += perUnit) {
          const update = updateOf(touches.slice(from, from + perUnit))
          await database.write(async (transaction) => update.execute(transaction))
        }
      }
    } catch (error) {
      const newer = remembered
      remembered = written
      for (const touch of newer.values()) remember(touch)
      throw error
    }
  }

  return {
    touch: (table, id, columns) => remember({ table, id, columns }),
    flush,
    close: async () => {
      clearInterval(timer)
      await flush()
    },
  }
}

/** So many rows take a few milliseconds, for which other writers wait. */
const perUnit = 200

interface Touch {
  readonly table: Touched
  readonly id: bigint
  readonly columns: Readonly<Record<string, unknown>>
}

/** Those that one statement can write, in the order of their ids, so that two nodes do not lock each other out. */
function alike(touches: Iterable<Touch>): readonly (readonly Touch[])[] {
  const sorted = [...touches].sort((one, other) => (one.id < other.id ? -1 : 1))
  return [...Map.groupBy(sorted, ({ table, columns }) => `${table} ${Object.keys(columns).sort().join(' ')}`).values()]
}

/** Both dialects name the columns of a list of values `column1`, `column2` … */
function updateOf(touches: readonly Touch[]): RawBuilder<unknown> {
  const [{ table, columns }] = touches as [Touch]
  const names = Object.keys(columns).sort()
  const rows = touches.map((touch) => {
    const values = names.map((name) => cast(table, name, touch.columns[name]))
    return sql`(${sql.join([cast(table, 'id', touch.id), ...values])})`
  })
  const set = names.map((name, index) => sql`${sql.ref(name)} = touched.${sql.ref(`column${index + 2}`)}`)
  return sql`update ${sql.table(table)} set ${sql.join(set)} from (values ${sql.join(rows)}) as touched
    where ${sql.table(table)}.id = touched.column1`
}

/** PostgreSQL takes parameters in a list of values for text. */
function cast(table: Touched, column: string, value: unknown): RawBuilder<unknown> {
  const type = (columnTypes[table] as Readonly<Record<string, string>>)[column]
  if (type !== 'id' && type !== 'integer' && type !== 'text')
    throw new TypeError(`touch: ${table} has no column ${column}.`)
  return sql`cast(${value} as ${sql.raw(type === 'text' ? 'text' : 'bigint')})`
}
