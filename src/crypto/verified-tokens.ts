import { hash } from 'node:crypto'
import type { JwtClaims, Validity } from './jwt-claims.ts'

/** What is remembered of a token that was verified. */
export interface VerifiedToken extends Validity {
  readonly claims: JwtClaims
  readonly kid: string | undefined
}

/** Tokens that were verified, by the SHA-256 of the whole token, so that none stays in memory. */
export interface VerifiedTokens {
  /** The claims of a token that is remembered and valid at this time in milliseconds. */
  readonly find: (token: string, now: number) => JwtClaims | null
  /** Called before a token is verified, gives what remembers it afterwards, unless all was cleared in between. */
  readonly begin: () => (token: string, verified: VerifiedToken) => void
  /** Forgets all tokens, or those that a key signed. */
  readonly clear: (kid?: string) => void
}

/** How often a token that came was remembered, and how often not, in this process since it started. */
export const verifiedTokenUses: { remembered: number; anew: number } = { remembered: 0, anew: 0 }

/**
 * Remembers at most so many tokens, in two generations: when the young one is half of that, the old one is dropped and the
 * young one takes its place; what is still in use moves over. No list is kept in order, which would cost more than the hash.
 */
export function createVerifiedTokens(max: number): VerifiedTokens {
  if (!Number.isSafeInteger(max) || max < 2)
    throw new TypeError('cache.max must be a whole number, 2 or more, or cache false.')
  const half = Math.floor(max / 2)
  let young = new Map<string, VerifiedToken>()
  let old = new Map<string, VerifiedToken>()
  let clearings = 0

  return {
    find: (token, now) => {
      const name = nameOf(token)
      const fresh = young.get(name)
      const known = fresh ?? old.get(name)
      if (known === undefined || now < known.from) return null
      if (now >= known.until) return drop(name)
      if (fresh === undefined) add(name, known)
      verifiedTokenUses.remembered += 1
      return known.claims
    },
    begin: () => {
      const before = clearings
      return (token, verified) => {
        verifiedTokenUses.anew += 1
        if (clearings === before) add(nameOf(token), verified)
      }
    },
    clear: (kid) => {
      clearings += 1
      young = kept(young, kid)
      old = kept(old, kid)
    },
  }

  function drop(name: string): null {
    young.delete(name)
    old.delete(name)
    return null
  }

  function add(name: string, verified: VerifiedToken): void {
    if (young.size >= half) {
      old = young
      young = new Map()
    }
    young.set(name, verified)
  }
}

function nameOf(token: string): string {
  return hash('sha256', token, 'binary')
}

function kept(tokens: Map<string, VerifiedToken>, kid: string | undefined): Map<string, VerifiedToken> {
  if (kid === undefined) return new Map()
  return new Map([...tokens].filter(([, { kid: signer }]) => signer !== kid))
}
