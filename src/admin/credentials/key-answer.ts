import { z } from 'zod'
import { type KeyFacts, keyFacts, keyFactsOf } from '../../api/key-facts.ts'
import { momentOrNull, toMoment } from '../../api/wire-values.ts'
import type { ApiKeyRecord } from '../../tokens/api-key-record.ts'
import { owner, type OwnerAnswer } from '../owner-account.ts'

/** An API key as it goes over the wire. */
export interface KeyAnswer extends KeyFacts {
  readonly owner: OwnerAnswer
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
    ...keyFacts,
    owner,
    disabled_at: momentOrNull,
    revoked_at: momentOrNull,
    rotation: z
      .object({ ends_at: momentOrNull, old_last_used_at: momentOrNull, new_last_used_at: momentOrNull })
      .nullable()
      .meta({ description: 'While two secrets are there.' }),
  })
  .meta({ id: 'ApiKey', description: 'An API key. There is nothing in it that could be used.' })

export function keyAnswer(record: ApiKeyRecord): KeyAnswer {
  const { owner: whose, disabledAt, revokedAt, rotation } = record
  return {
    ...keyFactsOf(record),
    owner: whose,
    disabled_at: toMoment(disabledAt),
    revoked_at: toMoment(revokedAt),
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
