import { z } from 'zod'
import { type KeyFacts, keyFacts, keyFactsOf } from '../../api/key-facts.ts'
import { momentOrNull, toMoment } from '../../api/wire-values.ts'
import type { ApiKeyRecord } from '../../tokens/api-keys.ts'

/** One's own API key as it goes over the wire. */
export interface OwnKeyAnswer extends KeyFacts {
  readonly is_disabled: boolean
  readonly is_revoked: boolean
  readonly is_rolling: boolean
  readonly old_secret_ends_at: string | null
}

export const ownKey: z.ZodType<OwnKeyAnswer, OwnKeyAnswer> = z
  .object({
    ...keyFacts,
    is_disabled: z.boolean(),
    is_revoked: z.boolean(),
    old_secret_ends_at: momentOrNull.meta({ description: 'While it is rolled: when the old secret ends by itself.' }),
    is_rolling: z.boolean(),
  })
  .meta({
    id: 'OwnKey',
    description: 'A key of yours, or of a program that is. There is nothing in it that could be used.',
  })

export function ownKeyAnswer(key: ApiKeyRecord): OwnKeyAnswer {
  return {
    ...keyFactsOf(key),
    is_disabled: key.disabledAt !== null,
    is_revoked: key.revokedAt !== null,
    old_secret_ends_at: toMoment(key.rotation?.endsAt ?? null),
    is_rolling: key.rotation !== null,
  }
}
