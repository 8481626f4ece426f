import { z } from 'zod'
import { moment, momentOrNull, toMoment } from '../../api/wire-values.ts'
import type { LinkedAccount } from '../../social/linked-account-list.ts'

/** An account elsewhere, with whose it is here, as it goes over the wire. */
export interface LinkedAccountAnswer {
  readonly id: string
  readonly user: string
  readonly provider: string
  readonly subject: string
  readonly email: string | null
  readonly name: string | null
  readonly created_at: string
  readonly last_used_at: string | null
}

export const linkedAccount: z.ZodType<LinkedAccountAnswer, LinkedAccountAnswer> = z
  .object({
    id: z.string(),
    user: z.string(),
    provider: z.string().meta({ description: 'Its id in the settings.' }),
    subject: z.string().meta({ description: 'The sub at the provider: the one thing that tells who it is.' }),
    email: z.string().nullable().meta({ description: 'What the provider said last. Nobody is found by it.' }),
    name: z.string().nullable(),
    created_at: moment,
    last_used_at: momentOrNull,
  })
  .meta({ id: 'LinkedAccount', description: 'An account at another provider that a user signs in with.' })

export function linkedAccountAnswer(record: LinkedAccount & { readonly userId: string }): LinkedAccountAnswer {
  const { id, userId: user, provider, subject, email, name, createdAt, lastUsedAt } = record
  return {
    id,
    user,
    provider,
    subject,
    email,
    name,
    created_at: toMoment(createdAt),
    last_used_at: toMoment(lastUsedAt),
  }
}
