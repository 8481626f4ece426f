import { after, before } from 'node:test'
import type { Database } from './database.ts'
import type { DatabaseFixture, StartDatabase } from './databases.contract.ts'

/** Opens one migrated database for all tests of a suite, before the first of them. */
export function beforeAll(start: StartDatabase, use: (database: Database) => void): void {
  let fixture: DatabaseFixture
  let database: Database
  before(async () => {
    fixture = await start()
    database = await fixture.open()
    await database.migrate()
    use(database)
  })
  after(async () => {
    await database.close()
    await fixture.remove()
  })
}
