import { startPostgres } from './postgres.ts'
import type { PostgresServer } from './postgres.ts'

let server: Promise<PostgresServer> | null = null

/** The one PostgreSQL of a test run, for those who do not stop it: each makes a schema of its own. */
export async function sharedPostgres(): Promise<Pick<PostgresServer, 'createSchema'>> {
  server ??= startPostgres()
  return server
}
