/**
 * For how many milliseconds a document may be used, by the headers that it came with (RFC 9111, section 4.2.1): at least
 * five minutes, whatever they say, so that nobody makes this server ask all the time; a day at most; an hour where they
 * say nothing.
 */
export function freshnessOf(headers: Headers, now: number): number {
  return Math.min(Math.max(said(headers, now) ?? hour, 5 * minute), 24 * hour)
}

const minute = 60_000
const hour = 60 * minute

function said(headers: Headers, now: number): number | null {
  const control = (headers.get('cache-control') ?? '').toLowerCase()
  if (/(?:^|[\s,])no-(?:store|cache)\b/.test(control)) return 0
  const age = secondsIn(headers.get('age') ?? '')
  const [, maxAge] = /(?:^|[\s,])max-age="?(\d{1,10})/.exec(control) ?? []
  if (maxAge !== undefined) return (Number(maxAge) - age) * 1000
  const expires = Date.parse(headers.get('expires') ?? '')
  return Number.isNaN(expires) ? null : expires - now
}

function secondsIn(text: string): number {
  return /^\d{1,10}$/.test(text) ? Number(text) : 0
}
