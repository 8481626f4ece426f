import { equalText } from '../crypto/compare.ts'
import { keyedDigest } from '../crypto/digest.ts'

export interface DpopNoncesOptions {
  /** At least 32 random bytes, the same on all nodes: `sealer.derive('…')`, a purpose for each receiver (required). */
  readonly key: Uint8Array
  /** Seconds after which there is a new nonce; the one before it is still taken (120). */
  readonly rotateAfter?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Nonces for DPoP proofs (RFC 9449, section 8). */
export interface DpopNonces {
  /** What proofs have to carry, for the `DPoP-Nonce` header. */
  readonly current: () => string
  /** Whether a proof with this one is taken. */
  readonly isGood: (nonce: string | null) => boolean
}

/** Nothing is stored: a nonce is the HMAC of the time at which it became current. It is the same for all callers. */
export function createDpopNonces({ key, rotateAfter = 120, clock = Date.now }: DpopNoncesOptions): DpopNonces {
  if (key.byteLength < 32) throw new TypeError('createDpopNonces: key must be at least 32 random bytes.')
  let latest = { turn: Number.NaN, nonce: '', before: '' }

  function nonces(): typeof latest {
    const turn = Math.floor(clock() / (rotateAfter * 1000))
    if (latest.turn !== turn) latest = { turn, nonce: nonceOf(key, turn), before: nonceOf(key, turn - 1) }
    return latest
  }

  return {
    current: () => nonces().nonce,
    isGood: (nonce) => {
      if (nonce === null) return false
      const { nonce: current, before } = nonces()
      return equalText(nonce, current) || equalText(nonce, before)
    },
  }
}

function nonceOf(key: Uint8Array, turn: number): string {
  return keyedDigest(key, `dpop nonce ${turn}`).subarray(0, 18).toString('base64url')
}
