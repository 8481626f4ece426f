import { z } from 'zod'
import type { NetworkKind } from '../http/network-kind.ts'

/** A moment as it goes over the wire: ISO 8601, UTC, such as `2026-06-01T12:00:00.000Z`. */
export const moment: z.ZodString = z.string().meta({ format: 'date-time' })

export const momentOrNull: z.ZodNullable<z.ZodString> = moment.nullable()

/** What an address says of where it is: see `networkKind`. */
export const networkKindSent: z.ZodNullable<z.ZodEnum<{ [Kind in NetworkKind]: Kind }>> = z
  .enum(['loopback', 'link_local', 'private', 'shared', 'public'])
  .nullable()
  .meta({
    description:
      'Where the address is, as far as it says: this machine, the same cable, a private network, one that customers of a provider share, or the internet. No place is guessed.',
  })

/** Milliseconds since 1970 as a `moment`. */
export function toMoment(time: number): string
export function toMoment(time: number | null): string | null
export function toMoment(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString()
}

/** A parameter that says yes or no. */
export function flag(description: string): z.ZodType<boolean | undefined, 'true' | 'false' | undefined> {
  return z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .meta({ description })
}

/** A moment that is sent, as milliseconds since 1970. A day alone is its first moment in UTC. */
export function momentSent(description: string): z.ZodType<number, string> {
  return z
    .string(wrongMoment)
    .regex(/^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/, wrongMoment)
    .transform((text, context) => {
      const time = Date.parse(text)
      if (Number.isFinite(time)) return time
      context.addIssue({ code: 'custom', message: wrongMoment })
      return z.NEVER
    })
    .meta({ description, format: 'date-time' })
}

const wrongMoment = 'It has to be a moment such as 2026-06-01T12:00:00Z, or a day.'

/** An id of ours. One that is written wrongly is nobody's, which the store says. */
export function id(of: string): z.ZodString {
  return z
    .string()
    .max(64)
    .meta({ description: `The id of ${of}.` })
}
