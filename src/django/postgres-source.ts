import type { Client } from 'pg'
import { batchSize, type DjangoRow, type DjangoSource, SourceUnreadable } from './source.ts'

/**
 * Reads the PostgreSQL database of a Django project, all of it as it is at one moment, while Django goes on. The address may
 * name a schema by `?options=-c search_path=…`. Throws `SourceUnreadable` where it cannot be reached.
 */
export async function postgresSource(url: string): Promise<DjangoSource> {
  const client = await connected(url)
  const { rows } = await client.query<{ table_name: string; columns: string[] }>(
    `select table_name, array_agg(column_name::text order by ordinal_position) as columns
     from information_schema.columns where table_schema = current_schema() group by table_name`,
  )
  return {
    what: `the PostgreSQL database ${client.database ?? ''}`,
    tables: new Map(rows.map(({ table_name: name, columns }) => [name, columns])),
    async *batches(table, orderBy) {
      if (!rows.some(({ table_name: name }) => name === table)) return
      await client.query(
        `declare "doorward" no scroll cursor for
         select * from ${client.escapeIdentifier(table)} order by ${client.escapeIdentifier(orderBy)}`,
      )
      try {
        for (;;) {
          const { rows: batch } = await client.query<DjangoRow>(`fetch ${batchSize} from "doorward"`)
          if (batch.length === 0) return
          yield batch
        }
      } finally {
        await client.query('close "doorward"')
      }
    },
    close: async () => client.end(),
  }
}

async function connected(url: string): Promise<Client> {
  const { Client } = await import('pg')
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  // What is wrong with the connection comes out of the statement that runs.
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('begin transaction isolation level repeatable read read only')
    return client
  } catch (error) {
    await client.end().catch(() => undefined)
    throw new SourceUnreadable(`The database of Django cannot be reached: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
