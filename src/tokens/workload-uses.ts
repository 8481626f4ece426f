import { hash } from 'node:crypto'
import type { Transaction } from 'kysely'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { Schema } from '../storage/schema.ts'
import { createLateWrites } from './late-writes.ts'
import type { WorkloadToken } from './workload-token.ts'

export interface WorkloadUse {
  readonly trustId: bigint
  readonly accountId: bigint
  /** When the trust was last used, as its row has it. */
  readonly lastUsedAt: number | null
  /** What was shown, and the same taken apart. */
  readonly text: string
  readonly token: WorkloadToken
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface WorkloadUses {
  readonly note: (use: WorkloadUse) => void
  readonly flush: () => Promise<void>
  /** Writes what is remembered and stops. Call it before the database is closed. */
  readonly close: () => Promise<void>
}

/**
 * Remembers which tokens were shown, and writes each down once: who it named goes into the audit log, and when the trust was
 * last used is up to date by a minute. No read path waits for it.
 */
export function createWorkloadUses({
  database,
  onError = () => undefined,
}: {
  readonly database: Database
  readonly onError?: ((error: unknown) => void) | undefined
}): WorkloadUses {
  const seen = new Set<string>()
  let waiting = new Map<string, WorkloadUse>()
  const { soon, flush, close } = createLateWrites(write, 10_000)

  async function write(): Promise<void> {
    if (waiting.size === 0) return
    const batch = waiting
    waiting = new Map()
    const anew = [...batch].filter(([name]) => !seen.has(name))
    try {
      await database.write(async (unit) => {
        await noteLastUses(unit, [...batch.values()])
        for (const [, use] of anew) await database.audit(unit, eventOf(use))
      })
      if (seen.size > mostSeen) seen.clear()
      for (const [name] of anew) seen.add(name)
    } catch (error) {
      waiting = new Map([...batch, ...waiting])
      soon()
      onError(error)
    }
  }

  return {
    note: (use) => {
      const name = hash('sha256', use.text, 'base64url')
      const isFresh = use.lastUsedAt !== null && use.at - use.lastUsedAt < precision
      if ((isFresh && seen.has(name)) || waiting.has(name) || waiting.size >= most) return
      waiting.set(name, use)
      soon()
    },
    flush,
    close,
  }
}

async function noteLastUses(unit: Transaction<Schema>, uses: readonly WorkloadUse[]): Promise<void> {
  const last = new Map(uses.map(({ trustId, at }) => [trustId, at]))
  // In one order, so that two nodes do not wait for each other's rows.
  for (const [id, at] of [...last].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    await unit
      .updateTable('workload_trusts')
      .set({ last_used_at: at })
      .where('id', '=', id)
      .where((of) => of.or([of('last_used_at', 'is', null), of('last_used_at', '<', at)]))
      .execute()
  }
}

/** Milliseconds. */
const precision = 60_000
const most = 1000
const mostSeen = 10_000

function eventOf({ trustId, accountId, token: { issuer, subject, claims } }: WorkloadUse) {
  const account = `service_account:${formatId(accountId)}`
  const { jti } = claims
  return {
    event: 'workload_trust.used',
    actor: account,
    subject: `workload_trust:${formatId(trustId)}`,
    detail: {
      account,
      issuer,
      sub: subject.slice(0, 500),
      ...(typeof jti === 'string' ? { jti: jti.slice(0, 100) } : {}),
    },
  }
}
