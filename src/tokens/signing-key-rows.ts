import type { Transaction } from 'kysely'
import type { Schema, SigningKeyRow } from '../storage/schema.ts'
import type { KeyMaterial } from './signing-key-material.ts'

export interface NextKey {
  readonly id: bigint
  readonly material: KeyMaterial
  readonly now: number
  /** Milliseconds for which it is published before it signs; 0: it signs at once, and so does one that is announced. */
  readonly announce: number
  /** The generation that it is to follow, 0 for none: where another node has added one since, nothing is added (any). */
  readonly after?: number
}

/**
 * Adds the next key of an algorithm, unless one is announced already: that is left to its time, or brought forward. The first
 * key of all signs at once. `isNew` is `false` where nothing changed, since another node came first.
 */
export async function addNextKey(
  unit: Transaction<Schema>,
  { id, material, now, announce, after }: NextKey,
): Promise<{ readonly row: SigningKeyRow; readonly isNew: boolean }> {
  const { alg } = material
  // In one look: between two of them, another node may add a generation, and this one would add another on top.
  const rows = await rowsOf(unit, alg)
  const newest = newestIn(rows)
  if (newest !== null && after !== undefined && newest.generation !== after) return { row: newest, isNew: false }
  if (newest !== null && newest.signs_from > now) {
    if (announce > 0) return { row: newest, isNew: false }
    await unit.updateTable('signing_keys').set({ signs_from: now }).where('id', '=', newest.id).execute()
    await endBefore(unit, newest, now)
    return { row: { ...newest, signs_from: now }, isNew: true }
  }
  const row: SigningKeyRow = {
    ...material,
    id,
    generation: (rows[0]?.generation ?? 0) + 1,
    signs_from: newest === null ? now : now + announce,
    signs_until: null,
    retired_at: null,
    created_at: now,
  }
  const { numInsertedOrUpdatedRows: inserted } = await unit
    .insertInto('signing_keys')
    .values(row)
    .onConflict((conflict) => conflict.columns(['alg', 'generation']).doNothing())
    .executeTakeFirst()
  if (inserted === 1n) await endBefore(unit, row, row.signs_from)
  return { row: inserted === 1n ? row : (newestIn(await rowsOf(unit, alg)) ?? row), isNew: inserted === 1n }
}

/** Ends a key at once: `false` where it is over already, or was never there. */
export async function endKey(unit: Transaction<Schema>, kid: string, now: number): Promise<boolean> {
  const ended = await unit
    .updateTable('signing_keys')
    .set({ retired_at: now })
    .where('kid', '=', kid)
    .where('retired_at', 'is', null)
    .returning('alg')
    .executeTakeFirst()
  if (ended === undefined) return false
  // Where it was announced, its predecessor goes on.
  const newest = newestIn(await rowsOf(unit, ended.alg))
  if (newest !== null) {
    await unit.updateTable('signing_keys').set({ signs_until: null }).where('id', '=', newest.id).execute()
  }
  return true
}

/** All generations of an algorithm, newest first. */
async function rowsOf(unit: Transaction<Schema>, alg: string): Promise<readonly SigningKeyRow[]> {
  return unit.selectFrom('signing_keys').selectAll().where('alg', '=', alg).orderBy('generation', 'desc').execute()
}

function newestIn(rows: readonly SigningKeyRow[]): SigningKeyRow | null {
  return rows.find((row) => row.retired_at === null) ?? null
}

/** The generations before sign until the new one does. */
async function endBefore(unit: Transaction<Schema>, { alg, generation }: SigningKeyRow, from: number): Promise<void> {
  await unit
    .updateTable('signing_keys')
    .set({ signs_until: from })
    .where('alg', '=', alg)
    .where('generation', '<', generation)
    .where((is) => is.or([is('signs_until', 'is', null), is('signs_until', '>', from)]))
    .execute()
}
