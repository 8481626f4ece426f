import type { Transaction } from 'kysely'
import type { Database } from '../storage/database.ts'
import type { Schema } from '../storage/schema.ts'

/** What was counted of clients and is not written yet: how often, by day and what it was with a space between. */
export type UsesByClient = readonly (readonly [clientId: string, sums: ReadonlyMap<string, number>])[]

/** Adds what was counted to what is written. Clients that are gone meanwhile are left out. */
export async function writeClientUses(
  unit: Transaction<Schema>,
  batch: UsesByClient,
  newId: Database['newId'],
): Promise<void> {
  const query = unit.selectFrom('clients').select(['id', 'identifier'])
  const there = await query
    .where(
      'identifier',
      'in',
      batch.map(([id]) => id),
    )
    .execute()
  const keys = new Map(there.map(({ id, identifier }) => [identifier, id]))
  const rows = batch.flatMap(([clientId, sums]) => {
    const client_id = keys.get(clientId)
    if (client_id === undefined) return []
    return [...sums].map(([key, times]) => {
      const [day = '0', what = ''] = key.split(' ')
      return { id: newId(), client_id, day: Number(day), what, times }
    })
  })
  if (rows.length === 0) return
  // In one order, so that two nodes do not wait for each other's rows.
  rows.sort(
    (one, other) =>
      (one.client_id < other.client_id ? -1 : one.client_id > other.client_id ? 1 : 0) ||
      one.day - other.day ||
      (one.what < other.what ? -1 : 1),
  )
  await unit
    .insertInto('client_usage_days')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['client_id', 'day', 'what']).doUpdateSet((eb) => ({
        times: eb('client_usage_days.times', '+', eb.ref('excluded.times')),
      })),
    )
    .execute()
}
