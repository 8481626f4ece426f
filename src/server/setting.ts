import { z } from 'zod'

/** A setting: its default, its parser, and one line on what it does. */
export interface Setting<Value = unknown> {
  readonly group: string
  readonly default: unknown
  readonly parse: z.ZodType<Value>
  readonly meaning: string
  /** Never printed. */
  readonly secret?: boolean
}

/** Where something is on the web, without a slash at its end. */
export const address: z.ZodType<string> = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''))

/** How often something may happen; `null`: as often as it comes. */
export const rate: z.ZodNullable<z.ZodString> = z
  .string()
  .regex(/^\d+\/\d*[a-z]+$/i, 'a rate is written like 100/hour or 10/15m')
  .nullable()

export const someText: z.ZodNullable<z.ZodString> = z.string().min(1).nullable()

export const headerName: z.ZodString = z
  .string()
  .toLowerCase()
  .regex(/^[a-z0-9-]+$/)

/** A name without a prefix, which is up to Doorward (RFC 6265bis, section 4.1.3). */
export const cookieName: z.ZodString = z
  .string()
  .regex(/^[A-Za-z][\w.-]{0,63}$/, 'a name of letters, digits, _ . and -, such as app_session')

/** `30m`, `12h`, `7d`, `90s` or a number of seconds. */
export const duration: z.ZodType<number> = z.preprocess(durationToSeconds, z.coerce.number().int().positive())

/** Commas or spaces part the members of a list. */
export const list: z.ZodType<string[]> = z.preprocess(textToList, z.array(z.string().min(1)))

export const flag: z.ZodType<boolean> = z.preprocess(textToFlag, z.boolean())
export const count: z.ZodCoercedNumber = z.coerce.number().int().min(0)

export function durationToSeconds(value: unknown): unknown {
  const [, number, unit] = typeof value === 'string' ? (/^(\d+)\s*([smhd])$/.exec(value.trim()) ?? []) : []
  if (number === undefined || unit === undefined) return value
  return Number(number) * { s: 1, m: 60, h: 3600, d: 86_400 }[unit as 's' | 'm' | 'h' | 'd']
}

export function textToList(value: unknown): unknown {
  return typeof value === 'string' ? value.split(/[\s,]+/).filter((part) => part !== '') : value
}

function textToFlag(value: unknown): unknown {
  const words: Readonly<Record<string, boolean>> = {
    true: true,
    '1': true,
    yes: true,
    on: true,
    false: false,
    '0': false,
    no: false,
    off: false,
  }
  return typeof value === 'string' ? (words[value.toLowerCase()] ?? value) : value
}
