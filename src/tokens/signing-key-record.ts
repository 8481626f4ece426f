import type { SigningKeyRow } from '../storage/schema.ts'

/** `next`: published; `current`: signs; `retiring`: verifies what it signed; `retired`: does nothing any more. */
export type SigningKeyState = 'next' | 'current' | 'retiring' | 'retired'

/** A key in a list. Times are milliseconds since 1970. */
export interface SigningKeyRecord {
  readonly kid: string
  readonly alg: string
  readonly generation: number
  readonly state: SigningKeyState
  readonly createdAt: number
  readonly signsFrom: number
  readonly signsUntil: number | null
}

/** Makes the record of a row. `tokenLifetime` is the longest life of what it signs, in milliseconds. */
export function signingKeyRecord(row: SigningKeyRow, now: number, tokenLifetime: number): SigningKeyRecord {
  const { kid, alg, generation, created_at, signs_from, signs_until } = row
  const state = stateOf(row, now, tokenLifetime)
  return { kid, alg, generation, state, createdAt: created_at, signsFrom: signs_from, signsUntil: signs_until }
}

/** Whether anything that a key signed may still be valid. */
export function stillVerifies({ signs_until: until }: SigningKeyRow, now: number, tokenLifetime: number): boolean {
  return until === null || now < until + tokenLifetime + allowance
}

/** Milliseconds for which another node may still sign with a key that has been replaced, until it hears of it. */
const allowance = 60_000

function stateOf(row: SigningKeyRow, now: number, tokenLifetime: number): SigningKeyState {
  if (row.retired_at !== null || !stillVerifies(row, now, tokenLifetime)) return 'retired'
  if (row.signs_from > now) return 'next'
  return row.signs_until === null || row.signs_until > now ? 'current' : 'retiring'
}
