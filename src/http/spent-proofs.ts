import { Unavailable } from '../core/errors.ts'

/** A proof, as far as it tells one use from another. */
export interface ProofUse {
  /** The thumbprint of its key, and its `jti`. */
  readonly jkt: string
  readonly jti: string
  /** Until when it would be taken, in milliseconds since 1970. */
  readonly expiresAt: number
}

/** Whether a proof is used for the first time. */
export type SpendProof = (proof: ProofUse) => Promise<boolean>

/**
 * Remembers proofs in this process for as long as they would be taken. Throws `Unavailable` where more than `max` are alive:
 * to forget one would let it be used again.
 */
export function createSpentProofs({
  max = 200_000,
  clock = Date.now,
}: { readonly max?: number; readonly clock?: () => number } = {}): SpendProof {
  const spent = new Map<string, number>()
  return async ({ jkt, jti, expiresAt }) => {
    const key = `${jkt} ${jti}`
    if ((spent.get(key) ?? 0) > clock()) return false
    forgetOld(spent, clock())
    if (spent.size >= max) throw new Unavailable()
    spent.delete(key)
    spent.set(key, expiresAt)
    return true
  }
}

/** They end nearly in the order in which they came: a few looks at each use keep up. */
function forgetOld(spent: Map<string, number>, now: number): void {
  let looks = 0
  for (const [key, expiresAt] of spent) {
    if (expiresAt <= now) spent.delete(key)
    looks += 1
    if (looks === 4) return
  }
}
