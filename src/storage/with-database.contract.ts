import type { Database } from './database.ts'
import type { DatabaseFixture, OpenOptions } from './databases.contract.ts'

/** Runs a test on a migrated database of its own. */
export async function withDatabase<Fixture extends DatabaseFixture>(
  start: () => Promise<Fixture>,
  use: (database: Database, fixture: Fixture) => Promise<void>,
  options?: OpenOptions,
): Promise<void> {
  const fixture = await start()
  const database = await fixture.open(options)
  try {
    await database.migrate()
    await use(database, fixture)
  } finally {
    await database.close()
    await fixture.remove()
  }
}
