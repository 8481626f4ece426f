import { startPostgres } from './postgres.ts'
import type { PostgresServer } from './postgres.ts'

let server: Promise<PostgresServer> | null = null

/** Whether this run leaves PostgreSQL out: `npm test -- --fast`, before a commit. */
export const withoutPostgres: boolean = process.env['TEST_DATABASES'] === 'sqlite'

/**
 * For tests of what is asked, and not of how long it may take: a machine that is busy with eight programs at once lets a
 * statement wait for longer than a server would.
 */
export const patient = { connectTimeout: 15_000, statementTimeout: 15_000 } as const

/** The one PostgreSQL of a test run, for those who do not stop it: each makes a schema or a database of its own. */
export async function sharedPostgres(): Promise<Pick<PostgresServer, 'createSchema' | 'createDatabase'>> {
  server ??= startPostgres()
  return server
}
