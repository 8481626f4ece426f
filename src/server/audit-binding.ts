import { randomBytes } from 'node:crypto'
import type { Sealer } from '../crypto/seal.ts'
import { createAuditKey } from '../storage/audit-key.ts'
import type { Database } from '../storage/database.ts'
import type { AuditBinding } from '../storage/verify-audit.ts'
import { keptSecret } from '../tokens/kept-secret.ts'

export interface AuditBindingOptions {
  readonly database: Database
  readonly sealer: Sealer
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/**
 * What the audit log is bound to: a key that is sealed under `DOORWARD_SECRET` and stays when that is changed, and since when.
 * In a log that is older than its key, rows of the release before may come for a day more.
 */
export async function auditBinding({ database, sealer, clock }: AuditBindingOptions): Promise<AuditBinding> {
  const query = database.read.selectFrom('audit_events').select('id').limit(1)
  const isNew = (await query.executeTakeFirst()) === undefined
  const since = isNew ? 0 : Math.floor(clock()) + overlap
  const kept = Buffer.from(
    await keptSecret({ database, sealer, name: 'audit-log', clock, make: () => keyAndTime(since) }),
  )
  return { key: createAuditKey(kept.subarray(0, keySize)), since: Number(kept.readBigUInt64BE(keySize)) }
}

/** Milliseconds in which nodes of two releases may run beside each other. */
const overlap = 86_400_000

const keySize = 32

function keyAndTime(since: number): Uint8Array {
  const time = Buffer.alloc(8)
  time.writeBigUInt64BE(BigInt(since))
  return Buffer.concat([randomBytes(keySize), time])
}
