import { openUnder, sealUnder } from '../crypto/seal.ts'

/** What signing in and refreshing give. */
export interface TokenPair {
  readonly access: string
  readonly refresh: string
}

/** Seals an answer under the token that it was given for: whoever holds the database alone cannot open it. */
export function sealAnswer(text: string, pair: TokenPair): Uint8Array {
  return sealUnder(text, purpose, JSON.stringify(pair))
}

export function openAnswer(text: string, sealed: Uint8Array): TokenPair | null {
  const plain = openUnder(text, purpose, sealed)
  return plain === null ? null : (JSON.parse(Buffer.from(plain).toString()) as TokenPair)
}

const purpose = 'refresh-answer'
