import { DatabaseSync } from 'node:sqlite'
import { batchSize, type DjangoRow, type DjangoSource, SourceUnreadable } from './source.ts'

/**
 * Reads the SQLite file of a Django project, all of it as it is at one moment, while Django may go on writing. Throws
 * `SourceUnreadable` for a file that is none.
 */
export function sqliteSource(path: string): DjangoSource {
  const database = open(path)
  const tables = new Map(
    database
      .prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")
      .all()
      .map(({ name }) => [String(name), columnsOf(database, String(name))] as const),
  )
  return {
    what: `the SQLite file ${path}`,
    tables,
    async *batches(table, orderBy) {
      if (!tables.has(table)) return
      const statement = database.prepare(`select * from ${quoted(table)} order by ${quoted(orderBy)}`)
      // Numbers of ours are too short for keys of 64 bits.
      statement.setReadBigInts(true)
      const rows = statement.iterate()
      let batch: DjangoRow[] = []
      for (const row of rows) {
        batch.push(row)
        if (batch.length < batchSize) continue
        yield batch
        batch = []
      }
      if (batch.length > 0) yield batch
    },
    close: async () => database.close(),
  }
}

function open(path: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { readOnly: true })
    database.exec('begin')
    database.prepare('select count(*) from sqlite_schema').get()
    return database
  } catch (error) {
    database?.close()
    throw new SourceUnreadable(`${path} is no SQLite database that can be read.`, { cause: error })
  }
}

function columnsOf(database: DatabaseSync, table: string): readonly string[] {
  return database
    .prepare(`pragma table_info(${quoted(table)})`)
    .all()
    .map(({ name }) => String(name))
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
