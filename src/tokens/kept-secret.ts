import { randomBytes } from 'node:crypto'
import { equalBytes } from '../crypto/compare.ts'
import type { Sealer } from '../crypto/seal.ts'
import type { Database } from '../storage/database.ts'

export interface KeptSecretOptions {
  readonly database: Pick<Database, 'read' | 'write' | 'newId'>
  readonly sealer: Pick<Sealer, 'seal' | 'open'>
  /** What it is for. */
  readonly name: string
  /** Makes it, where it is not there yet (32 random bytes). */
  readonly make?: () => Uint8Array
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * Random bytes (32) that stay the same for ever: keys that are derived from `DOORWARD_SECRET` change with it, and what is made
 * with them would too. The first node makes them, and all use them. They are sealed anew after the secret was changed, so
 * that the previous one can be forgotten. Throws `Error` where they were sealed under a secret that is not known.
 */
export async function keptSecret(options: KeptSecretOptions): Promise<Uint8Array> {
  const { database, sealer, name, make: makeNew = random, clock = Date.now } = options
  const purpose = purposeOf(name)
  const stored = (await read(database, name)) ?? (await make())
  const plain = sealer.open(purpose, stored)
  if (plain === null) {
    throw new Error(
      `The secret ${name} was sealed under another DOORWARD_SECRET. Give that one in previousSecrets; that of development mode is in the file "secret" of the data folder.`,
    )
  }
  const anew = sealer.seal(purpose, plain)
  if (!equalBytes(anew.subarray(0, headSize), stored.subarray(0, headSize))) {
    await database.write(async (unit) =>
      unit
        .updateTable('kept_secrets')
        .set({ value: anew })
        .where('name', '=', name)
        .where('value', '=', stored)
        .execute(),
    )
  }
  return plain

  async function make(): Promise<Uint8Array> {
    const value = sealer.seal(purpose, makeNew())
    const row = { id: database.newId(), name, value, created_at: Math.floor(clock()) }
    await database.write(async (unit) =>
      unit
        .insertInto('kept_secrets')
        .values(row)
        .onConflict((conflict) => conflict.column('name').doNothing())
        .execute(),
    )
    // Another node may have been first.
    return (await read(database, name)) ?? value
  }
}

/** Whether what `keptSecret` keeps can be opened. Changes nothing. */
export function opensKeptSecret(
  sealer: Pick<Sealer, 'open'>,
  { name, value }: { readonly name: string; readonly value: Uint8Array },
): boolean {
  return sealer.open(purposeOf(name), value) !== null
}

function purposeOf(name: string): string {
  return `kept-secret ${name}`
}

function random(): Uint8Array {
  return randomBytes(32)
}

/** Version and id of the key that it is sealed under: see `createSealer`. */
const headSize = 5

async function read(database: Pick<Database, 'read'>, name: string): Promise<Uint8Array | null> {
  const query = database.read.selectFrom('kept_secrets').select('value').where('name', '=', name)
  return (await query.executeTakeFirst())?.value ?? null
}
