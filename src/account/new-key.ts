import { z } from 'zod'
import { type Answering, json } from '../api/answering.ts'
import { momentSent } from '../api/wire-values.ts'
import type { NewApiKey } from '../tokens/api-keys.ts'
import { type OwnKeyAnswer, ownKey } from '../organisations/api/own-key-answer.ts'

/** What a key is for, as it is sent. */
export const purposeSent: z.ZodString = z.string().meta({
  description: 'What it is for, in up to 500 characters: for people alone.',
})

interface NewKeyBody {
  readonly name: string
  readonly purpose: string
  readonly mode: 'live' | 'test'
  readonly scopes: string[]
  readonly allowed_addresses: string[]
  readonly rate: string | null
  /** Milliseconds since 1970; not sent: in 90 days. */
  readonly expires_at?: number | null | undefined
}

/** What is sent to make an API key. */
export const newKey: z.ZodType<NewKeyBody> = z.strictObject({
  name: z.string(),
  purpose: purposeSent.default(''),
  mode: z.enum(['live', 'test']).default('live'),
  scopes: z.array(z.string()).max(100).default([]),
  allowed_addresses: z.array(z.string()).max(100).default([]),
  rate: z.string().nullable().default(null),
  expires_at: momentSent('When it ends (in 90 days); null: never.').nullable().optional(),
})

/** The same for the store. `now` is in milliseconds since 1970. */
export function newKeyValues(body: NewKeyBody, now: number): Omit<NewApiKey, 'owner' | 'by'> {
  const { allowed_addresses: allowedAddresses, expires_at: end, ...values } = body
  return { ...values, allowedAddresses, expiresAt: end === undefined ? Math.floor(now) + 90 * day : end }
}

/** A key as it is shown to whoever made it. */
export const keyShownOnce: Answering<{ readonly key: string; readonly record: OwnKeyAnswer }> = json(
  z.object({ key: z.string(), record: ownKey }),
  { status: 201, description: 'The key, this once.' },
)

const day = 86_400_000
