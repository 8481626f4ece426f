import { z } from 'zod'
import { moment, momentOrNull, toMoment } from './wire-values.ts'

/** What every answer with an API key tells of it. There is nothing in it that could be used. */
export interface KeyFacts {
  readonly id: string
  readonly name: string
  readonly purpose: string
  readonly mode: 'live' | 'test'
  readonly masked: string
  readonly scopes: readonly string[]
  readonly allowed_addresses: readonly string[]
  readonly rate: string | null
  readonly created_at: string
  readonly expires_at: string | null
  readonly last_used_at: string | null
  readonly last_used_address: string | null
  readonly last_used_user_agent: string | null
  readonly is_held: boolean
}

/** Their schemas, for the object that they are part of. */
export const keyFacts: { readonly [Name in keyof KeyFacts]: z.ZodType<KeyFacts[Name], KeyFacts[Name]> } = {
  id: z.string(),
  name: z.string(),
  purpose: z
    .string()
    .meta({ description: 'What it is for, in the words of whoever made it; empty: they said nothing.' }),
  mode: z.enum(['live', 'test']),
  masked: z.string().meta({ description: 'How it begins.' }),
  scopes: z.array(z.string()).readonly(),
  allowed_addresses: z.array(z.string()).readonly(),
  rate: z.string().nullable().meta({ description: 'Its own rate; null takes that of the server.' }),
  created_at: moment,
  expires_at: momentOrNull,
  last_used_at: momentOrNull,
  last_used_address: z.string().nullable(),
  last_used_user_agent: z
    .string()
    .nullable()
    .meta({ description: 'What used it last, as it called itself: no proof of anything.' }),
  is_held: z.boolean().meta({ description: 'Whether an administrator switched it off: then only one switches it on.' }),
}

/** A key as the store has it. Times are milliseconds since 1970. */
export interface KeyRecord {
  readonly id: string
  readonly name: string
  readonly purpose: string
  readonly mode: 'live' | 'test'
  readonly masked: string
  readonly scopes: readonly string[]
  readonly allowedAddresses: readonly string[]
  readonly rate: string | null
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly lastUsedAt: number | null
  readonly lastUsedAddress: string | null
  readonly lastUsedUserAgent: string | null
  readonly isHeld: boolean
}

export function keyFactsOf(record: KeyRecord): KeyFacts {
  const { id, name, purpose, mode, masked, scopes, rate } = record
  return {
    id,
    name,
    purpose,
    mode,
    masked,
    scopes,
    rate,
    allowed_addresses: record.allowedAddresses,
    created_at: toMoment(record.createdAt),
    expires_at: toMoment(record.expiresAt),
    last_used_at: toMoment(record.lastUsedAt),
    last_used_address: record.lastUsedAddress,
    last_used_user_agent: record.lastUsedUserAgent,
    is_held: record.isHeld,
  }
}
