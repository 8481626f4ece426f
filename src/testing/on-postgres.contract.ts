import { patient, sharedPostgres, withoutPostgres } from '../../test/services/shared-postgres.ts'
import { openPostgres } from '../storage/postgres.ts'
import type { TestDoorwardOptions } from './test-doorward.ts'

/** For a whole server on each database, with nothing in it: by name. */
export const eachDatabase: readonly (readonly [name: string, on: Pick<TestDoorwardOptions, 'openDatabase'>])[] = [
  ['SQLite', {}],
  ...(withoutPostgres ? [] : [['PostgreSQL', { openDatabase: onPostgres }] as const]),
]

async function onPostgres(clock: () => number): ReturnType<NonNullable<TestDoorwardOptions['openDatabase']>> {
  return openPostgres({ url: await (await sharedPostgres()).createDatabase(), clock, poolSize: 4, ...patient })
}
