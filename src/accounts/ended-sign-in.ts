import type { Transaction } from 'kysely'
import type { Schema } from '../storage/schema.ts'
import type { ActedBy } from './acted-by.ts'

/** A sign-in of a browser that is over: its user signed out, or somebody signed them out. */
export interface EndedSignIn {
  readonly signInId: bigint
  readonly userId: bigint
}

/**
 * Hears of sign-ins that end, in the unit that ends them: what rests on them ends with them, or none of it does. It waits for
 * nothing but the database.
 */
export type OnSignInsEnded = (unit: Transaction<Schema>, ended: readonly EndedSignIn[], by: ActedBy) => Promise<void>
