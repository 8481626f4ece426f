import { z } from 'zod'
import type { AppReview } from './app-reviews.ts'

/** A review as it goes over the wire. Who of those who review wrote something is told to nobody. */
export interface AppReviewAnswer {
  readonly state: AppReview['state']
  readonly messages: readonly {
    readonly id: string
    readonly at: string
    readonly kind: AppReview['messages'][number]['kind']
    readonly from: 'owner' | 'reviewer'
    readonly text: string
  }[]
}

export const appReview: z.ZodType<AppReviewAnswer, AppReviewAnswer> = z
  .object({
    state: z.enum(['none', 'waiting', 'returned', 'reviewed']),
    messages: z
      .array(
        z.object({
          id: z.string(),
          at: z.string().meta({ format: 'date-time' }),
          kind: z.enum(['asked', 'said', 'returned', 'reviewed']),
          from: z.enum(['owner', 'reviewer']),
          text: z.string(),
        }),
      )
      .readonly(),
  })
  .meta({
    id: 'AppReview',
    description: 'How the review of an application stands, and what was written, oldest first.',
  })

export function appReviewAnswer({ state, messages }: AppReview): AppReviewAnswer {
  return {
    state,
    messages: messages.map(({ id, at, kind, isReviewer, text }) => ({
      id,
      at: new Date(at).toISOString(),
      kind,
      from: isReviewer ? 'reviewer' : 'owner',
      text,
    })),
  }
}
