import { AuthError } from '../core/errors.ts'
import { CommandRefused } from './command-refused.ts'

/** Does something with a client, and says which one is not there. */
export async function ofClient<Result>(id: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof AuthError) || error.code !== 'not_found') throw error
    throw new CommandRefused(`There is no client ${id}. Those that there are: doorward list-clients`)
  }
}
