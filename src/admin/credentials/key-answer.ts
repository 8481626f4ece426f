import { z } from 'zod'
import { moment, momentOrNull, toMoment } from '../../api/wire-values.ts'
import type { ApiKeyRecord } from '../../tokens/api-key-record.ts'
import { owner, type OwnerAnswer } from '../owner-account.ts'

/** An API key as it goes over the wire. */
export interface KeyAnswer {
  readonly id: string
  readonly owner: OwnerAnswer
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
  readonly disabled_at: string | null
  readonly revoked_at: string | null
  readonly rotation: {
    readonly ends_at: string | null
    readonly old_last_used_at: string | null
    readonly new_last_used_at: string | null
  } | null
}

export const key: z.ZodType<KeyAnswer, KeyAnswer> = z
  .object({
    id: z.string(),
    owner,
    name: z.string(),
    mode: z.enum(['live', 'test']),
    masked: z.string().meta({ description: 'How it begins.' }),
    scopes: z.array(z.string()).readonly(),
    allowed_addresses: z.array(z.string()).readonly(),
    rate: z.string().nullable().meta({ description: 'Its own rate; null takes that of the server.' }),
    created_at: moment,
    expires_at: momentOrNull,
    last_used_at: momentOrNull,
    last_used_address: z.string().nullable(),
    disabled_at: momentOrNull,
    revoked_at: momentOrNull,
    rotation: z
      .object({ ends_at: momentOrNull, old_last_used_at: momentOrNull, new_last_used_at: momentOrNull })
      .nullable()
      .meta({ description: 'While two secrets are there.' }),
  })
  .meta({ id: 'ApiKey', description: 'An API key. There is nothing in it that could be used.' })

export function keyAnswer(record: ApiKeyRecord): KeyAnswer {
  const { rotation } = record
  return {
    id: record.id,
    owner: record.owner,
    name: record.name,
    mode: record.mode,
    masked: record.masked,
    scopes: record.scopes,
    allowed_addresses: record.allowedAddresses,
    rate: record.rate,
    created_at: toMoment(record.createdAt),
    expires_at: toMoment(record.expiresAt),
    last_used_at: toMoment(record.lastUsedAt),
    last_used_address: record.lastUsedAddress,
    disabled_at: toMoment(record.disabledAt),
    revoked_at: toMoment(record.revokedAt),
    rotation:
      rotation === null
        ? null
        : {
            ends_at: toMoment(rotation.endsAt),
            old_last_used_at: toMoment(rotation.oldLastUsedAt),
            new_last_used_at: toMoment(rotation.newLastUsedAt),
          },
  }
}
