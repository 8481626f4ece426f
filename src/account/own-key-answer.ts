import { z } from 'zod'
import { moment, momentOrNull, toMoment } from '../api/wire-values.ts'
import type { ApiKeyRecord } from '../tokens/api-keys.ts'

/** One's own API key as it goes over the wire. */
export interface OwnKeyAnswer {
  readonly id: string
  readonly name: string
  readonly mode: 'live' | 'test'
  readonly masked: string
  readonly scopes: readonly string[]
  readonly allowed_addresses: readonly string[]
  readonly rate: string | null
  readonly created_at: string
  readonly expires_at: string | null
  readonly last_used_at: string | null
  readonly last_used_address: string | null
  readonly is_disabled: boolean
  readonly is_revoked: boolean
  readonly is_rolling: boolean
  readonly old_secret_ends_at: string | null
}

export const ownKey: z.ZodType<OwnKeyAnswer, OwnKeyAnswer> = z
  .object({
    id: z.string(),
    name: z.string(),
    mode: z.enum(['live', 'test']),
    masked: z.string().meta({ description: 'How it begins.' }),
    scopes: z.array(z.string()).readonly(),
    allowed_addresses: z.array(z.string()).readonly(),
    rate: z.string().nullable(),
    created_at: moment,
    expires_at: momentOrNull,
    last_used_at: momentOrNull,
    last_used_address: z.string().nullable(),
    is_disabled: z.boolean(),
    is_revoked: z.boolean(),
    old_secret_ends_at: momentOrNull.meta({ description: 'While it is rolled: when the old secret ends by itself.' }),
    is_rolling: z.boolean(),
  })
  .meta({ id: 'OwnKey', description: 'An API key of yours. There is nothing in it that could be used.' })

export function ownKeyAnswer(key: ApiKeyRecord): OwnKeyAnswer {
  const { id, name, mode, masked, scopes, rate, rotation } = key
  return {
    id,
    name,
    mode,
    masked,
    scopes,
    rate,
    allowed_addresses: key.allowedAddresses,
    created_at: toMoment(key.createdAt),
    expires_at: toMoment(key.expiresAt),
    last_used_at: toMoment(key.lastUsedAt),
    last_used_address: key.lastUsedAddress,
    is_disabled: key.disabledAt !== null,
    is_revoked: key.revokedAt !== null,
    old_secret_ends_at: toMoment(rotation?.endsAt ?? null),
    is_rolling: rotation !== null,
  }
}
