import type { Transaction } from 'kysely'
import { clientRevocationId } from '../oauth/client.ts'
import { longestAccessToken } from '../oauth/client-values.ts'
import type { Revocations } from '../storage/revocations.ts'
import type { Schema } from '../storage/schema.ts'

export interface EndClientsOptions {
  readonly revocations: Pick<Revocations, 'revoke'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** Ends the access tokens of an organisation's clients that nobody looks up, in the unit that gives the reason. */
export function createEndClients({ revocations, clock }: EndClientsOptions) {
  return async (unit: Transaction<Schema>, organisationId: bigint): Promise<void> => {
    const now = Math.floor(clock())
    const query = unit.selectFrom('clients').select('identifier').where('organisation_id', '=', organisationId)
    // What was made in this very millisecond is dead as well: it might be from before.
    const rest = { kind: 'client', notBefore: now + 1, expiresAt: now + longestAccessToken * 1000 } as const
    for (const { identifier } of await query.execute()) {
      await revocations.revoke(unit, { ...rest, subjectId: clientRevocationId(identifier) })
    }
  }
}
