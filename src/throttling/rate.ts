import type { Rate } from '../core/gcra.ts'

/**
 * Reads a rate: `100/hour`, `5/min`, `3/s`, and with a number of periods `10/15m`, `20/30s`. Of the period only the first
 * letter counts, as in Django REST framework: `s`, `m` (minute), `h` or `d`; but months and milliseconds, which it takes for
 * minutes, are refused. Throws `TypeError` for anything else, so that a mistake shows at construction.
 */
export function parseRate(rate: string | Rate): Rate {
  if (typeof rate !== 'string') return checked(rate)
  const match = /^(\d{1,10})\/(\d{1,6})?(?!mo|ms|mil)([smhd])[a-z]{0,12}$/i.exec(rate)
  if (match === null) throw refusal(rate)
  const [, limit = '', periods = '1', letter = ''] = match
  return checked({ limit: Number(limit), window: Number(periods) * (seconds[letter.toLowerCase()] ?? 0), text: rate })
}

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** Ten years: longer windows leave no room for microseconds in a double. */
const longest = 3650 * 86_400

function checked(rate: Rate): Rate {
  if (typeof rate !== 'object' || rate === null) throw refusal(rate)
  const whole = Number.isSafeInteger(rate.limit) && rate.limit >= 1
  const timed = Number.isFinite(rate.window) && rate.window > 0 && rate.window <= longest
  // Buckets count microseconds.
  if (!whole || !timed || rate.limit > rate.window * 1e6) throw refusal(rate.text)
  return rate
}

function refusal(text: unknown): TypeError {
  return new TypeError(
    `The rate ${JSON.stringify(text)} cannot be read. Write a limit of at least 1 and a period, such as '3/s', '5/min', ` +
      "'100/hour', '1000/day', '10/15m' or '20/30s'; at most a million a second, over at most ten years.",
  )
}
